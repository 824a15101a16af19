"""The approaches of a case side by side in money, then each in detail: `advisor cost`."""

from collections.abc import Iterable, Sequence
from datetime import date

from advisor.record import Cost
from advisor.report.money import money_sections, short_months, usd
from advisor.report.section import Item, Section


def cost_sections(
    costs: Sequence[Cost], possible: Iterable[str], notes: Iterable[str], day: date, draws: int
) -> list[Section]:
    """A comparison, the details of the approaches that are still possible, and notes."""
    kept = set(possible)
    named = [cost for cost in costs if cost.approach in kept] or list(costs)
    sections = [
        Section(
            f"What it costs (prices of {day}, {draws:,} draws)",
            ("P50 with P10 to P90 in brackets. * is still possible by the answers.",),
            tuple(_compared(cost, cost.approach in kept) for cost in costs),
            lead=True,
        ),
        *money_sections(named),
        Section("Notes", items=tuple(Item(note) for note in notes)),
    ]
    return [section for section in sections if section.paragraphs or section.items]


def _compared(cost: Cost, possible: bool) -> Item:
    once, monthly, year = cost.one_time_usd, cost.monthly_usd, cost.totals_usd["12_months"]
    paid = short_months(cost.payback_months) if cost.payback_months else "no pay-back"
    name = cost.approach.replace("_", " ")
    right = "" if cost.usd_per_right_answer is None else f"; ${cost.usd_per_right_answer} a right answer"
    return Item(
        f"{name}: {usd(once.p50)} once, {usd(monthly.p50)} a month, {paid}",
        "*" if possible else "-",
        (
            f"once {usd(once.p10)} to {usd(once.p90)}, a month {usd(monthly.p10)} to {usd(monthly.p90)}",
            f"12 months in all {usd(year.p50)} ({usd(year.p10)} to {usd(year.p90)}){right}",
        ),
    )
