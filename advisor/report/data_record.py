"""The result of a data check as plain JSON, by the names of the published schema `advisor/data-report/v1`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.data_check import DataReport
from advisor.dataset.check import Finding

SCHEMA = "advisor/data-report/v1"


def data_record(report: DataReport, sources: Mapping[str, str]) -> dict[str, Any]:
    """Every place of every finding; `sources` says what the ids under `source` stand for."""
    tokens = report.tokens
    return {
        "schema": SCHEMA,
        "file": report.file,
        "format": report.format,
        "parts": list(report.parts),
        "rows": report.rows,
        "tokens": tokens and {**tokens._asdict(), "per_row": tokens.per_row._asdict()},
        "findings": [_finding(finding) for finding in report.findings],
        "host": report.host,
        "refusals": [refusal._asdict() for refusal in report.refusals],
        "verdict": {"enough_for": list(report.verdict.enough_for), "summary": report.verdict.summary},
        "sources": {name: sources[name] for name in cited(report)},
    }


def cited(report: DataReport) -> list[str]:
    """The ids of all sources that the report names."""
    named = {name for finding in report.findings for name in finding.source}
    return sorted(named | {name for refusal in report.refusals for name in refusal.source})


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity,
        "count": len(finding.lines),
        "lines": [place._asdict() for place in finding.lines],
        "why": finding.why,
        "what_to_do": finding.what_to_do,
        "source": list(finding.source),
    }
