"""How judges and probes ask a model: a callable from messages to a text, so that any model can be one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from advisor.dataset.conversation import Message, said
from advisor.errors import HostError

Ask = Callable[[Sequence[Message]], str]


class Replied(NamedTuple):
    """A model's reply; where the host failed it is empty and `failed` says why."""

    text: str
    failed: str | None


def replied(ask: Ask, text: str) -> Replied:
    """Ask one question."""
    try:
        return Replied(ask([said("user", text)]), None)
    except HostError as error:
        return Replied("", error.problem)
