"""What a stage has shown so far, criterion by criterion: alarm, met, or open."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from advisor.operation.rollout_rules import Criterion, RollOutRules, StageRule
from advisor.operation.sequential import Interval, Values, interval, is_above

ALARM: Final = "alarm"
MET: Final = "met"
OPEN: Final = "open"
MISSING: Final = "missing"
READY: Final = "ready"  # all that can be shown is, and somebody must say that the rest is not needed


class Sides(NamedTuple):
    """One value from 0 to 1 for each request, oldest first: of the candidate, and of the incumbent."""

    candidate: Sequence[float]
    incumbent: Sequence[float]


class Evidence(NamedTuple):
    """All that is known of a stage. `asked` counts the candidate's records; `reference` holds the incumbent's means
    before, for a stage in which there is nobody else to compare with. `usd_scale` is what 1 stands for in `cost`."""

    sides: Mapping[str, Sides]
    asked: int
    hours: float
    reference: Mapping[str, float]
    slow_ms: float | None
    usd_scale: float | None


class Finding(NamedTuple):
    """How one criterion stands. `difference` of the candidate from the incumbent, or its `ratio` as difference from
    the allowed multiple; `bound` is what it must stay below, counted so that more is worse."""

    criterion: str
    state: str
    candidate: float | None
    incumbent: float | None
    judged: int
    difference: Interval | None
    bound: float
    why: str


class Judgement(NamedTuple):
    """How a stage stands, and why."""

    state: str
    why: str
    findings: tuple[Finding, ...]


def judge(stage: StageRule, rules: RollOutRules, evidence: Evidence) -> Judgement:
    """Where the stage stands; `alarm` as soon as one criterion is shown to be broken."""
    alarm_alpha = rules.alarm_alpha.value / len(rules.criteria)
    findings = tuple(
        _finding(criterion, stage.share, evidence, alarm_alpha, rules.exit_alpha.value)
        for criterion in rules.criteria.values()
    )
    alarms = [one for one in findings if one.state == ALARM]
    if alarms:
        return Judgement(ALARM, "; ".join(one.why for one in alarms), findings)
    waits = [
        one.why
        for one in findings
        if one.state == OPEN or (one.state == MISSING and rules.criteria[one.criterion].if_missing == "wait")
    ]
    if evidence.asked < stage.least_records:
        waits.insert(0, f"{evidence.asked:,} of {stage.least_records:,} answers of the candidate")
    if evidence.hours < stage.least_hours:
        waits.insert(0, f"{evidence.hours:.0f} of {stage.least_hours:.0f} hours")
    if waits:
        return Judgement(OPEN, "; ".join(waits), findings)
    missing = [one.why for one in findings if one.state == MISSING]
    if missing:
        return Judgement(READY, "; ".join(missing), findings)
    return Judgement(MET, "every exit criterion is met", findings)


def blocks(sides: Sides, share: float, ratio: float = 1.0) -> Values:
    """How much higher the candidate is than `ratio` times the incumbent, one value for each of its requests.

    Each is compared with the mean of the next requests of the incumbent, as many as it has for one of the candidate's:
    both come from about the same time, so that a change that meets both does not count.
    """
    size = max(1, round((1 - share) / share)) if 0 < share < 1 else 1
    whole = min(len(sides.candidate), len(sides.incumbent) // size)
    candidate = np.asarray(sides.candidate[:whole], dtype=np.float64)
    incumbent = np.asarray(sides.incumbent[: whole * size], dtype=np.float64).reshape(whole, size).mean(axis=1)
    above: Values = candidate - ratio * incumbent
    return above


def _finding(criterion: Criterion, share: float, evidence: Evidence, alarm_alpha: float, exit_alpha: float) -> Finding:
    sides = evidence.sides.get(criterion.name, Sides((), ()))
    alone = share == 1
    reference = evidence.reference.get(criterion.name)
    ratio = criterion.ratio or 1.0
    if alone:
        sides = Sides(sides.candidate, [] if reference is None else [reference] * len(sides.candidate))
    worse = blocks(sides, 0.5 if alone else share, ratio)
    if not criterion.higher_is_worse:
        worse = -worse
    bound = criterion.tolerance or 0.0
    shown = _means(sides)
    if len(worse) == 0:
        return Finding(criterion.name, MISSING, *shown, 0, None, bound, f"{criterion.name}: {_missing(sides)}")
    # The lowest and highest value that `worse` can have.
    low, high = (-ratio, 1.0) if criterion.higher_is_worse else (-1.0, ratio)
    state = OPEN
    if is_above(worse, bound, low, alarm_alpha):
        state = ALARM
    elif is_above(-worse, -bound, -high, exit_alpha):
        state = MET
    between = interval(worse, low, high, exit_alpha)
    return Finding(
        criterion.name, state, *shown, len(worse), between, bound, _sentence(criterion, state, between, len(worse))
    )


class _Means(NamedTuple):
    candidate: float | None
    incumbent: float | None


def _means(sides: Sides) -> _Means:
    return _Means(*(math.fsum(side) / len(side) if len(side) else None for side in sides))


def _missing(sides: Sides) -> str:
    who = " and ".join(name for name, side in zip(Sides._fields, sides, strict=True) if not side)
    return f"nothing is known of the {who}" if who else "too little is known to compare"


def _sentence(criterion: Criterion, state: str, worse: Interval, count: int) -> str:
    shown = {ALARM: "is worse than allowed", MET: "is not worse than allowed", OPEN: "is not decided yet"}[state]
    if criterion.ratio is not None:
        return f"{criterion.name} {shown}: {criterion.ratio:g} times the incumbent's is the most, {count:,} compared"
    return (
        f"{criterion.name} {shown}: worse by {worse.mean:+.3f} ({worse.low:+.3f} to {worse.high:+.3f}), "
        f"{criterion.tolerance:g} is the most, {count:,} compared"
    )
