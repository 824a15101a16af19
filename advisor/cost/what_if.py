"""What a reader may change in a report: traffic, prices and quality, and which factors of the lines each one is."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from advisor.cost.amount import Factor
from advisor.cost.estimate import Estimate

# `replaces`: the factor is the input; `rest`: it is one less the input; `times`: prices are multiplied by the input.
How = Literal["replaces", "rest", "times"]


class Knob(NamedTuple):
    """One input: its value in the case, between what it may be set, and the factors it sets by name."""

    id: str
    label: str
    value: Decimal
    low: Decimal
    high: Decimal
    how: How
    factors: tuple[str, ...]


PRICES: Final = Knob(
    "prices", "Prices of models and machines, times", Decimal(1), Decimal("0.1"), Decimal(10), "times", ()
)
_CENT: Final = Decimal("0.01")
_MOST: Final = Decimal(10) ** 9
_ANSWERS: Final = (
    Knob(
        "requests", "Requests a month", Decimal(0), Decimal(1), _MOST, "replaces",
        ("traffic.requests_per_month", "requests_per_month"),
    ),
    PRICES,
    Knob("right", "Share of answers that is right today", Decimal(0), Decimal(0), Decimal(1), "rest", ("wrong_today",)),
    Knob(
        "value", "Value of a right answer, USD", Decimal(0), _CENT, _MOST, "replaces",
        ("economics.value_per_success_usd",),
    ),
    Knob("error", "Cost of an error, USD", Decimal(0), _CENT, _MOST, "replaces", ("economics.cost_per_error_usd",)),
    Knob(
        "handling", "Handling today, USD a month", Decimal(0), _CENT, _MOST, "replaces",
        ("economics.current_monthly_usd",),
    ),
)  # fmt: skip


def knobs(estimates: Iterable[Estimate]) -> tuple[Knob, ...]:
    """The inputs that move at least one line of `estimates`, each at its value there."""
    factors = [factor for item in estimates for line in (*item.lines, *item.today) for factor in line.factors]
    middles = {factor.name: factor.middle for factor in factors}
    found = []
    for knob in _ANSWERS:
        if knob.how == "times":
            if any(factor.price for factor in factors):
                found.append(knob)
        elif named := next((name for name in knob.factors if name in middles), None):
            value = 1 - middles[named] if knob.how == "rest" else middles[named]
            found.append(knob._replace(value=value))
    return tuple(found)


def knob_of(factor: Factor, among: Sequence[Knob]) -> int | None:
    """The place of the input that sets `factor`; None where nothing does."""
    for place, knob in enumerate(among):
        if factor.name in knob.factors or (knob.how == "times" and factor.price):
            return place
    return None
