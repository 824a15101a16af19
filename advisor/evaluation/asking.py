"""How judges and probes ask a model: a callable from messages to a text, so that any model can be one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from advisor.dataset.conversation import Message, said
from advisor.errors import InputError

Ask = Callable[[Sequence[Message]], str]


class Replied(NamedTuple):
    """A model's reply; where the host failed, or the model cannot answer, it is empty and `failed` says why."""

    text: str
    failed: str | None


def replied(ask: Ask, text: str) -> Replied:
    """Ask one question."""
    try:
        return Replied(ask([said("user", text)]), None)
    except InputError as error:
        return Replied("", error.problem)
