"""Loads the rules of operation from `rules/`."""

from __future__ import annotations

from functools import cache

from advisor.files import content, load_documents
from advisor.operation.drift_rules import DriftRules, build_drift_rules
from advisor.operation.feedback_rules import FeedbackRules, build_feedback_rules
from advisor.operation.improvement_rules import ImprovementRules, build_improvement_rules
from advisor.operation.kpi_rules import KpiRules, build_kpi_rules


@cache
def load_feedback_rules() -> FeedbackRules:
    """The shipped checks of corrections. Raises RuleBookError with file:line."""
    paths = {name: content("rules") / f"{name}.yaml" for name in ("feedback", "sources")}
    return load_documents(
        paths, lambda documents: build_feedback_rules(documents["feedback"], documents["sources"].value["sources"])
    )


@cache
def load_improvement_rules() -> ImprovementRules:
    """The shipped rules of new trainings. Raises RuleBookError with file:line."""
    paths = {name: content("rules") / f"{name}.yaml" for name in ("improvement", "sources")}
    return load_documents(
        paths,
        lambda documents: build_improvement_rules(documents["improvement"], documents["sources"].value["sources"]),
    )


@cache
def load_drift_rules() -> DriftRules:
    """The shipped signals of drift. Raises RuleBookError with file:line."""
    paths = {name: content("rules") / f"{name}.yaml" for name in ("drift", "sources")}
    return load_documents(
        paths, lambda documents: build_drift_rules(documents["drift"], documents["sources"].value["sources"])
    )


@cache
def load_kpi_rules() -> KpiRules:
    """The shipped KPIs and packs. Raises RuleBookError with file:line."""
    paths = {name: content("rules") / f"{name}.yaml" for name in ("kpis", "reviews", "sources")}
    return load_documents(
        paths,
        lambda documents: build_kpi_rules(
            documents["kpis"], documents["reviews"], documents["sources"].value["sources"]
        ),
    )
