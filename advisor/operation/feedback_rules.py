"""What is looked for in corrections: `rules/feedback.yaml`, checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Literal, NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.decision.fields import Fields
from advisor.evaluation.metric_rules import sources_of
from advisor.operation.threshold import read_thresholds
from advisor.strict_yaml import Document

BLOCKING: Final = "blocking"
CHECKS: Final = (
    *("personal_data", "injected_instructions", "contradicts_golden", "asks_golden_question", "contradicts_accepted"),
    *("near_duplicates_of_one_user", "mostly_one_user", "unknown_label", "unlikely_label", "sudden_class_shift"),
)
_THRESHOLDS: Final = (
    *("same_question", "same_answer", "most_alike_of_one_user", "most_share_of_one_user", "least_for_shares"),
    *("window_days", "least_trusted_rows", "most_own_label", "shift_p", "shift_psi"),
)


class CheckRule(NamedTuple):
    """One check: a `blocking` finding must be mended before the correction is accepted."""

    id: str
    severity: Literal["blocking", "warning"]
    why: str
    what_to_do: str
    source: tuple[str, ...]


class FeedbackRules(NamedTuple):
    """Every check by its id, and the numbers that they rest on by their names."""

    checks: Mapping[str, CheckRule]
    thresholds: Mapping[str, float]


def build_feedback_rules(document: Document, rule_sources: Collection[str]) -> FeedbackRules:
    """The rules in `rules/feedback.yaml`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    known = {*known_sources(top), *rule_sources}
    thresholds = read_thresholds(top, _THRESHOLDS, known)
    checks: dict[str, CheckRule] = {}
    for name, fields in top.group("checks", "a check").items():
        top.must_be_known(name, CHECKS, "check", "checks", name)
        severity: Literal["blocking", "warning"] = (
            "blocking" if fields.one_of("severity", ("blocking", "warning"), "severity") == BLOCKING else "warning"
        )
        checks[name] = CheckRule(
            name, severity, fields.text("why"), fields.text("what_to_do"), sources_of(fields, known)
        )
        fields.done()
    for name in CHECKS:
        if name not in checks:
            raise top.error(f"the check {name} is missing", "checks", what_to_do=f"add `{name}: ...`")
    top.done()
    return FeedbackRules(checks, thresholds)
