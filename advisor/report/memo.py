"""The decision on one page: verdict, why, money, what would change it, next steps, life cycle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from advisor.record import Cost, Record
from advisor.report.content import week_span
from advisor.report.money import month_range, usd
from advisor.report.section import Item, Section, Table
from advisor.report.visible_text import on_one_line
from advisor.wording import Wording

# Whatever the case says, the memo has to stay one page.
_LONGEST: Final = 230
_LONGEST_NAME: Final = 110
_REASONS, _FLIPS, _STEPS, _EVENTS = 3, 3, 3, 2


def memo(record: Record, wording: Wording) -> tuple[Section, ...]:
    """The sections of the first page; empty ones are left out."""
    found = (
        _verdict(record, wording),
        _why(record),
        _money(record),
        _flips(record, wording),
        _steps(record),
        _life_cycle(record),
    )
    return tuple(section for section in found if not section.is_empty)


def _verdict(record: Record, wording: Wording) -> Section:
    chosen = record.recommendation
    state = "decided" if record.status == "decided" else "open, provisional"
    also = f" together with {', '.join(map(wording.approach, chosen.also))}" if chosen.also else ""
    paragraphs = [_cut(chosen.summary)]
    if record.status == "open":
        paragraphs.append(_cut(f"Still possible: {', '.join(map(wording.approach, record.possible))}."))
    if record.contradictions:
        paragraphs.append(_cut(f"Answers contradict each other: {record.contradictions[0].say}"))
    return Section(f"Recommendation: {chosen.name}{also} ({state})", tuple(paragraphs), lead=True)


def _why(record: Record) -> Section:
    return Section("Why", items=tuple(Item(_cut(reason.why)) for reason in record.reasons[:_REASONS]))


def _money(record: Record) -> Section:
    cost = next((cost for cost in record.costs if cost.approach == record.recommendation.approach), None)
    if cost is None:
        return Section("Cost and pay-back", ("It is not priced: see the notes.",) if record.prices_version else ())
    table = Table("", ("USD", "P10", "P50", "P90"), tuple(_ranges(cost)))
    return Section("Cost and pay-back", (_paid(cost),), tables=(table,))


def _ranges(cost: Cost) -> Iterator[tuple[str, ...]]:
    year = cost.totals_usd["12_months"]
    for name, value in (("Once", cost.one_time_usd), ("Each month", cost.monthly_usd), ("12 months in all", year)):
        yield name, usd(value.p10), usd(value.p50), usd(value.p90)
    if worth := cost.net_present_value_usd:
        yield "Net present value", usd(worth.p10), usd(worth.p50), usd(worth.p90)


def _paid(cost: Cost) -> str:
    if cost.payback_months is None:
        return _cut(f"No pay-back: {cost.payback_note}.")
    chance = f"within the use in {cost.chance_of_payback:.0%} of the draws"
    return f"Pays back after {month_range(cost.payback_months)}, set-up included; {chance}."


def _flips(record: Record, wording: Wording) -> Section:
    """The nearest change to each other approach, in the words of the questions."""
    nearest: dict[str, str] = {}
    for flip in record.flips:
        if flip.to not in nearest:
            changes = (
                f"{wording.asked(name)} were {wording.value(name, value)}" for name, value in flip.change.items()
            )
            nearest[flip.to] = " and to ".join(changes)
    items = (Item(_cut(f"{wording.approach(to)}, if the answer to {change}")) for to, change in nearest.items())
    return Section("What would change it", items=tuple(items)[:_FLIPS])


def _steps(record: Record) -> Section:
    if record.status == "open" and record.next_questions:
        items = [f"Answer: {asked.question}" for asked in record.next_questions[:_STEPS]]
    else:
        steps = record.roadmap[:_STEPS]
        items = [f"Week {week_span(step.weeks.from_, step.weeks.to)}: {step.what}" for step in steps]
    return Section("Next steps", items=tuple(Item(_cut(text), f"{place}.") for place, text in enumerate(items, 1)))


def _life_cycle(record: Record) -> Section:
    """The next ends first, then what has ended already, the latest first."""
    events = sorted(record.life_cycle, key=lambda event: (event.days_left < 0, abs(event.days_left)))
    said = [_cut(f"{event.on.isoformat()}: {event.effect}") for event in events[:_EVENTS]]
    return Section("Life cycle", items=tuple(map(Item, said or ["No end is known of a model named here."])))


def _cut(text: str) -> str:
    return on_one_line(text, _LONGEST)


def title_of(record: Record) -> str:
    """What the report is about, on one line."""
    return on_one_line(record.title, _LONGEST_NAME) or "Untitled case"


def client_of(record: Record) -> str:
    """For whom it is, on one line."""
    return on_one_line(record.client, _LONGEST_NAME)
