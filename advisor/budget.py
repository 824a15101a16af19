"""Budgets against computed prices: which approaches are too dear, what is taken instead, and what would change that.

An approach is too dear where even the low end (P10) of its cost is above a budget that the case names. A budget that is
not named does not bind. Missing answers are priced at their usual ranges: `possible` stays exact in what the rules
test, and holds for money as far as the ranges do.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from advisor import record
from advisor.case import Case
from advisor.cost.sampled import Lines
from advisor.decision.decide import Decision, completed, decide
from advisor.decision.flips import Flip
from advisor.decision.rulebook import BudgetGate, RuleBook
from advisor.money import NOT_PRICED, Bills, Market, Priced, Spending, price_approaches, spending
from advisor.question import Answer
from advisor.training_choice import TrainingChoice, choose_training

ONE_TIME, MONTHLY = "constraints.budget_usd", "constraints.monthly_budget_usd"


class Limits(NamedTuple):
    """The budgets that a case names, in USD; a monthly one pays bills, not the hours of one's own people."""

    one_time_usd: Decimal | None
    monthly_usd: Decimal | None


NO_LIMITS = Limits(None, None)
BUDGETS = (ONE_TIME, MONTHLY)


class LowEnd(NamedTuple):
    """P10 of what a budget would have to carry, beside it, in USD."""

    budget: str  # the answer that names it
    p10_usd: Decimal
    budget_usd: Decimal


class TooDear(NamedTuple):
    """An approach that is above a budget even at its low end, and what was taken instead."""

    approach: str
    instead: str  # what exceeds the budgets least where they carry nothing that comes into question
    gate: BudgetGate
    over: LowEnd

    @property
    def why(self) -> str:
        """Such as `Even its low end (P10), $12,300 once, is above the budget of $5,000. ...`."""
        span = "once" if self.over.budget == ONE_TIME else "of bills a month"
        return (
            f"Even its low end (P10), ${self.over.p10_usd:,} {span}, is above the budget of "
            f"${self.over.budget_usd:,}. {self.gate.why}"
        )


class Afforded(NamedTuple):
    """A decision after the budgets were looked at."""

    approach: str
    possible: tuple[str, ...]
    too_dear: tuple[TooDear, ...]


class Prices:
    """The approaches of one case in money, each priced once and only when it is asked for."""

    def __init__(self, case: Case, book: RuleBook, market: Market, day: date) -> None:
        """At the prices of `day`."""
        self.case = case
        self.book = book
        self.market = market
        self.day = day
        self.full = completed(book, case)
        self._priced: dict[str, Priced] = {}
        self._trainings: dict[str, TrainingChoice] = {}
        self._spending: dict[str, Spending | None] = {}
        self._low_ends: dict[str, Bills | None] = {}

    def of(self, *approaches: str) -> Priced:
        """The estimates of `approaches` that could be priced, and notes on the others."""
        found = [self._of(name) for name in approaches]
        notes = dict.fromkeys(note for item in found for note in item.notes)
        return Priced(tuple(estimate for item in found for estimate in item.estimates), tuple(notes))

    def spending(self, approach: str) -> Spending | None:
        """The bills of `approach`; None where it cannot be priced."""
        if approach not in self._spending:
            training = self.training(approach)
            self._spending[approach] = spending(self.case, self.market, self.day, approach, training)
        return self._spending[approach]

    def lines(self, approach: str) -> Lines | None:
        """The lines of `approach` where its bills were looked at already."""
        found = self._spending.get(approach)
        return found.lines if found else None

    def training(self, approach: str) -> TrainingChoice:
        """The training that is chosen for `approach`."""
        if approach not in self._trainings:
            self._trainings[approach] = choose_training(
                self.book, self.full, self.market.life_cycle, self.day, approach
            )
        return self._trainings[approach]

    def low_end(self, approach: str) -> Bills | None:
        """P10 of the bills of `approach`; None where it cannot be priced."""
        if approach not in self._low_ends:
            found = self.spending(approach)
            self._low_ends[approach] = found.low_end() if found else None
        return self._low_ends[approach]

    def _of(self, approach: str) -> Priced:
        if approach not in self._priced:
            choices = [(approach, self.training(approach))]
            self._priced[approach] = price_approaches(self.case, self.market, self.day, choices)
        return self._priced[approach]


def afford(decision: Decision, case: Case, prices: Prices) -> Afforded:
    """`decision` with every approach that is too dear for the budgets of `case` replaced by one that they carry."""
    limits = limits_of(case)
    if limits == NO_LIMITS:
        return Afforded(decision.approach, decision.possible, ())
    found = {
        name: over
        for name in dict.fromkeys((decision.approach, *decision.possible))
        if (over := _too_dear(name, case, limits, prices))
    }

    def settled(name: str) -> str:
        return found[name].instead if name in found else name

    possible = dict.fromkeys(map(settled, decision.possible))
    return Afforded(settled(decision.approach), tuple(possible), tuple(found.values()))


def flips_within(flips: Iterable[Flip], afforded: Afforded, prices: Prices) -> Iterator[Flip]:
    """Those of `flips` that the budgets carry as well, then the budgets at which the approach itself changes."""
    case = prices.case
    limited = limits_of(case) != NO_LIMITS
    for flip in flips:
        to = _settled(case.with_answers(flip.change), prices) if limited else flip.to
        if to != afforded.approach:
            yield flip._replace(to=to)
    for change in _other_budgets(afforded, prices) if limited else ():
        changed = case.with_answers(change)
        to = afford(decide(prices.book, changed), changed, prices).approach
        if to != afforded.approach:
            yield Flip(change, to)


def _settled(case: Case, prices: Prices) -> str:
    anew = Prices(case, prices.book, prices.market, prices.day)
    return afford(decide(prices.book, case), case, anew).approach


def _other_budgets(afforded: Afforded, prices: Prices) -> Iterator[dict[str, Answer]]:
    """Whole dollars: raised so far that what was too dear is carried, and just too low for what was chosen."""
    limits = limits_of(prices.case)
    for item in afforded.too_dear:
        ends = _low_ends(item.approach, limits, prices)
        yield {end.budget: _whole_dollars(end.p10_usd) for end in ends if end.p10_usd > end.budget_usd}
    for end in _low_ends(afforded.approach, limits, prices):
        if 0 < end.p10_usd <= end.budget_usd:
            yield {end.budget: _whole_dollars(end.p10_usd) - 1}


def limits_of(case: Case) -> Limits:
    """The budgets that `case` names."""
    one_time, monthly = (case.given(name) for name in (ONE_TIME, MONTHLY))
    return Limits(
        Decimal(one_time) if isinstance(one_time, int | Decimal) else None,
        Decimal(monthly) if isinstance(monthly, int | Decimal) else None,
    )


def _too_dear(approach: str, case: Case, limits: Limits, prices: Prices) -> TooDear | None:
    over = _over(approach, limits, prices)
    if over is None:
        return None
    rules = prices.book.budget
    cheaper = cheaper_than(approach, case, prices.book)
    instead = next((name for name in cheaper if not _over(name, limits, prices)), None)
    if instead is None:
        instead = min([approach, *cheaper], key=lambda name: _excess_of_a_year(_low_ends(name, limits, prices)))
    return TooDear(approach, instead, rules.one_time if over.budget == ONE_TIME else rules.monthly, over)


def cheaper_than(approach: str, case: Case, book: RuleBook) -> list[str]:
    """What comes into question instead of `approach` where money is short, best first."""
    state = book.slots.state({**case.answers, "chosen.approach": approach})
    return [item.take for item in book.budget.instead if item.holds(state)]


def _over(approach: str, limits: Limits, prices: Prices) -> LowEnd | None:
    """The first budget that `approach` exceeds even at its low end; None where there is none, or no price."""
    found = None if approach in NOT_PRICED else prices.spending(approach)
    if found is None or not _exceeds(found.usual, limits):
        return None  # the low end lies below the usual cost
    return next((end for end in _low_ends(approach, limits, prices) if end.p10_usd > end.budget_usd), None)


def _low_ends(approach: str, limits: Limits, prices: Prices) -> list[LowEnd]:
    """The low end of what each named budget would have to carry; empty where the approach has no price."""
    bills = prices.low_end(approach)
    if bills is None:
        return []
    return [
        LowEnd(name, usd, limit) for name, usd, limit in zip(BUDGETS, bills, limits, strict=True) if limit is not None
    ]


def _excess_of_a_year(ends: Iterable[LowEnd]) -> Decimal:
    """USD by which the low ends are over the budgets, the monthly one for a year."""
    return sum(
        (max(Decimal(0), end.p10_usd - end.budget_usd) * (1 if end.budget == ONE_TIME else 12) for end in ends),
        Decimal(0),
    )


def _exceeds(usual: Bills, limits: Limits) -> bool:
    return any(limit is not None and usd > limit for usd, limit in zip(usual, limits, strict=True))


def _whole_dollars(usd: Decimal) -> int:
    return int(usd.to_integral_value(ROUND_CEILING))


def over_budget(case: Case, cost: record.Cost) -> dict[str, Answer]:
    """The derived values `cost.*`: USD by which the usual cost is over each budget that the case names."""
    limits = limits_of(case)
    found: dict[str, Answer] = {}
    if limits.one_time_usd is not None:
        found["cost.one_time_over_budget_usd"] = cost.one_time_usd.p50 - limits.one_time_usd
    if limits.monthly_usd is not None:
        found["cost.monthly_over_budget_usd"] = cost.monthly_bills_usd.p50 - limits.monthly_usd
    return found


def nearest_within(costs: Iterable[record.Cost], case: Case) -> str:
    """The cheapest approach that fits the budgets of `case`, else the one that exceeds them least, in words."""
    limits = limits_of(case)
    ranked = sorted(costs, key=lambda cost: (_excess_usd(cost, limits), cost.one_time_usd.p50))
    if not ranked:
        return ""
    best = ranked[0]
    words = f"{best.approach}, ${best.one_time_usd.p50:,} once and ${best.monthly_bills_usd.p50:,} of bills a month"
    if _excess_usd(best, limits) <= 0:
        return f"Within the budget is {words}."
    return f"No approach is within the budget; nearest is {words}."


def _excess_usd(cost: record.Cost, limits: Limits) -> Decimal:
    """By how much a year of `cost` exceeds the budgets; 0 where both fit."""
    once, monthly = (
        Decimal(0) if limit is None else max(Decimal(0), usd - limit)
        for usd, limit in zip((cost.one_time_usd.p50, cost.monthly_bills_usd.p50), limits, strict=True)
    )
    return once + 12 * monthly
