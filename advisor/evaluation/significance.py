"""Two arms on the same items: is the difference real, how large may it be, and how large relative to the weaker arm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from advisor.evaluation.detectable import (
    ALPHA,
    mcnemar_detectable,
    mcnemar_items,
    mean_detectable,
    mean_items,
)
from advisor.evaluation.intervals import (
    Interval,
    PairedCells,
    paired_cells,
    paired_difference,
    paired_ratio,
    percentile,
    ratio,
)
from advisor.evaluation.measure import Measure, Values

MCNEMAR: Final = "exact McNemar"
BOOTSTRAP: Final = "paired bootstrap"
LEAST_DIFFERING: Final = 6  # on fewer items no two-sided sign test can reach 0.05, so draws alone say too much


class Comparison(NamedTuple):
    """An arm against another one by one metric; `difference` is the arm's value less the other's, with `low`, `high`.

    `p_adjusted` is Holm's over all comparisons of the metric in the run. `relative` is the difference as a share of the
    other's value. `detectable` is the least difference that a test on so many items finds in four of five cases, None
    where no difference would be found. `standard_error` is that of the difference.
    """

    arm: str
    against: str
    metric: str
    difference: float
    low: float
    high: float
    test: str
    p_value: float
    p_adjusted: float
    relative: Interval
    items: int
    differing_items: int
    standard_error: float
    detectable: float | None

    def is_better(self, alpha: float = ALPHA) -> bool:
        """Whether the arm is shown to be better: adjusted p below `alpha` and the whole interval above 0."""
        return self.p_adjusted < alpha and self.low > 0

    def improvement_shown(self, least: float) -> bool | None:
        """Whether the relative improvement is `least` or more: by the interval, never by the point.

        True where its low end is, False where its high end is not, None where it is not shown.
        """
        if self.relative.low >= least:
            return True
        return False if self.relative.high < least else None

    def items_to_show(self, difference: float) -> int | None:
        """How many items in all it takes to find `difference` in four of five cases; None beyond a million."""
        if not self.items:
            return None
        if self.test == MCNEMAR:
            return mcnemar_items(self.differing_items / self.items, difference)
        return mean_items(self.items, self.standard_error, difference)

    def items_to_show_improvement(self, least: float) -> int | None:
        """How many items in all until the low end of the relative improvement is about `least`, if the value stays.

        None where the value itself is below, or beyond a million.
        """
        above, reach = self.relative.value - least, self.relative.value - self.relative.low
        if above <= 0 or not math.isfinite(reach) or not self.items:
            return None
        needed = self.items * max(1.0, (reach / above) ** 2)
        return math.ceil(needed) if needed <= 1_000_000 else None


def mcnemar_p(first_alone: int, second_alone: int) -> float:
    """The exact two-sided p of McNemar's test: the sign test on items that one arm alone has right."""
    from scipy.special import bdtr

    discordant = first_alone + second_alone
    if not discordant:
        return 1.0
    return min(1.0, 2 * float(bdtr(min(first_alone, second_alone), discordant, 0.5)))


def bootstrap_p(difference: float, draws: Values, items: int) -> float:
    """Two-sided p of a paired bootstrap: how often draws lie as far from `difference` as that lies from 0.

    Widened to Student's t as the intervals are (`intervals.percentile`).
    """
    from scipy.special import ndtri, stdtr

    if items < 2 or difference == 0:
        return 1.0
    beyond = int((np.abs(draws - difference) >= abs(difference) * (1 - 1e-9)).sum())
    plain = min(1.0, (1 + beyond) / (1 + len(draws)))
    z = -float(ndtri(plain / 2))
    return min(1.0, 2 * float(stdtr(items - 1, -z * math.sqrt((items - 1) / items))))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values by Holm (1979): in the order given, never below the raw ones, at most 1."""
    order = np.argsort(p_values, kind="stable")
    count = len(order)
    stepped = np.asarray(p_values, np.float64)[order] * (count - np.arange(count))
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(stepped)) if count else stepped
    return tuple(map(float, adjusted))


def compare(names: tuple[str, str], first: Measure, second: Measure, draws: tuple[Values, Values]) -> Comparison:
    """Compare two arms by one metric; `draws` are the metric's values of both in the same resamples.

    A metric that is right or wrong for each item takes the exact McNemar test and closed intervals; every other one
    takes the bootstrap. The p-value is not adjusted yet.
    """
    items = len(first.per_item)
    cells = paired_cells(first.per_item, second.per_item)
    won = int((first.per_item > second.per_item).sum())
    lost = int((first.per_item < second.per_item).sum())
    difference = first.value - second.value
    if first.binary and second.binary:
        test, p_value = MCNEMAR, mcnemar_p(won, lost)
        span, times = paired_difference(cells), paired_ratio(cells)
        error = math.sqrt(max(0.0, (won + lost) / items - difference**2) / items)
        least = mcnemar_detectable(items, (won + lost) / items)
    else:
        test, p_value = BOOTSTRAP, bootstrap_p(difference, draws[0] - draws[1], items)
        span = percentile(difference, draws[0] - draws[1], items)
        times = percentile(ratio(first.value, second.value), _ratios(*draws), items)
        if won + lost < LEAST_DIFFERING:
            p_value = max(p_value, mcnemar_p(won, lost))
            span, times = _widened(span, times, cells)
        span = Interval(difference, max(-1.0, span.low), min(1.0, span.high))
        times = times._replace(low=max(0.0, times.low))
        error = float(np.std(draws[0] - draws[1])) * math.sqrt(items / max(1, items - 1))
        least = mean_detectable(items, error)
    return Comparison(
        *names,
        first.metric,
        difference,
        span.low,
        span.high,
        test,
        p_value,
        p_value,
        Interval(*(end - 1 for end in times)),
        items,
        won + lost,
        error,
        least,
    )


def with_holm(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """The comparisons with p-values adjusted over all of the same metric."""
    adjusted: dict[int, float] = {}
    for metric in dict.fromkeys(comparison.metric for comparison in comparisons):
        family = [place for place, comparison in enumerate(comparisons) if comparison.metric == metric]
        adjusted.update(zip(family, holm([comparisons[place].p_value for place in family]), strict=True))
    return tuple(item._replace(p_adjusted=adjusted[place]) for place, item in enumerate(comparisons))


def _ratios(first: Values, second: Values) -> Values:
    """First over second draw by draw, with `intervals.ratio`'s rules for 0."""
    both = (first == 0) & (second == 0)
    times = np.divide(first, second, out=np.full_like(first, math.inf), where=second > 0)
    return np.where(both, 1.0, times)


def _widened(span: Interval, times: Interval, cells: PairedCells) -> tuple[Interval, Interval]:
    """Both intervals, widened to those of a paired table, which keep their width where hardly any item differs."""
    shares, rates = paired_difference(cells), paired_ratio(cells)
    low, high = span.value - (shares.value - shares.low), span.value + (shares.high - shares.value)
    wide = Interval(span.value, min(span.low, low), max(span.high, high))
    return wide, Interval(times.value, min(times.low, rates.low), max(times.high, rates.high))
