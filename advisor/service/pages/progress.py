"""What stands beside every question: what is still possible, and what it costs so far."""

from __future__ import annotations

from typing import NamedTuple

from advisor.record import Record, Usd
from advisor.service.knowledge import Knowledge


class Span(NamedTuple):
    """From the P10 of the cheapest to the P90 of the dearest."""

    low: Usd
    high: Usd


class Possible(NamedTuple):
    """An approach that is still possible; without money where it cannot be priced."""

    name: str
    once: Span | None
    monthly: Span | None


class Progress(NamedTuple):
    """Where a case stands; `once` and `monthly` span all that is possible."""

    decided: bool
    possible: tuple[Possible, ...]
    once: Span | None
    monthly: Span | None


def progress(record: Record, knowledge: Knowledge) -> Progress:
    """The progress that a recommendation shows."""
    priced = {
        cost.approach: (
            Span(cost.one_time_usd.p10, cost.one_time_usd.p90),
            Span(cost.monthly_usd.p10, cost.monthly_usd.p90),
        )
        for cost in record.costs
        if cost.approach in record.possible
    }
    return Progress(
        record.status == "decided",
        tuple(Possible(knowledge.name(name), *priced.get(name, (None, None))) for name in record.possible),
        _over([once for once, _ in priced.values()]),
        _over([monthly for _, monthly in priced.values()]),
    )


def _over(spans: list[Span]) -> Span | None:
    return Span(min(span.low for span in spans), max(span.high for span in spans)) if spans else None
