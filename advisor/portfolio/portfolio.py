"""Many candidates under one budget: which are funded, in which order, and which cannot be ranked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from advisor.portfolio.candidate import Candidate
from advisor.portfolio.choice import Offer, choose

Order = Literal["value", "payback", "deadline", "value_per_usd"]
ORDERS: Final = ("value", "payback", "deadline", "value_per_usd")
OBJECTIVE: Final = (
    "The funded cases together have the greatest net present value (P50) of all sets of cases whose one-time costs "
    "(P50) add up to no more than the budget. A case is begun as a whole or not at all; monthly costs are in its value."
)


class Ranked(NamedTuple):
    """A case that can be funded, with its place in the order that was asked for, from 1."""

    rank: int
    funded: bool
    candidate: Candidate
    value_per_usd: Decimal | None  # of one-time cost; None where it costs nothing once


class Totals(NamedTuple):
    """Sums in USD: P10 and P90 as if all cases went badly, or well, together."""

    cases: int
    one_time_p50_usd: Decimal
    one_time_p90_usd: Decimal
    monthly_p50_usd: Decimal
    value_p10_usd: Decimal
    value_p50_usd: Decimal
    value_p90_usd: Decimal


class Unread(NamedTuple):
    """A file that holds no case that can be read, and what is wrong with it."""

    name: str
    problem: str


class Portfolio(NamedTuple):
    """Cases ranked under a budget; `apart` are those that cannot be funded, each with what is missing.

    `gap_usd` is what a better choice could be worth more at most: 0 where this one is proved to be the best.
    """

    as_of: date
    budget_usd: Decimal | None
    objective: str
    order: Order
    ranked: tuple[Ranked, ...]
    funded: Totals
    all_candidates: Totals
    left_usd: Decimal | None
    gap_usd: Decimal
    apart: tuple[Candidate, ...]
    unread: tuple[Unread, ...]


def portfolio(
    candidates: Sequence[Candidate],
    day: date,
    budget_usd: Decimal | None = None,
    order: Order = "value",
    unread: Sequence[Unread] = (),
) -> Portfolio:
    """The candidates ranked; the same whatever their order. Without a budget every one of them is funded."""
    able = sorted((one for one in candidates if one.state == "candidate"), key=lambda one: one.name)
    offers = [Offer(_cents(_once(one)), _cents(_value(one))) for one in able]
    budget_cents = sum(max(0, one.cost_cents) for one in offers) if budget_usd is None else int(budget_usd * 100)
    choice = choose(offers, budget_cents)
    funded = [able[place] for place in choice.taken]
    names = {one.name for one in funded}
    ordered = sorted(able, key=lambda one: (one.name not in names, *_key(one, order)))
    totals = _totals(funded)
    return Portfolio(
        day,
        budget_usd,
        OBJECTIVE,
        order,
        tuple(Ranked(rank, one.name in names, one, _density(one)) for rank, one in enumerate(ordered, start=1)),
        totals,
        _totals(able),
        None if budget_usd is None else budget_usd - totals.one_time_p50_usd,
        Decimal(choice.gap_cents) / 100,
        tuple(sorted((one for one in candidates if one.state != "candidate"), key=lambda one: (one.state, one.name))),
        tuple(sorted(unread)),
    )


def _once(one: Candidate) -> Decimal:
    assert one.one_time_usd is not None
    return one.one_time_usd.p50


def _value(one: Candidate) -> Decimal:
    assert one.value_usd is not None
    return one.value_usd.p50


def _cents(usd: Decimal) -> int:
    return int(usd * 100)


def _density(one: Candidate) -> Decimal | None:
    once = _once(one)
    return (_value(one) / once).quantize(Decimal("0.01")) if once > 0 else None


def _key(one: Candidate, order: Order) -> tuple[float, float, str]:
    """Ascending; cases that are alike by the order come with the greater value first, then by name."""
    assert one.payback_months is not None
    by_value = -float(_value(one))
    if order == "payback":
        return float(one.payback_months.p50), by_value, one.name
    if order == "deadline":
        return float(one.deadline.start_by.toordinal() if one.deadline else date.max.toordinal()), by_value, one.name
    if order == "value_per_usd":
        once = float(_once(one))
        return by_value / once if once > 0 else float("-inf"), by_value, one.name
    return by_value, 0.0, one.name


def _totals(cases: Sequence[Candidate]) -> Totals:
    sums = [Decimal(0)] * (len(Totals._fields) - 1)
    for one in cases:
        assert one.one_time_usd and one.monthly_usd and one.value_usd
        parts = (one.one_time_usd.p50, one.one_time_usd.p90, one.monthly_usd.p50, *one.value_usd[1:])
        sums = [total + part for total, part in zip(sums, parts, strict=True)]
    return Totals(len(cases), *sums)
