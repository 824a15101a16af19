"""Tests that may be looked at after every observation, for values within bounds.

A bet is placed on each observation before it is seen; under the null hypothesis no bet gains on average, so that the
capital exceeds 1/alpha at any time at all with probability alpha at most (Ville's inequality). The bets are spread over
a fixed grid of sizes, which needs no tuning and no guess of the effect: Waudby-Smith, Ramdas, Estimating means of
bounded random variables by betting, JRSS B 86(1), 2024, section 4 and the grid of its appendix; Ramdas, Grünwald, Vovk,
Shafer, Game-theoretic statistics and safe anytime-valid inference, Statistical Science 38(4), 2023.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
BET_SIZES: Final = np.geomspace(0.01, 0.95, 12)  # of the largest bet that cannot lose everything
_HALVINGS: Final = 40


class Interval(NamedTuple):
    """A mean with the ends of its confidence sequence: they hold at all times together."""

    mean: float
    low: float
    high: float


def log_capital(gains: Values, most_lost: float) -> float:
    """The log of the highest capital on the way, against: each gain is 0 or less on average, given those before it.

    No gain is below -`most_lost`. The null is rejected at level alpha where this is at least log(1 / alpha).
    """
    if len(gains) == 0:
        return 0.0
    capital = np.full(len(gains), -np.inf)
    for size in BET_SIZES:
        capital = np.logaddexp(capital, np.cumsum(np.log1p(size / most_lost * gains)))
    return max(0.0, float(capital.max()) - float(np.log(len(BET_SIZES))))


def is_above(values: Values, bound: float, low: float, alpha: float) -> bool:
    """Whether it is shown at level `alpha` that values of `low` or more have a mean above `bound`."""
    return log_capital(values - bound, bound - low) >= -math.log(alpha)


def interval(values: Values, low: float, high: float, alpha: float) -> Interval:
    """The mean of values between `low` and `high`, with a confidence sequence of level 1 - `alpha`."""
    mean = float(values.mean()) if len(values) else (low + high) / 2
    return Interval(mean, _lower(values, low, high, alpha / 2), -_lower(-values, -high, -low, alpha / 2))


def _lower(values: Values, low: float, high: float, alpha: float) -> float:
    """The highest bound, to within the last halving, that the mean is shown to be above; `low` where there is none."""
    if len(values) == 0:
        return low
    shown, open_ = low, min(high, float(values.mean()))
    for _ in range(_HALVINGS):
        middle = (shown + open_) / 2
        if open_ - shown < 1e-4 * (high - low):
            break
        if is_above(values, middle, low, alpha):
            shown = middle
        else:
            open_ = middle
    return shown
