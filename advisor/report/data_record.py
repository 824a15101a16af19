"""The result of a data check as plain JSON, by the names of the published schema `advisor/data-report/v1`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from advisor.cost.training_offers import TrainingOffer
from advisor.data_check import DataReport
from advisor.data_content import Learnable
from advisor.dataset.check import Finding

SCHEMA = "advisor/data-report/v1"


def data_record(
    report: DataReport, sources: Mapping[str, str], offers: Sequence[TrainingOffer] = (), epochs: int = 0
) -> dict[str, Any]:
    """Every place of every finding; `sources` says what the ids under `source` stand for.

    `offers` are what training on the tokens costs for so many epochs.
    """
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
        "labels": [label._asdict() for label in report.labels],
        "learnable": report.learnable and _learnable(report.learnable),
        "training_costs": {"epochs": epochs, "offers": [_offer(offer) for offer in offers]},
        "sources": {name: sources[name] for name in cited(report)},
    }


def _learnable(found: Learnable) -> dict[str, Any]:
    curve = found.curve
    return {**found._asdict(), "curve": {**curve._asdict(), "points": [point._asdict() for point in curve.points]}}


def _offer(offer: TrainingOffer) -> dict[str, Any]:
    price = offer.price
    return {
        "provider": price.provider,
        "model": price.model,
        "kind": price.kind,
        "usd": str(offer.usd),
        "formula": offer.formula,
        "limit": offer.limit,
        "valid_from": price.valid_from.isoformat(),
        "as_of": price.as_of.isoformat(),
        "source": price.source,
        "assumption": price.assumption,
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
