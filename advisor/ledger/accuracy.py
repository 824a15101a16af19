"""How well predictions came true, kind by kind."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from statistics import median
from typing import NamedTuple

from advisor.dataset.review import wilson
from advisor.ledger.correction import Correction, learn, median_interval
from advisor.ledger.entry import Entry, can_be_scored, place_of
from advisor.ledger.ledger_rules import Kind, LedgerRules


class Share(NamedTuple):
    """`inside` of `of`, with Wilson's 95 % interval."""

    inside: int
    of: int
    share: float
    low: float
    high: float


class Middle(NamedTuple):
    """A median with its 95 % interval from order statistics; the ends are None where there are too few values."""

    median: float
    low: float | None
    high: float | None


class Accuracy(NamedTuple):
    """One kind. Errors are shares of the actual value, or differences in the unit where the scale is linear.

    `bias` is above 0 where reality is more than was predicted: a share of P50, or a difference. Below `least` records
    there is `too_few` to say anything, and the figures are None. `unscored` came true but have no error on the scale.
    """

    kind: str
    what: str
    unit: str
    scale: str
    predictions: int
    waiting: int
    known: int
    unscored: int
    least: int
    too_few: bool
    median_error: float | None
    p90_error: float | None
    bias: Middle | None
    coverage: Share | None
    correction: Correction


def accuracy(entries: Sequence[Entry], rules: LedgerRules) -> tuple[Accuracy, ...]:
    """Every kind in the order of the rules."""
    return tuple(_of_kind([entry for entry in entries if entry.kind == kind.name], kind, rules)
                 for kind in rules.kinds.values())  # fmt: skip


def _of_kind(entries: Sequence[Entry], kind: Kind, rules: LedgerRules) -> Accuracy:
    known = [(entry, entry.actual) for entry in entries if entry.actual is not None]
    scored = [(entry, actual) for entry, actual in known if can_be_scored(entry.shown, actual, kind.scale)]
    least = rules.learning.widen_from
    enough = len(scored) >= least
    errors = sorted(_error(entry, actual, kind) for entry, actual in scored)
    return Accuracy(
        kind.name,
        kind.what,
        kind.unit,
        kind.scale,
        len(entries),
        len(entries) - len(known),
        len(scored),
        len(known) - len(scored),
        least,
        not enough,
        median(errors) if enough else None,
        _quantile(errors, 0.9) if enough else None,
        _bias(scored, kind) if enough else None,
        _coverage(scored) if enough else None,
        learn(entries, kind, rules.learning),
    )


def _error(entry: Entry, actual: float, kind: Kind) -> float:
    missed = abs(actual - entry.shown.p50)
    return missed / actual if kind.scale == "log" else missed


def _bias(scored: Sequence[tuple[Entry, float]], kind: Kind) -> Middle:
    errors = [place_of(actual, kind.scale) - place_of(entry.shown.p50, kind.scale) for entry, actual in scored]
    low, high = median_interval(errors)

    def shown(place: float) -> float | None:
        if place in (float("inf"), float("-inf")):
            return None
        return exp(place) - 1 if kind.scale == "log" else place

    return Middle(shown(median(errors)) or 0.0, shown(low), shown(high))


def _coverage(scored: Sequence[tuple[Entry, float]]) -> Share:
    inside = sum(entry.shown.p10 <= actual <= entry.shown.p90 for entry, actual in scored)
    return Share(inside, len(scored), inside / len(scored), *wilson(inside, len(scored)))


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
