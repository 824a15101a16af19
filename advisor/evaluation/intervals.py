"""Intervals for shares, for differences and ratios of paired shares, and from bootstrap draws."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from advisor.evaluation.measure import Values

CONFIDENCE: Final = 0.95


class Interval(NamedTuple):
    """A value with both ends of its interval; an end may be infinite."""

    value: float
    low: float
    high: float


class PairedCells(NamedTuple):
    """A paired 2x2 table: items right by both, by the first alone, by the second alone, by neither.

    Scores between 0 and 1 fill it in part: an item with 0.7 and 0.4 counts 0.4 for both and 0.3 for the first alone.
    """

    both: float
    first: float
    second: float
    neither: float

    @property
    def items(self) -> float:
        """How many items there are."""
        return self.both + self.first + self.second + self.neither


def paired_cells(first: Values, second: Values) -> PairedCells:
    """The table of two arms' values, each 0 to 1, on the same items."""
    both = float(np.minimum(first, second).sum())
    one = float(np.maximum(first - second, 0).sum())
    other = float(np.maximum(second - first, 0).sum())
    return PairedCells(both, one, other, max(0.0, len(first) - both - one - other))


def wilson(share: float, items: float, confidence: float = CONFIDENCE) -> Interval:
    """The score interval of a share (Wilson 1927); 0 to 1 where there are no items."""
    if items <= 0:
        return Interval(share, 0.0, 1.0)
    z = _z(confidence)
    middle = (share + z * z / (2 * items)) / (1 + z * z / items)
    half = z / (1 + z * z / items) * math.sqrt(share * (1 - share) / items + z * z / (4 * items * items))
    return Interval(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def paired_difference(cells: PairedCells, confidence: float = CONFIDENCE) -> Interval:
    """First share less second, from squares of Wilson's ends, for correlated shares (Newcombe 1998, method 10)."""
    items = cells.items
    first = wilson((cells.both + cells.first) / items, items, confidence)
    second = wilson((cells.both + cells.second) / items, items, confidence)
    phi = _correlation(cells)
    value = first.value - second.value

    def half(one: float, other: float) -> float:
        return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))

    low = value - half(first.value - first.low, second.high - second.value)
    high = value + half(first.high - first.value, second.value - second.low)
    return Interval(value, max(-1.0, low), min(1.0, high))


def paired_ratio(cells: PairedCells, confidence: float = CONFIDENCE) -> Interval:
    """First share over second, by combined score intervals (Bonett and Price 2006).

    Infinity where the second share may be 0; 1 with 0 to infinity where neither arm has anything right.
    """
    first, second = cells.both + cells.first, cells.both + cells.second
    counted = cells.both + cells.first + cells.second
    if counted <= 0:
        return Interval(1.0, 0.0, math.inf)
    spread = math.sqrt((cells.first + cells.second + 2) / ((first + 1) * (second + 1)))
    ones = math.sqrt((1 - (first + 1) / (counted + 2)) / (first + 1))
    others = math.sqrt((1 - (second + 1) / (counted + 2)) / (second + 1))
    z = _z(confidence) * spread / (ones + others)
    mine, theirs = _score_ends(first, counted, z), _score_ends(second, counted, z)
    low = mine.low / theirs.high if theirs.high else 0.0
    high = mine.high / theirs.low if theirs.low > 0 else math.inf
    return Interval(ratio(first, second), low, high)


def ratio(first: float, second: float) -> float:
    """`first` over `second`; 1 where both are 0, infinity where `second` alone is."""
    if second > 0:
        return first / second
    return math.inf if first > 0 else 1.0


def percentile(value: float, draws: Values, items: int, confidence: float = CONFIDENCE) -> Interval:
    """The expanded percentile interval of bootstrap draws (Hesterberg 2015, section 5.2).

    The plain one is too narrow for few items, by sqrt((n - 1) / n) and for want of Student's t; here the share cut off
    at each end is that of a normal at -t * sqrt(n / (n - 1)). BCa was not taken: it corrects skewness, costs a
    jackknife of every metric, and leaves the narrowness, which weighs more for a few dozen items.
    """
    from scipy.special import ndtr, stdtrit

    if items < 2 or not len(draws):
        return Interval(value, -math.inf, math.inf)
    widened = stdtrit(items - 1, (1 + confidence) / 2) * math.sqrt(items / (items - 1))
    tail = float(ndtr(-widened))
    # inf stands among the draws of ratios: no interpolation there
    low = float(np.quantile(draws, tail, method="lower"))
    high = float(np.quantile(draws, 1 - tail, method="higher"))
    return Interval(value, min(value, low), max(value, high))


def _score_ends(right: float, items: float, z: float) -> Interval:
    share = right / items
    half = z * math.sqrt(z * z + 4 * right * max(0.0, 1 - share))
    middle, whole = 2 * right + z * z, 2 * (items + z * z)
    return Interval(share, (middle - half) / whole, (middle + half) / whole)


def _correlation(cells: PairedCells) -> float:
    """Newcombe's phi, with his correction towards 0 where it is positive."""
    rows = (cells.both + cells.first) * (cells.second + cells.neither)
    columns = (cells.both + cells.second) * (cells.first + cells.neither)
    if rows * columns <= 0:
        return 0.0
    product = cells.both * cells.neither - cells.first * cells.second
    if product > 0:
        product = max(product - cells.items / 2, 0.0)
    return product / math.sqrt(rows * columns)


def _z(confidence: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))
