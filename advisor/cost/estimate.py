"""One approach of one case in money: lines, ranges, pay-back, what it rests on, and what moves it most."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import inf, log, log1p
from typing import NamedTuple

from advisor.cost import payback
from advisor.cost.amount import CENT, WIDE, Factor, Line, Range
from advisor.cost.case_factors import CaseFactors
from advisor.cost.draws import uncertain
from advisor.cost.monthly import monthly_lines
from advisor.cost.one_time import one_time_lines
from advisor.cost.returns import NO_VALUE, return_lines, share_right
from advisor.cost.sampled import Lines, Percentiles, Sampled, Sums, Terms, sample_evenly
from advisor.cost.training_cost import Trained
from advisor.errors import PriceMissingError

MOST_MONTHS_OF_USE = Decimal(600)  # nobody plans further
MIGRATION_SHARE = Decimal("0.25")  # of the first engineering: data, test set and code are there; assumption
MOST_GROWTH = 10**9  # times the traffic of today
WIDEST = 6  # inputs shown in a tornado
Sampler = Callable[[Lines, Terms], Sampled]


class Ended(NamedTuple):
    """The day on which the model of an approach is shut down, and the months from the day of the estimate to it."""

    model: str
    on: date
    months: Decimal


class SwingEnd(NamedTuple):
    """One input at one end of its range, everything else at its middle."""

    value: Decimal
    payback_months: Decimal | None
    one_time_usd: Decimal
    monthly_usd: Decimal


class Swing(NamedTuple):
    """What one input moves."""

    input: str
    low: SwingEnd
    high: SwingEnd


class Estimate(NamedTuple):
    """An approach in money, in USD and months."""

    approach: str
    lines: tuple[Line, ...]
    line_ranges: tuple[Range, ...]
    one_time_usd: Range
    monthly_usd: Range
    monthly_bills_usd: Range  # without the hours of one's own people
    payback_months: Range | None
    payback_note: str
    chance_of_payback: Decimal  # share of draws that pay back within the use and before the model ends
    net_present_value_usd: Range | None
    totals_usd: Mapping[int, Range]  # by months
    usd_per_right_answer: Decimal | None
    swings: tuple[Swing, ...]
    notes: tuple[str, ...]
    today: tuple[Line, ...]  # the monthly lines of today's way, against which it pays back
    terms: Terms
    ends: Ended | None

    @property
    def at_middles(self) -> Sums:
        """What it adds up to with every input at its middle."""
        return Sums.at_middles(Lines(self.lines, self.today))

    @property
    def is_priced(self) -> bool:
        """Whether there is a gain to speak of."""
        return _is_priced(Lines(self.lines, self.today), self.at_middles)


def lines_of(case: CaseFactors, approach: str, what: Trained) -> Lines:
    """Every line of `approach`. Raises PriceMissingError where a price is missing that it needs."""
    once = one_time_lines(case, approach, what)
    own = [*once, *monthly_lines(case, approach, what, once), *return_lines(case, approach)]
    return Lines(tuple(own), tuple(monthly_lines(case, "prompt", what)))


def estimate(
    case: CaseFactors,
    approach: str,
    what: Trained,
    ends: Ended | None,
    set_up_months: Decimal,
    sampler: Sampler = sample_evenly,
) -> Estimate:
    """`approach` in money, live after `set_up_months`. Raises PriceMissingError where a price is missing."""
    lines = lines_of(case, approach, what)
    terms = terms_of(case, ends, set_up_months)
    drawn = sampler(lines, terms)
    middle = Sums.at_middles(lines)
    paid, note = _payback(middle.payback_months(terms), drawn, terms, ends, priced=_is_priced(lines, middle))
    if ends and ends.months < terms.set_up_months + terms.horizon_months:
        case.say(_migration(lines, ends))
    monthly = sum_of_kind(lines.own, "monthly")
    right = case.requests().middle * share_right(case, approach)
    return Estimate(
        approach,
        lines.own,
        tuple(_range(line.point_usd, usd) for line, usd in zip(lines.own, drawn.lines, strict=True)),
        _range(sum_of_kind(lines.own, "one_time"), drawn.one_time),
        _range(monthly, drawn.monthly),
        _range(sum_of_kind([line for line in lines.own if not line.own_people], "monthly"), drawn.bills),
        paid,
        note,
        Decimal(repr(drawn.in_time)).quantize(CENT),
        _range(_usd(middle.value(terms)), drawn.value) if _is_priced(lines, middle) else None,
        {span: _range(_usd(middle.total(terms, span)), usd) for span, usd in drawn.totals.items()},
        (monthly / right).quantize(Decimal("0.0001")) if right else None,
        _swings(lines, middle, terms),
        tuple(case.notes),
        lines.today,
        terms,
        ends,
    )


class Worth(NamedTuple):
    """What an approach takes and is worth, in USD and months, without the lines that say why; as in an Estimate."""

    one_time_usd: Range
    monthly_usd: Range
    payback_months: Range | None
    payback_note: str
    net_present_value_usd: Range | None
    ends: Ended | None


def worth(
    case: CaseFactors, lines: Lines, ends: Ended | None, set_up_months: Decimal, sampler: Sampler = sample_evenly
) -> Worth:
    """The same figures as `estimate` for the `lines` of an approach, in a fraction of its time.

    Raises PriceMissingError where traffic grows beyond all bounds.
    """
    terms = terms_of(case, ends, set_up_months)
    drawn = sampler(lines, terms)
    middle = Sums.at_middles(lines)
    priced = _is_priced(lines, middle)
    paid, note = _payback(middle.payback_months(terms), drawn, terms, ends, priced=priced)
    return Worth(
        _range(sum_of_kind(lines.own, "one_time"), drawn.one_time),
        _range(sum_of_kind(lines.own, "monthly"), drawn.monthly),
        paid,
        note,
        _range(_usd(middle.value(terms)), drawn.value) if priced else None,
        ends,
    )


def terms_of(case: CaseFactors, ends: Ended | None, set_up_months: Decimal) -> Terms:
    """What the pay-back of a case depends on besides its lines."""
    horizon = case.number("horizon.months")
    months = case.book.figure("horizon_months").middle if horizon is None else min(horizon, MOST_MONTHS_OF_USE)
    return Terms(
        float(growth_a_month(case, months)),
        float(case.book.figure("discount_rate_a_year").middle),
        float(months),
        float(set_up_months),
        float(min(set_up_months + months, ends.months) if ends else set_up_months + months),
    )


def total_at_middles(lines: Lines, growth: float, months: Decimal) -> Decimal:
    """What is paid in all in `months`, in USD, every input at its middle."""
    middle = Sums.at_middles(lines)
    return _usd(payback.total_cost(middle.one_time, middle.fixed, middle.growing, growth, int(months)))


def growth_a_month(case: CaseFactors, months: Decimal) -> Decimal:
    """The share by which traffic grows each month. Raises PriceMissingError where it grows beyond all bounds."""
    growth = case.number("traffic.growth_per_month") or Decimal(0)
    if growth < -1:
        raise PriceMissingError(f"traffic.growth_per_month is {growth}: traffic cannot shrink by more than all of it")
    longest = max(months, Decimal(36))
    if growth > 0 and float(longest) * log1p(growth) > log(MOST_GROWTH):
        raise PriceMissingError(
            f"traffic.growth_per_month is {growth}: within {longest:g} months traffic would be beyond what can "
            "be priced",
            what_to_do="0.05 is 5 % a month",
        )
    return growth


def _is_priced(lines: Lines, middle: Sums) -> bool:
    """Whether there is a gain to speak of: a return that the case prices, or less to pay than today."""
    return any(line.kind == "return" for line in lines.own) or middle.fixed_gain + middle.growing_gain > 0


def _payback(
    point: float, drawn: Sampled, terms: Terms, ends: Ended | None, *, priced: bool
) -> tuple[Range | None, str]:
    """The range of pay-back, or none and the reason; a pay-back after the model's shutdown is none."""
    if not priced:
        return None, NO_VALUE
    if point == inf:
        return None, "it never pays back: each month it costs more than it brings"
    if ends and ends.months < point:
        return None, (
            f"it would pay back after {point:.1f} months, but {ends.model} is shut down on {ends.on}, "
            f"{ends.months} months from now, and a pay-back after that is none"
        )
    notes = []
    if drawn.never:
        notes.append(f"in {drawn.never:.0%} of the draws it never pays back, counted as {payback.MOST_MONTHS} months")
    if point > terms.set_up_months + terms.horizon_months:
        notes.append(f"that is after the {terms.horizon_months:g} months of use")
    if terms.horizon_months < terms.set_up_months:
        notes.append(
            f"the use of {terms.horizon_months:g} months is shorter than the {terms.set_up_months:g} until it is live"
        )
    return _range(payback.rounded_months(point), drawn.payback, payback.HUNDREDTH), "; ".join(notes)


def _migration(lines: Lines, ends: Ended) -> str:
    """What moving to the next model takes: training and its people again where weights are tuned, else a new prompt."""
    again = [line for line in lines.own if line.kind == "one_time" and line.item.startswith("training ")]
    people = [line for line in lines.own if line.item.startswith("engineering: ")]
    usd = (sum_of_kind(again, "one_time") + sum_of_kind(people, "one_time") * MIGRATION_SHARE).quantize(CENT)
    parts = [*(line.item for line in again), f"{MIGRATION_SHARE:.0%} of the engineering"]
    return (
        f"{ends.model} is shut down on {ends.on}, before the use ends: moving to another model takes about ${usd:,} "
        f"more ({' and '.join(parts)}; the share is an assumption)"
    )


def _swings(lines: Lines, middle: Sums, terms: Terms) -> tuple[Swing, ...]:
    """One input at a time to the ends of its range: a tornado, widest first."""
    parts = Sums.by_factor(lines)
    worth = {name: part.value(terms) for name, part in parts.items()}
    widest: list[tuple[float, str, Factor]] = []
    for name, factor in uncertain(lines.factors()).items():
        share_of_middle = float((factor.high - factor.low) / factor.middle) if factor.middle else 0.0
        width = worth.get(name, 0.0) * share_of_middle
        if (against := worth.get(f"1-{name}")) and factor.middle != 1:
            width -= against * float((factor.high - factor.low) / (1 - factor.middle))
        if width:
            widest.append((-abs(width), name, factor))
    return tuple(
        Swing(name, *(_end(end, _moved(middle, parts, factor, end), terms) for end in (factor.low, factor.high)))
        for _, name, factor in sorted(widest)[:WIDEST]
    )


def _moved(middle: Sums, parts: Mapping[str, Sums], factor: Factor, value: Decimal) -> Sums:
    """The sums with `factor` at `value` instead of its middle, and one less it at one less."""
    moved = middle
    for name, at, to in ((factor.name, factor.middle, value), (f"1-{factor.name}", 1 - factor.middle, 1 - value)):
        if name in parts and at:
            moved = moved.plus(parts[name], float(to / at) - 1)
    return moved


def _end(value: Decimal, sums: Sums, terms: Terms) -> SwingEnd:
    months = sums.payback_months(terms)
    paid = None if months == inf else payback.rounded_months(months)
    return SwingEnd(value, paid, _usd(sums.one_time), _usd(sums.monthly))


def sum_of_kind(lines: Sequence[Line], kind: str) -> Decimal:
    """The lines of `kind` at their middles, in USD."""
    return sum((line.point_usd for line in lines if line.kind == kind), Decimal(0))


def _range(point: Decimal, drawn: Percentiles, quantum: Decimal = CENT) -> Range:
    return Range(point, *(Decimal(repr(float(value))).quantize(quantum, context=WIDE) for value in drawn))


def _usd(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(CENT, context=WIDE)
