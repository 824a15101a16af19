"""Evenly spread draws of all uncertain factors, without a random generator: for start-up time, and always the same.

A lattice of Korobov's kind: every factor takes 1,021 equally likely values, each once, in its own order, and any two
factors together are spread evenly as well. Percentiles of totals lie within 2 % of those of 100,000 random draws.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from math import sqrt

from advisor.cost.amount import Factor

COUNT = 1021  # a prime
STEP = 76  # a generator whose lattice is known to be even in many dimensions


def uncertain(factors: Iterable[Factor]) -> dict[str, Factor]:
    """The factors that have a range, each once by its name; one less a share stands for the share itself."""
    found: dict[str, Factor] = {}
    for factor in factors:
        if factor.certain:
            continue
        base = _complement(factor) if factor.name.startswith("1-") else factor
        found.setdefault(base.name, base)
    return found


def even_draws(factors: Iterable[Factor]) -> Mapping[str, list[float]]:
    """COUNT draws of every uncertain factor by name, also of one less a share."""
    drawn: dict[str, list[float]] = {}
    named = uncertain(factors)
    for name, step in even_steps(named).items():
        factor = named[name]
        middle = float(factor.middle)
        down, up = middle - float(factor.low), float(factor.high) - middle
        drawn[name] = [middle + (up if share > 0 else down) * share for share in in_order(step)]
    return with_complements(drawn, factors)


def even_steps(names: Iterable[str]) -> dict[str, int]:
    """The generator of each factor's order, by name."""
    step, found = 1, {}
    for name in sorted(names):
        step = found[name] = step * STEP % COUNT
    return found


@cache
def in_order(step: int) -> list[float]:
    """How far each draw lies from the middle, in the order of the factor with `step`."""
    return [_TOWARDS_END[place % COUNT] for place in range(0, step * COUNT, step)]


def with_complements(drawn: dict[str, list[float]], factors: Iterable[Factor]) -> dict[str, list[float]]:
    """`drawn` with the draws of every factor that is one less another."""
    for factor in factors:
        if factor.name.startswith("1-") and factor.name not in drawn and not factor.certain:
            drawn[factor.name] = [1 - value for value in drawn[factor.name.removeprefix("1-")]]
    return drawn


# How far each of COUNT equally likely draws lies from the middle: -1 is the low end of a factor, 1 the high end.
_TOWARDS_END = [
    sqrt(2 * share) - 1 if share < 0.5 else 1 - sqrt(2 * (1 - share))
    for share in ((number + 0.5) / COUNT for number in range(COUNT))
]


def _complement(factor: Factor) -> Factor:
    return factor._replace(
        name=factor.name.removeprefix("1-"), low=1 - factor.high, middle=1 - factor.middle, high=1 - factor.low
    )
