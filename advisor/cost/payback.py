"""When an approach has earned back what it cost, and what it is worth over its life."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import inf

MOST_MONTHS = 120  # beyond ten years nothing is called a pay-back
HUNDREDTH = Decimal("0.01")


def payback_months(one_time: float, fixed: float, growing: float, growth: float) -> float:
    """Months until what was gained reaches `one_time`, a part of a month counted evenly; infinity where it never does.

    `fixed` and `growing` are the gain of the first month in USD; the growing part is multiplied by 1 + `growth` each
    month after it.
    """
    if one_time <= 0:
        return 0.0
    if growth == 0:
        gain = fixed + growing
        return one_time / gain if gain > 0 and one_time / gain <= MOST_MONTHS else inf
    left = one_time
    for month in range(MOST_MONTHS):
        gain = fixed + growing
        if gain >= left > 0:
            return month + left / gain
        left -= gain
        growing *= 1 + growth
    return inf


@lru_cache(256)
def present_values(growth: float, months: float, discount_a_year: float) -> tuple[float, float]:
    """What a dollar a month is worth today over `months`, each discounted: one that stays, and one that grows.

    The last month may be a part.
    """
    step = (1 + discount_a_year) ** (-1 / 12)
    whole = int(months)
    part = (months - whole) * step ** (whole + 1)
    fixed = step * powers(step, whole) + part
    growing = step * powers(step * (1 + growth), whole) + part * (1 + growth) ** whole
    return fixed, growing


def total_cost(one_time: float, fixed: float, growing: float, growth: float, months: int) -> float:
    """What is paid in `months`, once and each month, without discount."""
    return one_time + fixed * months + growing * powers(1 + growth, months)


def powers(ratio: float, count: int) -> float:
    """1 + ratio + ratio ** 2 + ..., `count` terms."""
    if ratio == 1:
        return float(count)
    last: float = ratio**count
    return (1 - last) / (1 - ratio)


def rounded_months(months: float) -> Decimal:
    """To a hundredth of a month."""
    return Decimal(repr(months)).quantize(HUNDREDTH, ROUND_HALF_UP)
