"""Where cost and decision meet: each approach that is still possible, in money, as the record shows it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from advisor import record
from advisor.case import Case
from advisor.cost.amount import CENT, WIDE, Factor, Range
from advisor.cost.case_factors import CaseFactors, PriceElsewhere, ReadTraining, Window
from advisor.cost.estimate import (
    Ended,
    Estimate,
    Sampler,
    SwingEnd,
    Worth,
    estimate,
    growth_a_month,
    lines_of,
    sum_of_kind,
    total_at_middles,
    worth,
)
from advisor.cost.life_cycle import DAYS_PER_MONTH, LifeCycle
from advisor.cost.price_book import PriceBook
from advisor.cost.sampled import IN_PLAIN_PYTHON, Lines, Sampling
from advisor.cost.sweep import Sweep, sweep
from advisor.cost.training_cost import Trained, trained
from advisor.errors import PriceMissingError
from advisor.training_choice import TrainingChoice

NOT_PRICED = ("define_metric", "gather_data")  # they come before anything that costs


class Priced(NamedTuple):
    """The estimates that could be made, and a sentence for each approach that could not be priced."""

    estimates: tuple[Estimate, ...]
    notes: tuple[str, ...]


NOTHING_PRICED = Priced((), ())


class Market(NamedTuple):
    """All that money depends on.

    `elsewhere` gives inference prices of models that `prices` does not have; `training` reads what the estimate of
    training time knows, which only cards by the hour need; `window` gives the context window of a hosted model.
    `effects` are measured shares of today's wrong answers that an approach turns right, by approach, in the place of
    what is published. `sampling` draws what is uncertain.
    """

    prices: PriceBook
    life_cycle: LifeCycle
    elsewhere: PriceElsewhere | None = None
    training: ReadTraining | None = None
    window: Window | None = None
    effects: Mapping[str, Factor] = MappingProxyType({})
    sampling: Sampling = IN_PLAIN_PYTHON


def price_approaches(
    case: Case,
    market: Market,
    day: date,
    approaches: Iterable[tuple[str, TrainingChoice]],
    sampler: Sampler | None = None,
) -> Priced:
    """Each approach with the training chosen for it in money on `day`; what has no price is said, never taken as 0.

    `sampler` goes before the market's own.
    """
    found: list[Estimate] = []
    notes: list[str] = []
    for approach, training in approaches:
        if approach in NOT_PRICED:
            continue
        factors = CaseFactors(
            case, market.prices, day, market.elsewhere, market.training, market.window, market.effects
        )
        try:
            ends = _end_of(case, market, day, training)
            set_up_months = _months(7 * (training.live_from_week - 1))
            what = what_is_trained(training)
            found.append(estimate(factors, approach, what, ends, set_up_months, sampler or market.sampling.sample))
        except PriceMissingError as error:
            notes.append(f"{approach} is not priced: {error}".replace("?\n", "\n").replace("\n  What to do:", ";"))
    notes += [note for item in found for note in item.notes]
    return Priced(tuple(found), tuple(dict.fromkeys(notes)))


def worth_of(
    case: Case,
    market: Market,
    day: date,
    approach: str,
    training: TrainingChoice,
    lines: Lines | None = None,
) -> Worth:
    """What `approach` takes and is worth on `day`; `lines` are its own where they were made already.

    Raises PriceMissingError where a price is missing.
    """
    factors = _factors(case, market, day)
    lines = lines or lines_of(factors, approach, what_is_trained(training))
    set_up_months = _months(7 * (training.live_from_week - 1))
    return worth(factors, lines, _end_of(case, market, day, training), set_up_months, market.sampling.sample)


class Bills(NamedTuple):
    """What an approach takes once, and each month without one's own people, in USD."""

    one_time: Decimal
    monthly: Decimal


class Spending(NamedTuple):
    """The bills with every input at its middle, and the lines from which their low end is drawn."""

    usual: Bills
    lines: Lines
    sampling: Sampling

    def low_end(self) -> Bills:
        """P10, as in the estimate."""
        return Bills(
            *(Decimal(repr(usd)).quantize(CENT, context=WIDE) for usd in self.sampling.low_ends_usd(self.lines))
        )


def spending(case: Case, market: Market, day: date, approach: str, training: TrainingChoice) -> Spending | None:
    """What `approach` takes, without the rest of an estimate; None where it cannot be priced."""
    factors = _factors(case, market, day)
    try:
        lines = lines_of(factors, approach, what_is_trained(training))
    except PriceMissingError:
        return None
    bills = (line.point_usd for line in lines.own if line.kind == "monthly" and not line.own_people)
    return Spending(Bills(sum_of_kind(lines.own, "one_time"), sum(bills, Decimal(0))), lines, market.sampling)


def _factors(case: Case, market: Market, day: date) -> CaseFactors:
    return CaseFactors(case, market.prices, day, market.elsewhere, market.training, market.window, market.effects)


def what_is_trained(training: TrainingChoice) -> Trained:
    """The model, its size and the technique; a linear head is priced as the open model it is compared with."""
    return trained(training.priced_model, training.technique, training.params_b)


def _end_of(case: Case, market: Market, day: date, training: TrainingChoice) -> Ended | None:
    """When the model that would answer is shut down: the tuned one, or today's where nothing is trained."""
    named = training.base_model.id if training.base_model else case.given("models.base")
    model = str(named or "")
    event = market.life_cycle.shutdown_of(model) if model else None
    if event is None or event.on <= day:
        return None
    return Ended(model, event.on, _months((event.on - day).days))


def _months(days: int) -> Decimal:
    return (Decimal(days) / DAYS_PER_MONTH).quantize(Decimal("0.1"))


def as_record(item: Estimate) -> record.Cost:
    """The estimate with the keys of the contract."""
    return record.Cost(
        approach=item.approach,
        one_time_usd=_usd_range(item.one_time_usd),
        monthly_usd=_usd_range(item.monthly_usd),
        monthly_bills_usd=_usd_range(item.monthly_bills_usd),
        payback_months=record.MonthRange(*map(float, item.payback_months)) if item.payback_months else None,
        payback_note=item.payback_note,
        chance_of_payback=float(item.chance_of_payback),
        net_present_value_usd=_usd_range(item.net_present_value_usd) if item.net_present_value_usd else None,
        totals_usd={f"{months}_months": _usd_range(usd) for months, usd in item.totals_usd.items()},
        usd_per_right_answer=None if item.usd_per_right_answer is None else record.Usd(item.usd_per_right_answer),
        lines=tuple(
            record.CostLine(line.item, line.kind, _usd_range(usd), line.formula, _prices(line.factors), line.own_people)
            for line, usd in zip(item.lines, item.line_ranges, strict=True)
        ),
        assumptions=_assumptions(item),
        sensitivity=tuple(
            record.Sensitivity(swing.input, _swing_end(swing.low), _swing_end(swing.high)) for swing in item.swings
        ),
    )


def _swing_end(end: SwingEnd) -> record.SwingEnd:
    paid = None if end.payback_months is None else float(end.payback_months)
    return record.SwingEnd(float(end.value), paid, record.Usd(end.one_time_usd), record.Usd(end.monthly_usd))


def _usd_range(usd: Range) -> record.UsdRange:
    return record.UsdRange(*map(record.Usd, usd))


def _prices(factors: Iterable[Factor]) -> tuple[record.PriceUsed, ...]:
    return tuple(
        record.PriceUsed(price.id, record.Usd(price.usd), price.unit, price.valid_from, price.as_of, price.source)
        for price in (factor.price for factor in factors)
        if price
    )


def _assumptions(item: Estimate) -> tuple[record.CostAssumption, ...]:
    """Every factor that is neither an answer nor a price of the day, once."""
    found: dict[str, record.CostAssumption] = {}
    for factor in (factor for line in item.lines for factor in line.factors):
        if factor.price or factor.source == "the case" or factor.name in found:
            continue
        value = factor.shown if factor.certain else f"{factor.shown} ({_ends(factor)})"
        source = factor.source or "arithmetic"
        assumed = factor.assumption and source != "assumption"
        found[factor.name] = record.CostAssumption(factor.name, value, f"assumption: {source}" if assumed else source)
    return tuple(found.values())


def _ends(factor: Factor) -> str:
    """Both ends of the range; in percent of the middle where it is shown in another unit."""
    if 0 < factor.middle < Decimal("0.001"):
        return f"{factor.low / factor.middle - 1:+.0%} to {factor.high / factor.middle - 1:+.0%}"
    low, high = (f"{end.normalize():,f}" if abs(end) >= 1 else f"{end:.3g}" for end in (factor.low, factor.high))
    return f"{low} to {high}"


def sweep_case(
    case: Case,
    market: Market,
    day: date,
    approaches: Sequence[tuple[str, TrainingChoice]],
    answer: str,
    values: Sequence[Decimal],
) -> Sweep:
    """What each approach costs in all over the use, at each of `values` of `answer`, every input at its middle.

    Raises PriceMissingError where none of the approaches can be priced.
    """
    horizon = case.given("horizon.months")
    months = Decimal(horizon) if isinstance(horizon, int | Decimal) else market.prices.figure("horizon_months").middle

    def totals_at(value: Decimal) -> dict[str, Decimal]:
        varied = case.with_answers({answer: value})
        factors = CaseFactors(
            varied, market.prices, day, market.elsewhere, market.training, market.window, market.effects
        )
        growth = float(growth_a_month(factors, months))
        totals: dict[str, Decimal] = {}
        for approach, training in approaches:
            try:
                lines = lines_of(factors, approach, what_is_trained(training))
            except PriceMissingError:
                continue
            totals[approach] = total_at_middles(lines, growth, months)
        if not totals:
            raise PriceMissingError("none of the approaches can be priced", what_to_do="`advisor cost` says why")
        return totals

    return sweep(answer, months, values, totals_at)
