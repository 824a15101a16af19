"""Loads what proofs are judged by, from `rules/`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from advisor.evaluation.metric_rules import MetricRules, build_metric_rules
from advisor.evaluation.prompting import PromptTexts, build_prompt_texts
from advisor.evaluation.verdict_rules import VerdictRules, build_verdict_rules
from advisor.files import content, load_documents
from advisor.strict_yaml import Document


class EvaluationRules(NamedTuple):
    """Metrics by kind of task, what a verdict asks for, and what language models are told."""

    metrics: MetricRules
    verdict: VerdictRules
    prompts: PromptTexts


def load_evaluation_rules() -> EvaluationRules:
    """The shipped rules, checked. Raises RuleBookError with file:line."""
    paths = {name: content("rules") / f"{name}.yaml" for name in ("metrics", "verdict", "prompts", "sources")}
    return load_documents(paths, _build)


def _build(documents: Mapping[str, Document]) -> EvaluationRules:
    shared = documents["sources"].value["sources"]
    return EvaluationRules(
        build_metric_rules(documents["metrics"], shared),
        build_verdict_rules(documents["verdict"], shared),
        build_prompt_texts(documents["prompts"]),
    )
