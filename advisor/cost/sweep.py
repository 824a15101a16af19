"""How totals change with one answer, and where the cheapest approach changes."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from math import exp, log
from typing import NamedTuple

Totals = Mapping[str, Decimal]  # USD over the use, by approach


class Step(NamedTuple):
    """The totals at one value of the answer."""

    value: Decimal
    totals_usd: Totals

    @property
    def cheapest(self) -> str:
        """The approach with the least total; of equal ones the one named first."""
        return min(self.totals_usd, key=lambda name: self.totals_usd[name])


class Crossover(NamedTuple):
    """From `value` on `after` is cheaper than `before`, which was the cheapest below."""

    value: Decimal
    before: str
    after: str
    total_usd: Decimal


class Sweep(NamedTuple):
    """One answer varied, everything else as in the case."""

    answer: str
    months: Decimal
    steps: tuple[Step, ...]
    crossovers: tuple[Crossover, ...]


def spread_evenly(low: Decimal, high: Decimal, points: int) -> list[Decimal]:
    """`points` values from `low` to `high`, in equal ratios where `low` is above 0, else in equal steps."""
    if low > 0 and high / low >= 10:
        start, end = log(low), log(high)
        inner = [exp(start + (end - start) * place / (points - 1)) for place in range(1, points - 1)]
        return [low, *(Decimal(f"{value:.4g}") for value in inner), high]
    return [low + (high - low) * place / (points - 1) for place in range(points)]


def sweep(answer: str, months: Decimal, values: Sequence[Decimal], totals_at: Callable[[Decimal], Totals]) -> Sweep:
    """The totals at each of `values` (ascending), and each change of the cheapest approach, found by halving."""
    steps = tuple(Step(value, totals_at(value)) for value in values)
    found: list[Crossover] = []
    for left, right in pairwise(steps):
        while left.cheapest != right.cheapest:
            crossing, after = _first_change(left, right, totals_at)
            found.append(Crossover(crossing, left.cheapest, after.cheapest, after.totals_usd[after.cheapest]))
            left = after
    return Sweep(answer, months, steps, tuple(found))


def _first_change(left: Step, right: Step, totals_at: Callable[[Decimal], Totals]) -> tuple[Decimal, Step]:
    """The least value between the two, to a thousandth, at which another approach than `left`'s is the cheapest."""
    first = left.cheapest
    while right.value - left.value > right.value / 1000:
        middle = (left.value + right.value) / 2
        step = Step(middle, totals_at(middle))
        if step.cheapest == first:
            left = step
        else:
            right = step
    return Decimal(f"{right.value:.4g}"), right
