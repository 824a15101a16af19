"""One-sided tests of what can be counted: shares, slow answers, cost, and the same questions asked again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from advisor.evaluation.intervals import Interval, wilson


class Shift(NamedTuple):
    """`effect` (after less before) with its 95 % interval, and p of no change for the worse."""

    before: float
    after: float
    effect: Interval
    p_value: float


class Count(NamedTuple):
    """So many of so many."""

    part: int
    whole: int

    @property
    def share(self) -> float:
        """The part as a share; 0 of nothing."""
        return self.part / self.whole if self.whole else 0.0


class CostSums(NamedTuple):
    """Sums over requests of tokens `t` and of USD `u`, and of their squares and product."""

    requests: int
    t: float
    u: float
    tt: float
    uu: float
    tu: float


def share_shift(before: Count, after: Count) -> Shift:
    """Whether a share grew: Fisher's exact test; the interval is Newcombe's (1998, method 10)."""
    from scipy.stats import hypergeom

    p_value = float(hypergeom.sf(after.part - 1, before.whole + after.whole, before.part + after.part, after.whole))
    return Shift(before.share, after.share, _difference(before, after), min(1.0, p_value))


def slower_shift(requests_before: int, rank: int, slower_after: Count) -> Shift:
    """Whether more answers are slower than the value at `rank` (from 1) of the baseline's ordered latencies.

    The exact precedence test: how many of both periods together come before that value is hypergeometric, whatever the
    distribution of latencies (Nelson 1963).
    """
    from scipy.stats import hypergeom

    whole = slower_after.whole
    p_value = float(hypergeom.sf(rank - 1, requests_before + whole, requests_before, rank + whole - slower_after.part))
    before = Count(requests_before - rank, requests_before)
    return Shift(before.share, slower_after.share, _difference(before, slower_after), min(1.0, p_value))


def cost_shift(before: CostSums, after: CostSums) -> Shift | None:
    """Whether USD for a token grew, as a share of what it was; None where it was nothing or cannot be told."""
    from scipy.special import ndtr

    if min(before.requests, after.requests) < 2 or min(before.t, after.t, before.u) <= 0:
        return None
    old, new = before.u / before.t, after.u / after.t
    spread = math.hypot(_ratio_error(before), _ratio_error(after))
    value = new / old - 1
    if spread == 0:
        return Shift(old, new, Interval(value, value, value), 0.0 if new > old else 1.0)
    # The error of the quotient, with that of the old price in it.
    half = 1.96 * math.hypot(_ratio_error(after) / old, new * _ratio_error(before) / old**2)
    return Shift(old, new, Interval(value, value - half, value + half), float(ndtr(-(new - old) / spread)))


def paired_fall(before: Sequence[bool], after: Sequence[bool]) -> Shift:
    """Whether fewer of the same questions are right: McNemar's exact test, one-sided; the effect is the fall."""
    from scipy.special import bdtr

    from advisor.evaluation.intervals import PairedCells, paired_difference

    lost = sum(was and not now for was, now in zip(before, after, strict=True))
    won = sum(now and not was for was, now in zip(before, after, strict=True))
    both = sum(was and now for was, now in zip(before, after, strict=True))
    p_value = float(bdtr(won, lost + won, 0.5)) if lost + won else 1.0
    cells = PairedCells(both, lost, won, len(before) - both - lost - won)
    whole = max(1, len(before))
    return Shift((both + lost) / whole, (both + won) / whole, paired_difference(cells), p_value)


def below(right: Count, least: float) -> float:
    """p of so few right answers where the true share is `least` or more (exact binomial)."""
    from scipy.stats import binom

    return float(binom.cdf(right.part, right.whole, least)) if right.whole else 1.0


def _difference(before: Count, after: Count) -> Interval:
    one, other = wilson(after.share, after.whole), wilson(before.share, before.whole)
    value = after.share - before.share
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    return Interval(value, low, value + math.hypot(one.high - one.value, other.value - other.low))


def _ratio_error(sums: CostSums) -> float:
    """The standard error of a ratio of sums (Cochran 1977, 6.4)."""
    ratio = sums.u / sums.t
    squares = max(0.0, sums.uu - 2 * ratio * sums.tu + ratio * ratio * sums.tt)
    return math.sqrt(sums.requests * squares / (sums.requests - 1)) / sums.t
