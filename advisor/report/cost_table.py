"""The approaches of a case side by side in money, then each in detail: `advisor cost`."""

from collections.abc import Iterable, Sequence
from datetime import date

from advisor.record import Cost
from advisor.report.money import compared, money_section
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
            tuple(compared(cost, "*" if cost.approach in kept else "-") for cost in costs),
            lead=True,
        ),
        *map(money_section, named),
        Section("Notes", items=tuple(Item(note) for note in notes)),
    ]
    return [section for section in sections if section.paragraphs or section.items]
