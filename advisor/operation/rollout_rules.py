"""Stages of a roll-out and what each must show: `rules/rollout.yaml`, checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.decision.fields import Fields
from advisor.evaluation.metric_rules import number_within, sources_of
from advisor.operation.circuit_breaker import BreakerRules
from advisor.strict_yaml import Document

STEADY: Final = "steady"  # no roll-out: the incumbent answers alone
AB: Final = "ab"  # two models side by side, without an end of its own
STAGES: Final = ("shadow", "pilot", "staged", "full")
CRITERIA: Final = ("quality", "errors", "latency", "cost")


class Threshold(NamedTuple):
    """A number with its reason."""

    value: float
    why: str
    source: tuple[str, ...]


class StageRule(NamedTuple):
    """One stage; shares are those of users, `least_records` the candidate's own."""

    name: str
    share: float
    least_share: float
    most_share: float
    least_records: int
    least_hours: float
    who: str
    source: tuple[str, ...]


class Criterion(NamedTuple):
    """By how much the candidate may be worse: `tolerance` as a difference of shares, or `ratio` of means."""

    name: str
    what: str
    higher_is_worse: bool
    tolerance: float | None
    ratio: float | None
    if_missing: str  # wait, or approval: somebody may go on without it
    why: str
    source: tuple[str, ...]


class RollOutRules(NamedTuple):
    """The file; `sources` says what each of its own sources stands for."""

    alarm_alpha: Threshold
    exit_alpha: Threshold
    most_records_a_user: Threshold
    slow_quantile: Threshold
    least_reference: Threshold
    breaker: BreakerRules
    stages: Mapping[str, StageRule]
    criteria: Mapping[str, Criterion]
    sources: Mapping[str, str]

    def after(self, stage: str) -> str:
        """The stage that follows; `steady` after the last."""
        place = STAGES.index(stage) + 1
        return STAGES[place] if place < len(STAGES) else STEADY


def build_rollout_rules(document: Document, rule_sources: Collection[str]) -> RollOutRules:
    """The rules in `rules/rollout.yaml`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    own = known_sources(top)
    known = {*own, *rule_sources}
    rules = RollOutRules(
        _threshold(top, "alarm_alpha", known, 1),
        _threshold(top, "exit_alpha", known, 1),
        _threshold(top, "most_records_a_user", known, 1_000_000),
        _threshold(top, "slow_quantile", known, 1),
        _threshold(top, "least_reference", known, 1_000_000),
        _breaker(top, known),
        {name: _stage(name, fields, known) for name, fields in top.group("stages", "a stage").items()},
        {name: _criterion(name, fields, known) for name, fields in top.group("criteria", "a criterion").items()},
        own,
    )
    for kind, wanted, found in (("stage", STAGES, rules.stages), ("criterion", CRITERIA, rules.criteria)):
        group = {"stage": "stages", "criterion": "criteria"}[kind]
        for name in found:
            top.must_be_known(name, wanted, kind, group, name)
        for name in wanted:
            if name not in found:
                raise top.error(f"the {kind} {name} is missing", group, what_to_do=f"add `{name}: ...`")
    top.done()
    return rules


def _threshold(top: Fields, name: str, known: Collection[str], most: int) -> Threshold:
    top.raw(name)
    fields = Fields(top.document, (name,), name)
    found = Threshold(float(number_within(fields, "value", 0, most)), fields.text("why"), sources_of(fields, known))
    fields.done()
    return found


def _breaker(top: Fields, known: Collection[str]) -> BreakerRules:
    top.raw("breaker")
    fields = Fields(top.document, ("breaker",), "the breaker")
    found = BreakerRules(
        int(number_within(fields, "failures", 1, 1_000)), float(number_within(fields, "rest_s", 0, 3_600))
    )
    sources_of(fields, known)
    fields.done()
    return found


def _stage(name: str, fields: Fields, known: Collection[str]) -> StageRule:
    stage = StageRule(
        name,
        float(number_within(fields, "share", 0, 1)),
        float(number_within(fields, "least_share", 0, 1)),
        float(number_within(fields, "most_share", 0, 1)),
        int(number_within(fields, "least_records", 1, 1_000_000)),
        float(number_within(fields, "least_hours", 0, 8_760)),
        fields.text("who"),
        sources_of(fields, known),
    )
    fields.done()
    if not stage.least_share <= stage.share <= stage.most_share:
        raise fields.error("the share is not within its bounds", "share", what_to_do="mend `share` or the bounds")
    return stage


def _criterion(name: str, fields: Fields, known: Collection[str]) -> Criterion:
    tolerance, ratio = fields.number("tolerance"), fields.number("ratio")
    if (tolerance is None) == (ratio is None):
        raise fields.error("a criterion needs `tolerance` or `ratio`, one of them", what_to_do="add one of them")
    if tolerance is not None and not 0 < tolerance < 1:
        raise fields.error("a tolerance lies between 0 and 1", "tolerance", what_to_do="write a share such as 0.02")
    if ratio is not None and ratio <= 0:
        raise fields.error("a ratio is above 0", "ratio", what_to_do="write a number such as 1.2")
    criterion = Criterion(
        name,
        fields.text("what"),
        fields.one_of("worse", ("higher", "lower"), "direction") == "higher",
        None if tolerance is None else float(tolerance),
        None if ratio is None else float(ratio),
        fields.one_of("if_missing", ("wait", "approval"), "way"),
        fields.text("why"),
        sources_of(fields, known),
    )
    fields.done()
    return criterion
