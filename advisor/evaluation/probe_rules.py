"""Loads what judges and probes go by, from `rules/` or a user's own files."""

from __future__ import annotations

from pathlib import Path

from advisor.evaluation.bias_rules import BiasRules, build_bias_rules
from advisor.evaluation.general_ability import AbilitySuite, build_ability_suite
from advisor.evaluation.judge_rules import JudgeRules, build_judge_rules
from advisor.files import content, load_boilerplate_phrases, load_documents


def load_judge_rules(path: Path | None = None) -> JudgeRules:
    """The rubric and prompts of `rules/judge.yaml`, or of a copy of it. Raises RuleBookError with file:line."""
    path = path or content("rules") / "judge.yaml"
    return load_documents({"judge": path}, lambda documents: build_judge_rules(documents["judge"]))


def load_ability_suite(path: Path | None = None) -> AbilitySuite:
    """The suite of `rules/general_ability.yaml`, or of a copy of it. Raises RuleBookError with file:line."""
    path = path or content("rules") / "general_ability.yaml"
    return load_documents({"abilities": path}, lambda documents: build_ability_suite(documents["abilities"]))


def load_bias_rules(path: Path | None = None) -> BiasRules:
    """The probes of `rules/bias_and_safety.yaml`, or of a copy of it. Raises RuleBookError with file:line."""
    path = path or content("rules") / "bias_and_safety.yaml"
    return load_documents({"bias": path}, lambda documents: build_bias_rules(documents["bias"]))


def load_refusals() -> tuple[str, ...]:
    """Phrases of refusals, in lower case, from `rules/boilerplate.yaml`."""
    return tuple(text for one in load_boilerplate_phrases() if one.what == "a refusal" for text in one.texts)
