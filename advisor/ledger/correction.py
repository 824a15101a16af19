"""What ranges learn from what happened: a shift, and a factor on their width; never from few records.

Errors are measured on the kind's scale, logarithms for money and time, as multiples of the distance from P50 to the end
of the range on the side where the actual value fell. Widening takes the conformal rank ceil((n + 1) x 0.8) of them, so
that a new case like the old ones falls within with a chance of 80 % at least (Romano, Patterson and Candès 2019).
Narrowing takes the rank that lies above the 80 % quantile with 95 % confidence (Wilks 1941), so that it waits for
evidence. P50 is shifted by the median error, shrunk by n / (n + prior), where its 95 % interval excludes no shift.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from math import ceil, exp
from typing import Final, NamedTuple

from advisor.ledger.entry import Entry, Spread, can_be_scored, place_of, value_at
from advisor.ledger.ledger_rules import Kind, Learning

INSIDE: Final = 0.8  # the share that lies between P10 and P90
_CONFIDENCE: Final = 0.95


class Correction(NamedTuple):
    """What was learned of one kind: `shift` of P50 on its scale, `times` the width, from `records` up to a day."""

    kind: str
    shift: float
    times: float
    records: int
    until: date | None

    @property
    def changes_anything(self) -> bool:
        """Whether a corrected range differs from the raw one."""
        return self.shift != 0 or self.times != 1


def nothing_learned(kind: str, records: int = 0) -> Correction:
    """The correction that leaves a range as it is."""
    return Correction(kind, 0.0, 1.0, records, None)


def learn(entries: Iterable[Entry], kind: Kind, rules: Learning) -> Correction:
    """The correction for new predictions of `kind` from those that came true; the newest count."""
    known = [
        entry
        for entry in entries
        if entry.kind == kind.name and entry.actual is not None and can_be_scored(entry.raw, entry.actual, kind.scale)
    ]
    known.sort(key=lambda entry: (entry.actual_on or date.min, entry.subject))
    known = known[-rules.newest :]
    count = len(known)
    if count < min(rules.widen_from, rules.narrow_from, rules.shift_from):
        return nothing_learned(kind.name, count)
    shift = _shift([_error(entry, kind) for entry in known], rules)
    times = _times(sorted(_multiple(entry, kind, shift) for entry in known), rules)
    return Correction(kind.name, shift, times, count, max(entry.actual_on or date.min for entry in known))


def corrected(spread: Spread, kind: Kind, found: Correction) -> Spread:
    """The range with what was learned applied; one that cannot be placed on the scale stays as it is."""
    if not found.changes_anything or not can_be_scored(spread, spread.p50, kind.scale):
        return spread
    middle, below, above = _places(spread, kind)
    if found.times == 1:
        below, above = middle - place_of(spread.p10, kind.scale), place_of(spread.p90, kind.scale) - middle
    middle += found.shift
    places = (middle - found.times * below, middle, middle + found.times * above)
    return Spread(*(value_at(place, kind.scale) for place in places))


def in_words(found: Correction, kind: Kind) -> str:
    """Such as `range widened by 1.3x from 42 of your own runs, ledger of 2026-11-21`; "" where nothing changes."""
    parts = []
    if found.shift:
        moved = f"by {exp(found.shift):.2f}x" if kind.scale == "log" else f"by {found.shift:+.3f}"
        parts.append(f"moved {moved}")
    if found.times != 1:
        wider = found.times > 1
        parts.append(f"{'widened' if wider else 'narrowed'} {'by' if wider else 'to'} {found.times:.2g}x")
    if not parts:
        return ""
    return f"range {' and '.join(parts)} from {found.records} of your own runs, ledger of {found.until}"


def _error(entry: Entry, kind: Kind) -> float:
    assert entry.actual is not None
    return place_of(entry.actual, kind.scale) - place_of(entry.raw.p50, kind.scale)


def _multiple(entry: Entry, kind: Kind, shift: float) -> float:
    """How many half widths the actual value lies from the shifted P50."""
    error = _error(entry, kind) - shift
    _, below, above = _places(entry.raw, kind)
    return error / above if error >= 0 else -error / below


def _places(spread: Spread, kind: Kind) -> tuple[float, float, float]:
    """P50 on the scale, and the distances to P10 and P90, none less than the least half width."""
    middle = place_of(spread.p50, kind.scale)
    below = max(middle - place_of(spread.p10, kind.scale), kind.least_half_width)
    above = max(place_of(spread.p90, kind.scale) - middle, kind.least_half_width)
    return middle, below, above


def _shift(errors: Sequence[float], rules: Learning) -> float:
    from statistics import median

    count = len(errors)
    low, high = median_interval(errors)
    if count < rules.shift_from or low <= 0 <= high:
        return 0.0
    return median(errors) * count / (count + rules.shift_prior)


def _times(multiples: Sequence[float], rules: Learning) -> float:
    from scipy.stats import binom

    count = len(multiples)
    rank = ceil((count + 1) * INSIDE)
    if count >= rules.widen_from:
        needed = multiples[rank - 1] if rank <= count else rules.widest
        if needed > 1:
            return min(needed, rules.widest)
    surely = int(binom.ppf(_CONFIDENCE, count, INSIDE)) + 1
    if count >= rules.narrow_from and surely <= count and multiples[surely - 1] < 1:
        return max(multiples[surely - 1], rules.narrowest)
    return 1.0


class MedianInterval(NamedTuple):
    """A 95 % interval of a median; infinite where there are too few values for one."""

    low: float
    high: float


def median_interval(values: Sequence[float]) -> MedianInterval:
    """From order statistics: the chance that a median lies outside is 5 % at most, whatever the distribution."""
    from scipy.stats import binom

    ordered, count = sorted(values), len(values)
    rank = int(binom.ppf((1 - _CONFIDENCE) / 2, count, 0.5)) if count else 0
    if rank < 1:
        return MedianInterval(float("-inf"), float("inf"))
    return MedianInterval(ordered[rank - 1], ordered[count - rank])
