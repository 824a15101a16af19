"""Loads the rules of roll-outs from `rules/`."""

from __future__ import annotations

from functools import cache

from advisor.files import content, load_documents
from advisor.operation.rollout_rules import RollOutRules, build_rollout_rules


@cache
def load_rollout_rules() -> RollOutRules:
    """The shipped rules, checked. Raises RuleBookError with file:line."""
    paths = {name: content("rules") / f"{name}.yaml" for name in ("rollout", "sources")}
    return load_documents(
        paths, lambda documents: build_rollout_rules(documents["rollout"], documents["sources"].value["sources"])
    )
