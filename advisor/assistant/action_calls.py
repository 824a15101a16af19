"""Calls of actions: checked by their schema, confirmed where they change data, sent, and their result told as data."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from advisor.assistant.action_host import ActionHost
from advisor.assistant.operation import Operation, argument_faults
from advisor.assistant.request import Outgoing, request_of
from advisor.errors import InputError

WAITS_S: Final = 600.0
_MOST_WAITING: Final = 1_000
_SHOWN: Final = 20_000  # characters of a result that a model is shown
_OUTCOMES = Literal["done", "failed", "not_sent", "declined", "waits"]


class Waiting(NamedTuple):
    """A call that changes data and that nobody confirmed yet."""

    operation: Operation
    arguments: Mapping[str, Any]
    outgoing: Outgoing

    def shown(self) -> str:
        """What would be sent, for a person."""
        body = "" if self.outgoing.body is None else f"\n  {self.outgoing.body.decode()}"
        return f"{self.outgoing.method} {self.outgoing.url}{body}"


class Call(NamedTuple):
    """A call that was wanted, and what became of it. `result` is told to the model, or to the user without one."""

    operation: str
    arguments: Any
    outcome: _OUTCOMES
    result: str
    status: int | None = None
    code: str = ""


Confirm = Callable[[Waiting], bool]


class ActionCalls:
    """Makes the calls of one assistant; safe to be used from several threads."""

    def __init__(self, operations: Mapping[str, Operation], host: ActionHost) -> None:
        """`operations` by their ids."""
        self.operations, self._host = operations, host
        self._waiting: OrderedDict[str, tuple[float, Waiting]] = OrderedDict()
        self._lock = threading.Lock()

    def call(self, name: str, arguments: Any, confirm: Confirm | None) -> Call:
        """Make a call that a model or a question asks for.

        One that changes data is made where `confirm` says so; without it, it waits for its code. Nothing is raised:
        whatever goes wrong is the result, so that the conversation goes on.
        """
        operation = self.operations.get(name)
        if operation is None:
            return Call(name, arguments, "not_sent", f"There is no action {name}.")
        if not isinstance(arguments, dict):
            return Call(name, arguments, "not_sent", "The arguments are no JSON object.")
        faults = argument_faults(operation, arguments)
        if faults:
            return Call(name, arguments, "not_sent", f"Not sent, the arguments are wrong: {'; '.join(faults[:5])}")
        try:
            waiting = Waiting(operation, arguments, request_of(operation, arguments))
        except InputError as error:
            return Call(name, arguments, "not_sent", f"Not sent: {error.problem}")
        if operation.writes:
            if confirm is None:
                return Call(name, arguments, "waits", waiting.shown(), code=self._keep(waiting))
            if not confirm(waiting):
                return Call(name, arguments, "declined", "The user declined this call. It was not made.")
        return self._sent(waiting)

    def confirmed(self, code: str) -> Call | None:
        """Make the call that waits under a code, once; None where none does, or not any more."""
        with self._lock:
            since, waiting = self._waiting.pop(code, (0.0, None))
        if waiting is None or time.monotonic() - since > WAITS_S:
            return None
        return self._sent(waiting)

    def _sent(self, waiting: Waiting) -> Call:
        operation = waiting.operation
        try:
            reply = self._host.send(operation, waiting.outgoing)
        except InputError as error:
            return Call(operation.id, waiting.arguments, "failed", f"The call failed: {error}")
        cut = " (cut)" if reply.cut or len(reply.text) > _SHOWN else ""
        result = f"{operation.action} answered {reply.status}{cut}: {reply.text[:_SHOWN]}"
        return Call(operation.id, waiting.arguments, "done" if reply.is_done else "failed", result, reply.status)

    def _keep(self, waiting: Waiting) -> str:
        drawn = secrets.token_hex(6)
        code = "-".join((drawn[:4], drawn[4:8], drawn[8:]))
        with self._lock:
            self._waiting[code] = (time.monotonic(), waiting)
            while len(self._waiting) > _MOST_WAITING:
                self._waiting.popitem(last=False)
        return code


def result_for_people(call: Call) -> str:
    """A result without a model: the fields of a JSON object as lines, anything else as it stands."""
    head, _, body = call.result.partition(": ")
    try:
        value = json.loads(body)
    except ValueError:
        return call.result
    if not isinstance(value, dict):
        return call.result
    lines = [f"  {name}: {one if isinstance(one, str) else json.dumps(one)}" for name, one in value.items()]
    return "\n".join([f"{head}:", *lines])
