"""A report that people sign: the decision memo, then everything that it rests on, in the order of reading."""

from __future__ import annotations

from collections.abc import Sequence
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
from advisor.report.cost_parts import cost_parts, prices_section, sensitivity_section
from advisor.report.memo import client_of, memo, title_of
from advisor.report.section import Item, Section, Table
from advisor.review_calendar import KINDS, ReviewRules, calendar
from advisor.wording import Wording


class Versions(NamedTuple):
    """What a report was made from: version of the program, and SHA-256 of rules, prices and the case's answers."""

    advisor: str
    rules_sha256: str
    prices_sha256: str
    case_sha256: str


class Facts(NamedTuple):
    """All that goes into a report, and the words for answers and approaches.

    `data` and `proof` are empty where there is no data set or proof.
    """

    record: Record
    priced: Priced
    reviews: ReviewRules
    live_on: date
    versions: Versions
    wording: Wording
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
    kind: str = "Decision memo"


def full_report(facts: Facts) -> Report:
    """The report on `facts`; empty sections are left out."""
    record = facts.record
    costs = tuple(map(as_record, facts.priced.estimates))
    parts = (
        contradictions_section(record),
        reasons_section(record, facts.wording)._replace(title="Reasons"),
        questions_section(record),
        rejections_section(record, facts.wording)._replace(title="Alternatives, and why not"),
        *cost_parts(record, facts.priced.estimates, costs),
        sensitivity_section(record),
        flips_section(record, facts.wording),
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
        prices_section(costs),
        _assumptions(record, costs, facts.wording),
        Section("Notes", items=tuple(map(Item, dict.fromkeys((*record.notes, *facts.priced.notes))))),
        _versions(facts),
    )
    return Report(
        title_of(record),
        client_of(record),
        record.as_of,
        record.recommendation.approach,
        memo(record, facts.wording),
        tuple(part for part in parts if not part.is_empty),
        facts.priced.estimates,
        record.possible,
    )


def all_sections(report: Report) -> list[Section]:
    """Memo and parts in one list, with whom the report is for below its verdict: for text and Markdown."""
    verdict, *rest = report.memo
    about = f"{report.title}{f', for {report.client}' if report.client else ''}; as of {report.as_of.isoformat()}"
    return [verdict._replace(paragraphs=(about, *verdict.paragraphs)), *rest, *report.parts]


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


def _assumptions(record: Record, costs: Sequence[Cost], wording: Wording) -> Section:
    chosen = record.recommendation
    items = [
        Item(f"{wording.asked(item.answer)} {wording.value(item.answer, item.value)} ({item.because})", "?")
        for item in chosen.assuming
    ]
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
