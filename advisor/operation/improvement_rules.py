"""When a model is trained anew and what the new one must show: `rules/improvement.yaml`, checked."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping
from typing import Final, Literal, NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.decision.fields import Fields
from advisor.evaluation.metric_rules import sources_of
from advisor.operation.threshold import read_thresholds
from advisor.strict_yaml import Document

GATES: Final = (
    *("corrections", "personal_data", "complete", "beats_production", "beats_baseline"),
    *("forgetting", "bias_and_safety", "cost"),
)
_THRESHOLDS: Final = (
    *("corrections", "least_months", "most_months", "least_new", "most_refused_share", "most_cost_ratio", "alpha"),
)
_BLANKS: Final = frozenset({"n", "of", "against", "value", "low", "high", "p", "needed"})
ENDS: Final = "ends"


class GateRule(NamedTuple):
    """What is said where a gate fails or is not shown, and whether a person may go on where it is not shown."""

    name: str
    not_shown: Literal["ends", "approval"]
    fails: str
    unknown: str
    what_to_do: str
    source: tuple[str, ...]


class ImprovementRules(NamedTuple):
    """Every gate in the order in which it is told, and the numbers by their names."""

    gates: Mapping[str, GateRule]
    thresholds: Mapping[str, float]


def build_improvement_rules(document: Document, rule_sources: Collection[str]) -> ImprovementRules:
    """The rules in `rules/improvement.yaml`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    known = {*known_sources(top), *rule_sources}
    thresholds = read_thresholds(top, _THRESHOLDS, known)
    gates: dict[str, GateRule] = {}
    for name, fields in top.group("gates", "a gate").items():
        top.must_be_known(name, GATES, "gate", "gates", name)
        ends = fields.one_of("not_shown", (ENDS, "approval"), "not_shown") == ENDS
        fails, unknown, what_to_do = (_filled(fields, field) for field in ("fails", "unknown", "what_to_do"))
        source = sources_of(fields, known)
        gates[name] = GateRule(name, "ends" if ends else "approval", fails, unknown, what_to_do, source)
        fields.done()
    for name in GATES:
        if name not in gates:
            raise top.error(f"the gate {name} is missing", "gates", what_to_do=f"add `{name}: ...`")
    top.done()
    return ImprovementRules(gates, thresholds)


def _filled(fields: Fields, name: str) -> str:
    """A text whose blanks are all known."""
    text = fields.text(name)
    try:
        blanks = {blank for _, blank, _, _ in string.Formatter().parse(text) if blank is not None}
    except ValueError:
        raise fields.error("the braces do not match", name) from None
    for blank in blanks - _BLANKS:
        raise fields.error(f"nothing is called {{{blank}}}", name, what_to_do=f"known are {', '.join(sorted(_BLANKS))}")
    return text
