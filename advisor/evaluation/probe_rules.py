"""Loads what judges and probes go by, from `rules/` or a user's own files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from advisor.evaluation.bias_rules import BiasRules, build_bias_rules
from advisor.evaluation.general_ability import AbilitySuite, build_ability_suite
from advisor.evaluation.judge_rules import JudgeRules, build_judge_rules
from advisor.files import content, load_boilerplate_phrases, load_documents
from advisor.strict_yaml import Document

T = TypeVar("T")


def load_judge_rules(path: Path | None = None) -> JudgeRules:
    """The rubric and prompts of `rules/judge.yaml`, or of a copy of it. Raises RuleBookError with file:line."""
    path = path or content("rules") / "judge.yaml"
    return _loaded(path, build_judge_rules)


def load_ability_suite(path: Path | None = None) -> AbilitySuite:
    """The suite of `rules/general_ability.yaml`, or of a copy of it. Raises RuleBookError with file:line."""
    path = path or content("rules") / "general_ability.yaml"
    return _loaded(path, build_ability_suite)


def load_bias_rules(path: Path | None = None) -> BiasRules:
    """The probes of `rules/bias_and_safety.yaml`, or of a copy of it. Raises RuleBookError with file:line."""
    path = path or content("rules") / "bias_and_safety.yaml"
    return _loaded(path, build_bias_rules)


def _loaded(path: Path, build: Callable[[Document, Mapping[str, str]], T]) -> T:
    """What `build` makes of the file, and of the sources that several files cite."""

    def built(documents: Mapping[str, Document]) -> T:
        shared = {name: source["says"] for name, source in documents["sources"].value["sources"].items()}
        return build(documents["file"], shared)

    return load_documents({"file": path, "sources": content("rules") / "sources.yaml"}, built)


def load_refusals() -> tuple[str, ...]:
    """Phrases of refusals, in lower case, from `rules/boilerplate.yaml`."""
    return tuple(text for one in load_boilerplate_phrases() if one.what == "a refusal" for text in one.texts)
