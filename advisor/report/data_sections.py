"""The result of a data check as sections to read: the verdict first, then each finding with its first places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from advisor.data_check import DataReport
from advisor.dataset.check import Finding
from advisor.report.data_record import cited
from advisor.report.section import Item, Section

_MARKS = {"blocking": "!", "warning": "~", "note": "-"}
_FIRST_PLACES = 3


def data_sections(report: DataReport, sources: Mapping[str, str]) -> Iterator[Section]:
    """The report in sections; `sources` says what the ids of sources stand for."""
    counted = [
        f"{sum(finding.severity == severity for finding in report.findings)} {severity}"
        for severity in ("blocking", "warning", "note")
    ]
    facts = [f"{report.file}: {report.rows:,} rows, {report.format}. Kinds of findings: {', '.join(counted)}."]
    if report.tokens:
        tokens, spread = report.tokens, report.tokens.per_row
        how = "exact" if tokens.exact else "an estimate"
        facts.append(
            f"{tokens.total:,} tokens ({tokens.encoding}, {how}); a row has {spread.p50:,} in the middle, "
            f"{spread.p5:,} to {spread.p95:,} in nine of ten, {spread.max:,} at most."
        )
    facts.append(report.verdict.summary)
    yield Section("Data check", tuple(facts), lead=True)
    if report.refusals:
        items = tuple(
            Item(refusal.problem, "!", (f"What to do: {refusal.what_to_do}", _sources(refusal.source)))
            for refusal in report.refusals
        )
        yield Section(f"An upload to {report.host} would be refused", items=items)
    if report.findings:
        yield Section("Findings", items=tuple(_item(finding) for finding in report.findings))
    elif not report.refusals:
        yield Section("Findings", (f"Nothing was found by the checks of {', '.join(report.parts)}.",))
    names = cited(report)
    if names:
        yield Section("Sources", items=tuple(Item(f"{name}: {sources[name]}") for name in names))


def _item(finding: Finding) -> Item:
    count = len(finding.lines)
    first = [
        f"line {place.line}{f', column {place.column}' if place.column else ''}: {place.detail}"
        for place in finding.lines[:_FIRST_PLACES]
    ]
    if count > _FIRST_PLACES:
        first.append(f"and {count - _FIRST_PLACES:,} more; --format json lists every one")
    reasons = (f"Why: {finding.why}", f"What to do: {finding.what_to_do}", _sources(finding.source))
    return Item(
        f"{finding.severity}: {finding.title}, {count:,} x ({finding.id})", _MARKS[finding.severity], (*first, *reasons)
    )


def _sources(names: tuple[str, ...]) -> str:
    return f"Source: {', '.join(names)}"
