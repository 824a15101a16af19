"""The money of a whole report: approaches compared, the recommended one line by line, what moves it, every price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from advisor.cost.estimate import Estimate
from advisor.record import Cost, Record
from advisor.report.content import in_words
from advisor.report.cost_charts import break_even_chart, compared_chart, tornado
from advisor.report.money import money_section, month_range, short, usd, usd_range
from advisor.report.section import Figure, Item, Section, Table

COSTS: Final = "Costs compared"  # the page with what-if has its inputs after this section
RULED_OUT: Final = "ruled out"
_KIND: Final = {"one_time": "once", "monthly": "a month", "return": "return a month"}


def cost_parts(record: Record, estimates: Sequence[Estimate], costs: Sequence[Cost]) -> Iterator[Section]:
    """The approaches side by side with charts, then the recommended one line by line. `costs` are of `estimates`."""
    if not costs:
        return
    chosen = record.recommendation.approach
    rows = tuple(
        (
            f"{in_words(cost.approach)}{' (recommended)' if cost.approach == chosen else ''}",
            usd_range(cost.one_time_usd),
            usd_range(cost.monthly_usd),
            usd_range(cost.totals_usd["12_months"]),
            _paid(cost, record.possible),
        )
        for cost in costs
    )
    table = Table("", ("Approach", "Once", "Each month", "12 months in all", "Pay-back, months"), rows)
    pictures = (compared_chart(costs, chosen), break_even_chart(estimates, chosen, record.possible))
    yield Section(
        COSTS,
        (
            "P50, with P10 to P90 in brackets, in USD. Compared are the approaches that the answers leave possible "
            "and, for their cost only, those that other answers would lead to and today's prompt.",
        ),
        figures=_there(*pictures),
        tables=(table,),
    )
    if cost := _chosen(record):
        lines = tuple(
            (line.item, usd(line.usd.point), usd(line.usd.p10), usd(line.usd.p90), _KIND[line.kind])
            for line in cost.lines
            if line.usd.point or line.usd.p90
        )
        detail = money_section(cost)
        formulas = tuple(
            Item(line.item, details=(f"= {line.formula}",)) for line in cost.lines if line.usd.point or line.usd.p90
        )
        table = Table("", ("Line", "Middle", "P10", "P90", "When"), lines)
        yield Section(detail.title, detail.paragraphs, tables=(table,))
        yield Section("How each line is computed", items=formulas)


def _paid(cost: Cost, possible: Sequence[str]) -> str:
    """An approach that the answers rule out would not close the gap, so that it has no pay-back to speak of."""
    if cost.approach not in possible:
        return RULED_OUT
    return month_range(cost.payback_months).replace(" months", "") if cost.payback_months else "none"


def sensitivity_section(record: Record) -> Section:
    """What moves the recommended approach most; empty where it is not priced."""
    cost = _chosen(record)
    if cost is None or not cost.sensitivity:
        return Section("Sensitivity")
    rows = tuple(
        (
            f"{in_words(swing.input)}: {short(swing.low.value)} to {short(swing.high.value)}",
            *(
                "never" if end.payback_months is None else f"{end.payback_months:.1f}"
                for end in (swing.low, swing.high)
            ),
            *(usd(end.monthly_usd) for end in (swing.low, swing.high)),
        )
        for swing in cost.sensitivity
    )
    columns = ("One input at a time", "Pay-back, low", "high", "A month, low", "high")
    note = "Pay-back in months and cost a month, the input at the low and at the high end of its range."
    return Section(
        "Sensitivity", (note,), figures=_there(tornado(cost.sensitivity, cost)), tables=(Table("", columns, rows),)
    )


def prices_section(costs: Sequence[Cost]) -> Section:
    """Each price of every approach once, with its days and source."""
    found = {price.id: price for cost in costs for line in cost.lines for price in line.prices}
    rows = tuple(
        (
            price.id,
            f"${price.usd:f} {price.unit.replace('_', ' ')}",
            f"{price.valid_from}",
            f"{price.as_of}",
            price.source,
        )
        for price in found.values()
    )
    table = Table("", ("Price", "USD", "Valid from", "Read on", "Source"), rows, words=True)
    return Section("Prices", tables=(table,) if rows else ())


def _chosen(record: Record) -> Cost | None:
    return next((cost for cost in record.costs if cost.approach == record.recommendation.approach), None)


def _there(*pictures: Figure | None) -> tuple[Figure, ...]:
    return tuple(picture for picture in pictures if picture)
