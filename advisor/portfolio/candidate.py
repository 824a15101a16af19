"""One case among many: what it would cost, what it is worth, by when it must begin, or why nothing can be said."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from advisor.budget import Prices, afford
from advisor.case import Case
from advisor.cost.amount import Range
from advisor.cost.life_cycle import LifeCycle
from advisor.decision.decide import decide
from advisor.decision.next_questions import next_questions
from advisor.decision.rulebook import RuleBook
from advisor.errors import PriceMissingError
from advisor.money import NOT_PRICED, Market, worth_of

State = Literal["candidate", "undecided", "not_priced", "no_pay_back", "too_late"]
STATES: Final = ("candidate", "undecided", "not_priced", "no_pay_back", "too_late")
MOST_WEEKS: Final = 5_200  # a deadline beyond a century is none
_DAYS_A_WEEK: Final = 7


class Deadline(NamedTuple):
    """A day by which a case must be live, why, and the last day on which its road map can begin."""

    on: date
    why: str
    start_by: date


class Candidate(NamedTuple):
    """A case in money, in USD and months.

    Only the state `candidate` can be funded; for others `missing` says what is, in a sentence each. Figures are None
    where they are not known. `by_case` marks a deadline that the case itself names.
    """

    name: str
    title: str
    client: str
    approach: str
    state: State
    one_time_usd: Range | None = None
    monthly_usd: Range | None = None
    value_usd: Range | None = None
    payback_months: Range | None = None
    deadline: Deadline | None = None
    missing: tuple[str, ...] = ()


class Ground(NamedTuple):
    """What every case is judged by."""

    book: RuleBook
    market: Market
    day: date


def candidate_of(name: str, case: Case, ground: Ground) -> Candidate:
    """The case with the approach that `advisor recommend` names on the day, and that approach's money."""
    decision = decide(ground.book, case)
    prices = Prices(case, ground.book, ground.market, ground.day)
    afforded = afford(decision, case, prices)
    approach = afforded.approach
    plain = Candidate(name, case.title or name, case.client, approach, "candidate")
    if len(afforded.possible) > 1:
        asked = next_questions(ground.book, case.answers)[:1]
        ask = tuple(f"answer {item.question.name}: {item.question.ask}" for item in asked)
        return plain._replace(state="undecided", missing=ask or ("its answers leave several approaches possible",))
    if approach in NOT_PRICED:
        words = approach.replace("_", " ")
        return plain._replace(state="not_priced", missing=(f"{words} comes before anything that costs",))
    training = prices.training(approach)
    try:
        worth = worth_of(case, ground.market, ground.day, approach, training, prices.lines(approach))
    except PriceMissingError as error:
        return plain._replace(state="not_priced", missing=(error.problem,))
    lead = timedelta(days=_DAYS_A_WEEK * (training.live_from_week - 1))
    deadline = _deadline(case, ground.market.life_cycle, ground.day, lead)
    priced = plain._replace(
        one_time_usd=worth.one_time_usd,
        monthly_usd=worth.monthly_usd,
        value_usd=worth.net_present_value_usd,
        payback_months=worth.payback_months,
        deadline=deadline.nearest,
    )
    if worth.net_present_value_usd is None:
        return priced._replace(state="not_priced", missing=(worth.payback_note,))
    if worth.payback_months is None:
        return priced._replace(state="no_pay_back", missing=(worth.payback_note,))
    if worth.net_present_value_usd.p50 <= 0:
        return priced._replace(state="no_pay_back", missing=("over its use it brings less than it costs (P50)",))
    if deadline.by_case and deadline.by_case.start_by < ground.day:
        weeks = lead.days // _DAYS_A_WEEK
        late = f"{deadline.by_case.why}, and its road map takes {weeks} weeks"
        return priced._replace(state="too_late", deadline=deadline.by_case, missing=(late,))
    return priced


class _Deadlines(NamedTuple):
    by_case: Deadline | None
    nearest: Deadline | None


def _deadline(case: Case, life_cycle: LifeCycle, day: date, lead: timedelta) -> _Deadlines:
    """The case's own deadline, and the nearest of that and of the days on which models in use are shut down."""
    by_case = None
    weeks = case.given("constraints.deadline_weeks")
    if isinstance(weeks, int | Decimal) and weeks <= MOST_WEEKS:
        on = (case.as_of or day) + timedelta(days=int(weeks * _DAYS_A_WEEK))
        by_case = Deadline(on, f"the case asks for it within {Decimal(weeks):f} weeks", on - lead)
    found = [by_case] if by_case else []
    tuned = case.given("models.tuned_in_use")
    in_use = [*(tuned if isinstance(tuned, tuple) else ()), str(case.given("models.base") or "")]
    for model in filter(None, in_use):
        event = life_cycle.shutdown_of(model)
        if event is not None:
            found.append(Deadline(event.on, f"{model} is shut down", event.on - lead))
    return _Deadlines(by_case, min(found, key=lambda one: (one.on, one.why), default=None))
