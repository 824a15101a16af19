"""Figures with their 95 % intervals: what judges, ballots and probes report."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from advisor.dataset.review import wilson

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

DRAWS: Final = 2000
_LEAST_VALID: Final = 0.9  # of the draws: a statistic that is undefined in more of them has no interval


class Estimate(NamedTuple):
    """A figure and its 95 % interval, from `of` independent items; all None where nothing was measured."""

    value: float | None
    low: float | None
    high: float | None
    of: int


NOTHING: Final = Estimate(None, None, None, 0)


def share(hits: int, of: int) -> Estimate:
    """`hits` of `of` with Wilson's interval."""
    return Estimate(hits / of, *wilson(hits, of), of) if of else NOTHING


def weighted_share(values: Sequence[float], weights: Sequence[float]) -> Estimate:
    """The weighted mean of values between 0 and 1, one for each item.

    The interval is Wilson's for the effective number of items, (sum of weights)² / sum of their squares (Kish 1965): it
    has a width also where all say the same, which the bootstrap's has not. For values between 0 and 1 that are means
    over several experts it is wider than needed, never narrower.
    """
    total = sum(weights)
    if not total:
        return NOTHING
    mean = sum(value * weight for value, weight in zip(values, weights, strict=True)) / total
    effective = total**2 / sum(weight**2 for weight in weights)
    return Estimate(mean, *wilson(mean * effective, effective), len(values))


def mean(
    values: Sequence[float],
    strata: Sequence[str] | None,
    weights: Sequence[float],
    seed: int,
    bounds: tuple[float, float] | None = None,
) -> Estimate:
    """The weighted mean of any values, one for each item, with a bootstrap interval over the items of each stratum.

    Where all items say the same, the bootstrap has no width, although others may be left unseen: up to 3 of as many as
    were seen, at 95 % (the rule of three). With `bounds` of the values no interval is narrower than that.
    """
    import numpy as np

    if not values:
        return NOTHING
    held, weight = np.asarray(values, float), np.asarray(weights, float)
    drawn = resampled(len(values), seed, strata)
    low, high = _ends((drawn * weight) @ held / (drawn @ weight))
    found = float(weight @ held / weight.sum())
    if bounds is not None and low is not None and high is not None:
        unseen = min(1.0, 3 / len(values))
        low, high = min(low, found - unseen * (found - bounds[0])), max(high, found + unseen * (bounds[1] - found))
    return Estimate(found, low, high, len(values))


def interval(value: float, draws: Array, items: int) -> Estimate:
    """An estimate from the draws of a bootstrap, some of which may be undefined (NaN)."""
    if not isfinite(value):
        return Estimate(None, None, None, items)
    low, high = _ends(draws)
    return Estimate(float(value), low, high, items)


def resampled(items: int, seed: int, strata: Sequence[str] | None = None) -> Array:
    """How often each item is drawn in each of DRAWS bootstrap samples; each stratum keeps its size."""
    import numpy as np

    generator = np.random.default_rng(seed)
    counts = np.zeros((DRAWS, items))
    names = np.asarray(strata if strata is not None else [""] * items)
    for name in np.unique(names):
        places = np.flatnonzero(names == name)
        counts[:, places] = generator.multinomial(len(places), np.full(len(places), 1 / len(places)), DRAWS)
    return counts


def _ends(draws: Array) -> tuple[float | None, float | None]:
    import numpy as np

    valid = draws[np.isfinite(draws)]
    if len(valid) < _LEAST_VALID * len(draws):
        return None, None
    low, high = np.quantile(valid, [0.025, 0.975])
    return float(low), float(high)
