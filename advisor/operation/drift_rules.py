"""When something has drifted: `rules/drift.yaml`, checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.decision.fields import Fields
from advisor.evaluation.metric_rules import number_within, sources_of
from advisor.operation.threshold import read_thresholds
from advisor.strict_yaml import Document

SIGNALS: Final = (
    *("canary_accuracy", "reviewed_accuracy", "thumbs_down", "errors"),
    *("latency", "cost_per_1k_tokens", "input_text", "class_mix"),
)
_THRESHOLDS: Final = (
    *("false_alarms_per_year", "alpha_of_one_look", "most_days_between_looks"),
    *("least_texts", "least_requests", "same_answer"),
)


class SignalRule(NamedTuple):
    """One signal: `what` is measured by which `test`, from which effect it matters and why, and what to do then."""

    id: str
    what: str
    test: str
    least_effect: float
    why: str
    act: str
    source: tuple[str, ...]


class DriftRules(NamedTuple):
    """Every signal by its id, and the numbers that all of them rest on."""

    signals: Mapping[str, SignalRule]
    thresholds: Mapping[str, float]


def build_drift_rules(document: Document, rule_sources: Collection[str]) -> DriftRules:
    """The rules in `rules/drift.yaml`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    known = {*known_sources(top), *rule_sources}
    thresholds = read_thresholds(top, _THRESHOLDS, known)
    signals: dict[str, SignalRule] = {}
    for name, fields in top.group("signals", "a signal").items():
        top.must_be_known(name, SIGNALS, "signal", "signals", name)
        fields.raw("least_effect")
        effect = Fields(document, (*fields.path, "least_effect"), "the least effect")
        least, why = float(number_within(effect, "value", 0)), effect.text("why")
        sources_of(effect, known)
        effect.done()
        signals[name] = SignalRule(
            name, fields.text("what"), fields.text("test"), least, why, fields.text("act"), sources_of(fields, known)
        )
        fields.done()
    for name in SIGNALS:
        if name not in signals:
            raise top.error(f"the signal {name} is missing", "signals", what_to_do=f"add `{name}: ...`")
    top.done()
    return DriftRules(signals, thresholds)
