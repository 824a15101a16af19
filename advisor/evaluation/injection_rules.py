"""Loads the patterns of prompt injection from `rules/`."""

from __future__ import annotations

from pathlib import Path

from advisor.evaluation.injection_probe import Pattern, build_patterns
from advisor.files import content, load_documents


def load_injection_patterns(path: Path | None = None) -> tuple[Pattern, ...]:
    """The shipped patterns, checked. Raises RuleBookError with file:line."""
    path = path or content("rules") / "prompt_injection.yaml"
    return load_documents({"patterns": path}, lambda documents: build_patterns(documents["patterns"]))
