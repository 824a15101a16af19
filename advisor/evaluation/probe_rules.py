"""Loads what judges and probes go by, from `rules/` or a user's own files."""

from __future__ import annotations

from pathlib import Path

from advisor.evaluation.judge_rules import JudgeRules, build_judge_rules
from advisor.files import content, load_documents


def load_judge_rules(path: Path | None = None) -> JudgeRules:
    """The rubric and prompts of `rules/judge.yaml`, or of a copy of it. Raises RuleBookError with file:line."""
    path = path or content("rules") / "judge.yaml"
    return load_documents({"judge": path}, lambda documents: build_judge_rules(documents["judge"]))
