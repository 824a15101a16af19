"""The result of a data check as SARIF 2.1.0, which code hosts show beside the lines."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from advisor import __version__
from advisor.data_check import DataReport
from advisor.dataset.example import Place
from advisor.dataset.finding_rules import FindingRules

_LEVELS = {"blocking": "error", "warning": "warning", "note": "note"}


def sarif(report: DataReport, rules: FindingRules) -> dict[str, Any]:
    """A SARIF log with one run; a finding is a rule and each of its places a result."""
    driver = {
        "name": "advisor data check",
        "version": __version__,
        "rules": [
            {
                "id": finding.id,
                "shortDescription": {"text": rules.of[finding.id].title},
                "fullDescription": {"text": finding.why},
                "help": {"text": finding.what_to_do},
                "defaultConfiguration": {"level": _LEVELS[finding.severity]},
            }
            for finding in report.findings
        ],
    }
    results = [
        _result(report.file, finding.id, finding.severity, place)
        for finding in report.findings
        for place in finding.lines
    ]
    results += [
        _result(report.file, f"host_{refusal.rule}", "blocking", Place(1, None, refusal.problem))
        for refusal in report.refusals
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _result(file: str, rule: str, severity: str, place: Place) -> dict[str, Any]:
    region = {"startLine": place.line} | ({"startColumn": place.column} if place.column else {})
    location = {"artifactLocation": {"uri": quote(file)}, "region": region}
    return {
        "ruleId": rule,
        "level": _LEVELS[severity],
        "message": {"text": place.detail},
        "locations": [{"physicalLocation": location}],
    }
