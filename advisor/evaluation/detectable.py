"""The least difference that a paired test would find, and how many items it takes to find a given one."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

ALPHA: Final = 0.05
POWER: Final = 0.8
_MOST_ITEMS: Final = 1_000_000
_PRECISE: Final = 1e-4  # of a difference
_SPREAD: Final = 7.0  # standard deviations of the number of discordant items; what is beyond has no weight


def mcnemar_power(items: int, discordant_share: float, difference: float, alpha: float = ALPHA) -> float:
    """The chance that the exact two-sided McNemar test finds `difference` (of the shares right) on `items`.

    `discordant_share` of the items are right by one arm alone; it is at least the difference. Summed over how many such
    items there may be, no approximation; a finding in the wrong direction does not count.
    """
    from scipy.special import bdtrc

    share = min(1.0, max(discordant_share, abs(difference)))
    if items < 1 or share <= 0:
        return 0.0
    reach = _SPREAD * math.sqrt(items * share * (1 - share)) + _SPREAD
    first, last = max(1, int(items * share - reach)), min(items, int(items * share + reach))
    discordant = np.arange(first, last + 1)
    chances = np.exp(_log_binomial(items, discordant, share))
    most = _most_lost(first, last, alpha)
    won = (share + abs(difference)) / (2 * share)
    found = np.where(most >= 0, bdtrc(np.maximum(discordant - most - 1, 0), discordant, won), 0.0)
    return float((chances * found).sum())


@lru_cache(64)
def _most_lost(first: int, last: int, alpha: float) -> NDArray[np.float64]:
    """How many of `first` to `last` discordant items may be lost for the exact test to find the arm better; -1: none.

    A normal approximation, never off by more than one, then set right by the exact tail.
    """
    from scipy.special import bdtr, ndtri

    discordant = np.arange(first, last + 1)
    most = np.floor((discordant - 1 + ndtri(alpha / 2) * np.sqrt(discordant)) / 2)
    most = np.maximum(most, 0.0)
    most = np.where(2 * bdtr(most, discordant, 0.5) > alpha, most - 1, most)
    one_more = np.minimum(most + 1, discordant)
    found: NDArray[np.float64] = np.where(
        (one_more > most) & (2 * bdtr(one_more, discordant, 0.5) <= alpha), one_more, most
    )
    return found


def mcnemar_detectable(items: int, discordant_share: float, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The least difference of shares found with `power`; None where even 1 would be missed, as with five items."""
    if mcnemar_power(items, discordant_share, 1.0, alpha) < power:
        return None
    low, high = 0.0, 1.0
    while high - low > _PRECISE:
        middle = (low + high) / 2
        if mcnemar_power(items, discordant_share, middle, alpha) < power:
            low = middle
        else:
            high = middle
    return high


def mcnemar_items(discordant_share: float, difference: float, alpha: float = ALPHA, power: float = POWER) -> int | None:
    """How many items it takes to find `difference` with `power`; None beyond a million, as for no difference at all."""
    return _least(lambda items: mcnemar_power(items, discordant_share, difference, alpha) >= power)


def mean_detectable(items: int, standard_error: float, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The least difference found with `power`, given the standard error of the paired difference on `items`."""
    return _t_sum(items, alpha, power) * standard_error if items > 1 else None


def mean_items(
    items: int, standard_error: float, difference: float, alpha: float = ALPHA, power: float = POWER
) -> int | None:
    """How many items it takes to find `difference`, where on `items` its standard error is `standard_error`."""
    one_item = standard_error * math.sqrt(items)

    def enough(count: int) -> bool:
        return count > 1 and _t_sum(count, alpha, power) * one_item / math.sqrt(count) <= abs(difference)

    return _least(enough) if difference else None


def _least(enough: Callable[[int], bool]) -> int | None:
    """The least number from which `enough` holds, by doubling and halving."""
    high = 8
    while not enough(high):
        high *= 2
        if high > _MOST_ITEMS:
            return None
    low = high // 2 if high > 8 else 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _t_sum(items: int, alpha: float, power: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(items - 1, 1 - alpha / 2) + stdtrit(items - 1, power))


def _log_binomial(items: int, counts: NDArray[np.int64], share: float) -> NDArray[np.float64]:
    from scipy.special import gammaln, xlog1py, xlogy

    ways = gammaln(items + 1) - gammaln(counts + 1) - gammaln(items - counts + 1)
    return np.asarray(ways + xlogy(counts, share) + xlog1py(items - counts, -share))
