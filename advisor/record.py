"""The record that a recommendation is: the keys of `advisor/recommendation/v1`, in their order.

Named tuples, because one pydantic model costs more start-up time than the whole decision, and a frozen dataclass seven
times as much as a named tuple. Names that Python reserves end in an underscore here (`is_`, `from_`, `schema_`) and
lose it in JSON. `advisor.Recommendation` is the same record as a pydantic model. Days are ISO dates; weeks count from
the start.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

SCHEMA: Final = "advisor/recommendation/v1"


class Because(NamedTuple):
    """One answer, with its value, that a reason rests on."""

    answer: str
    is_: Any


class Reason(NamedTuple):
    """A rule or supporting fact that speaks for the approach."""

    rule: str
    because: tuple[Because, ...]
    why: str
    source: tuple[str, ...]


class Rejected(NamedTuple):
    """Why another approach is not the one."""

    approach: str
    rule: str
    because: tuple[Because, ...]
    why: str
    source: tuple[str, ...]


class Asked(NamedTuple):
    """A question whose answer could still change the approach."""

    answer: str
    question: str
    help: str
    decides_between: tuple[str, ...]


class FlipTo(NamedTuple):
    """With the answers in `change` replaced, the approach becomes `to`."""

    change: dict[str, Any]
    to: str


class Flag(NamedTuple):
    """A red flag, gotcha, correction or life-cycle warning."""

    id: str
    severity: str
    say: str
    instead: str | None
    counter_measure: str | None
    source: tuple[str, ...]


class Tick(NamedTuple):
    """A checklist item: `state` is done, open or unknown."""

    id: str
    item: str
    state: str
    evidence: str | None


class Checklists(NamedTuple):
    """The checklists before, during and after."""

    before: tuple[Tick, ...]
    during: tuple[Tick, ...]
    after: tuple[Tick, ...]


class Weeks(NamedTuple):
    """First and last week, counted from the start."""

    from_: int
    to: int


class RoadStep(NamedTuple):
    """One step of the road map."""

    step: int
    approach: str
    what: str
    exit_criterion: str
    weeks: Weeks


class LifeCycleEvent(NamedTuple):
    """A model named or meant here ends, or closes to new tuning; `days_left` is negative once it has happened."""

    model: str
    event: str
    on: date
    days_left: int
    effect: str
    source: str


class PublishedResult(NamedTuple):
    """A published result that bears on this case."""

    id: str
    claim: str
    numbers: dict[str, Any]
    source: str
    as_of: str
    direction: str
    caveat: str | None


class BaseModelChoice(NamedTuple):
    """The model to begin training on; `id` is null where nothing is trained or no model can be named."""

    id: str | None
    why: str
    source: tuple[str, ...]


class Assumed(NamedTuple):
    """A missing answer and the value it was given to name a provisional approach or technique."""

    answer: str
    value: Any
    because: str


class Chosen(NamedTuple):
    """The recommendation itself. While the status is open it is provisional and rests on `assuming`."""

    approach: str
    name: str
    technique: str | None
    technique_why: str | None
    base_model: BaseModelChoice | None
    also: tuple[str, ...]
    summary: str
    assuming: tuple[Assumed, ...]


class Contradiction(NamedTuple):
    """Answers that cannot all be right."""

    id: str
    answers: tuple[Because, ...]
    say: str


class Cited(NamedTuple):
    """What a source id stands for."""

    id: str
    says: str
    read_in: tuple[str, ...]
    as_of: str


class Usd(Decimal):
    """Money; in JSON a string of exact decimal USD."""


class UsdRange(NamedTuple):
    """`point` has every input at its middle; the others are percentiles of draws."""

    point: Usd
    p10: Usd
    p50: Usd
    p90: Usd


class MonthRange(NamedTuple):
    """Months; `point` has every input at its middle; the others are percentiles of draws."""

    point: float
    p10: float
    p50: float
    p90: float


class PriceUsed(NamedTuple):
    """A dated price that a line rests on."""

    id: str
    usd: Usd
    unit: str
    valid_from: date
    as_of: date
    source: str


class CostLine(NamedTuple):
    """One line of money; `kind` is one_time, monthly or return."""

    item: str
    kind: str
    usd: UsdRange
    formula: str
    prices: tuple[PriceUsed, ...]
    own_people: bool  # hours of one's own team, which a monthly budget for bills does not pay


class CostAssumption(NamedTuple):
    """A quantity that neither the case nor a price gives."""

    name: str
    value: str
    source: str


class SwingEnd(NamedTuple):
    """One input at one end of its range, all others at their middle."""

    value: float
    payback_months: float | None
    one_time_usd: Usd
    monthly_usd: Usd


class Sensitivity(NamedTuple):
    """What one input moves."""

    input: str
    low: SwingEnd
    high: SwingEnd


class Cost(NamedTuple):
    """One approach in money; `payback_note` says why there is no pay-back, or what limits it.

    `monthly_bills_usd` is the part of `monthly_usd` that a budget for bills pays: without one's own people.
    """

    approach: str
    one_time_usd: UsdRange
    monthly_usd: UsdRange
    monthly_bills_usd: UsdRange
    payback_months: MonthRange | None
    payback_note: str
    chance_of_payback: float
    net_present_value_usd: UsdRange | None
    totals_usd: dict[str, UsdRange]
    usd_per_right_answer: Usd | None
    lines: tuple[CostLine, ...]
    assumptions: tuple[CostAssumption, ...]
    sensitivity: tuple[Sensitivity, ...]


class Record(NamedTuple):
    """Everything that a recommendation says about one case on one day."""

    schema_: str
    title: str
    client: str
    as_of: date
    status: str
    recommendation: Chosen
    possible: tuple[str, ...]
    reasons: tuple[Reason, ...]
    rejected: tuple[Rejected, ...]
    next_questions: tuple[Asked, ...]
    flips: tuple[FlipTo, ...]
    flags: tuple[Flag, ...]
    contradictions: tuple[Contradiction, ...]
    checklists: Checklists
    roadmap: tuple[RoadStep, ...]
    costs: tuple[Cost, ...]
    life_cycle: tuple[LifeCycleEvent, ...]
    evidence: tuple[PublishedResult, ...]
    sources: tuple[Cited, ...]
    notes: tuple[str, ...]
    rules_version: str
    prices_version: str


def plain(value: Any) -> Any:
    """`value` as plain JSON: records become mappings with the contract's keys, days ISO dates, numbers numbers."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name.rstrip("_"): plain(item) for name, item in zip(value._fields, value, strict=True)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Usd):
        return f"{value:f}"
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
