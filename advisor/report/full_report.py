"""A report that people sign: the decision memo, then everything that it rests on, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from advisor.cost.estimate import Estimate
from advisor.money import Priced, as_record
from advisor.record import Cost, Record
from advisor.report.content import (
    checklist_sections,
    contradictions_section,
    evidence_section,
    flags_section,
    flips_section,
    life_cycle_section,
    measured_section,
    questions_section,
    reasons_section,
    rejections_section,
    road_map_section,
    sources_section,
)
from advisor.report.cost_charts import break_even_chart, compared_chart, tornado
from advisor.report.memo import client_of, memo, title_of
from advisor.report.money import money_section, month_range, short, usd, usd_range
from advisor.report.section import Figure, Item, Section, Table
from advisor.review_calendar import KINDS, ReviewRules, calendar

COSTS = "Costs compared"  # the page with what-if has its inputs after this section
RULED_OUT = "ruled out"


class Versions(NamedTuple):
    """What a report was made from: version of the program, and SHA-256 of rules, prices and the case's answers."""

    advisor: str
    rules_sha256: str
    prices_sha256: str
    case_sha256: str


class Facts(NamedTuple):
    """All that goes into a report. `asked` has the question of each answer by its name.

    `data` and `proof` are empty where there is no data set or proof.
    """

    record: Record
    priced: Priced
    reviews: ReviewRules
    live_on: date
    versions: Versions
    asked: Mapping[str, str]
    data: tuple[Section, ...] = ()
    proof: tuple[Section, ...] = ()


class Report(NamedTuple):
    """The content without layout; `memo` is the first page. `estimates` are those of the what-if."""

    title: str
    client: str
    as_of: date
    chosen: str
    memo: tuple[Section, ...]
    parts: tuple[Section, ...]
    estimates: tuple[Estimate, ...]
    possible: tuple[str, ...]


def full_report(facts: Facts) -> Report:
    """The report on `facts`; empty sections are left out."""
    record = facts.record
    costs = tuple(map(as_record, facts.priced.estimates))
    parts = (
        contradictions_section(record),
        reasons_section(record)._replace(title="Reasons"),
        questions_section(record),
        rejections_section(record)._replace(title="Alternatives, and why not"),
        *_costs(record, facts.priced.estimates, costs),
        _sensitivity(record),
        flips_section(record),
        measured_section(record),
        *facts.data,
        *facts.proof,
        flags_section(record)._replace(title="Risks and flags"),
        life_cycle_section(record),
        *checklist_sections(record),
        road_map_section(record),
        _kpis(facts),
        _calendar(facts),
        evidence_section(record, most=len(record.evidence)),
        sources_section(record),
        _prices(costs),
        _assumptions(record, costs),
        Section("Notes", items=tuple(map(Item, dict.fromkeys((*record.notes, *facts.priced.notes))))),
        _versions(facts),
    )
    return Report(
        title_of(record),
        client_of(record),
        record.as_of,
        record.recommendation.approach,
        memo(record, facts.asked),
        tuple(part for part in parts if not part.is_empty),
        facts.priced.estimates,
        record.possible,
    )


def all_sections(report: Report) -> list[Section]:
    """Memo and parts in one list, with whom the report is for below its verdict: for text and Markdown."""
    verdict, *rest = report.memo
    about = f"{report.title}{f', for {report.client}' if report.client else ''}; as of {report.as_of.isoformat()}"
    return [verdict._replace(paragraphs=(about, *verdict.paragraphs)), *rest, *report.parts]


def _chosen(record: Record) -> Cost | None:
    return next((cost for cost in record.costs if cost.approach == record.recommendation.approach), None)


def _costs(record: Record, estimates: Sequence[Estimate], costs: Sequence[Cost]) -> Iterator[Section]:
    if not costs:
        return
    chosen = record.recommendation.approach
    rows = tuple(
        (
            f"{_words(cost.approach)}{' (recommended)' if cost.approach == chosen else ''}",
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


_KIND = {"one_time": "once", "monthly": "a month", "return": "return a month"}


def _sensitivity(record: Record) -> Section:
    cost = _chosen(record)
    if cost is None or not cost.sensitivity:
        return Section("Sensitivity")
    rows = tuple(
        (
            f"{swing.input}: {short(swing.low.value)} to {short(swing.high.value)}",
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


def _kpis(facts: Facts) -> Section:
    kpis = facts.reviews.kpis_for(facts.record.recommendation.approach)
    tables = []
    for kind in KINDS:
        rows = tuple((kpi.what, kpi.act, ", ".join(kpi.source)) for kpi in kpis if kpi.kind == kind)
        tables.append(Table(kind.capitalize(), ("What is watched", "Act when", "Source"), rows, words=True))
    return Section("KPIs", tables=tuple(table for table in tables if table.rows))


def _calendar(facts: Facts) -> Section:
    meetings = calendar(facts.reviews, facts.record.recommendation.approach, facts.live_on)
    rows = tuple((meeting.on.isoformat(), meeting.name, meeting.content) for meeting in meetings)
    rows += tuple(
        (event.on.isoformat(), "Life cycle", event.effect) for event in facts.record.life_cycle if event.days_left >= 0
    )
    said = (
        f"Counted from {facts.live_on.isoformat()}, when the road map has the first users on it if work begins on "
        f"{facts.record.as_of.isoformat()}."
    )
    table = Table("", ("Day", "Review", "What it looks at"), tuple(sorted(rows)), words=True)
    return Section("Review calendar", (said,), tables=(table,))


def _prices(costs: Sequence[Cost]) -> Section:
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


def _assumptions(record: Record, costs: Sequence[Cost]) -> Section:
    chosen = record.recommendation
    items = [Item(f"{item.answer}: {item.value} ({item.because})", "?") for item in chosen.assuming]
    found = {item.name: item for cost in costs for item in cost.assumptions}
    rows = tuple((item.name, item.value, item.source) for item in found.values())
    table = Table("", ("Quantity", "Value", "Source"), rows, words=True)
    said = ("What neither the case nor a price gives.",) if rows or items else ()
    return Section("Assumptions", said, tuple(items), tables=(table,) if rows else ())


def _versions(facts: Facts) -> Section:
    versions = facts.versions
    rows = (
        ("As of", facts.record.as_of.isoformat()),
        ("advisor", versions.advisor),
        ("Rule book, SHA-256", versions.rules_sha256),
        ("Price book, SHA-256", versions.prices_sha256),
        ("Case, SHA-256 of its answers", versions.case_sha256),
    )
    return Section("Versions", tables=(Table("", ("What", "Version"), rows, words=True),))


def _there(*pictures: Figure | None) -> tuple[Figure, ...]:
    return tuple(picture for picture in pictures if picture)


def _words(name: str) -> str:
    return name.replace("_", " ")
