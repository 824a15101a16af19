"""An arm of a proof: something that answers every question, and what that is expected to cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from advisor.evaluation.item import Item, Reply
from advisor.evaluation.proof import Kind


class Expected(NamedTuple):
    """What an arm will take: `usd` is None where it is paid for and no price is known; seconds are an assumption."""

    items: int
    input_tokens: int
    output_tokens: int
    usd: Decimal | None
    seconds: float


class Missing(NamedTuple):
    """An arm that cannot run, and what is missing for it."""

    name: str
    kind: Kind
    what: str
    why_not: str


class Arm(Protocol):
    """One arm. `kind` is a word of the contract, `what` says in words what answers, `asked` which language model."""

    name: str
    kind: Kind
    what: str
    asked: str | None

    def expected(self, items: Sequence[Item]) -> Expected:
        """What answering all of them takes."""

    def replies(self, items: Sequence[Item], answered: Callable[[], None]) -> tuple[Reply, ...]:
        """A reply to each item, fewer where the budget ended it; `answered` hears of each. Failures are replies too."""
