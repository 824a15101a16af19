"""The plan of a stage as a document: who, what share, how long, what must be shown, what happens on an alarm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from advisor.operation.rollout_rules import Criterion, RollOutRules, StageRule
from advisor.operation.sequential import BET_SIZES

USUAL: Final = {"quality": 0.15, "errors": 0.01, "latency": 0.10}  # shares that are disliked, fail, are slow; assumed


class PlannedDeployment(NamedTuple):
    """What the plan is about. `requests_a_day` is None where nobody knows; `traffic` says whose figure it is."""

    name: str
    incumbent: str
    candidate: str
    takes_over: str
    requests_a_day: float | None
    traffic: str
    automatic: bool
    on_alarm: str


def records_until_met(share: float, rate: float, tolerance: float, alpha: float) -> int:
    """About how many of the candidate's requests it takes to show that it is not worse, where both are alike.

    `rate` is the share of requests of both that fail, are slow or are disliked. The best of the fixed bets grows by its
    mean logarithm with each request, and must make good what is spread over the others.
    """
    size = max(1, round((1 - share) / share)) if 0 < share < 1 else 1
    counts = np.arange(size + 1)
    chances = np.array([math.comb(size, int(count)) * rate**count * (1 - rate) ** (size - count) for count in counts])
    failed = tolerance - 1 + counts / size
    well = tolerance + counts / size
    growth = max(
        float(chances @ (rate * np.log1p(bet * failed) + (1 - rate) * np.log1p(bet * well)))
        for bet in BET_SIZES / (1 - tolerance)
    )
    return math.ceil((math.log(1 / alpha) + math.log(len(BET_SIZES))) / growth) if growth > 0 else 10**9


def stage_plan(
    planned: PlannedDeployment, stage: StageRule, following: str, rules: RollOutRules, rates: Mapping[str, float]
) -> str:
    """The plan in Markdown; `rates` are the incumbent's own, where they were measured."""
    whole = 1.0 if stage.name == "shadow" else stage.share
    per_day = planned.requests_a_day * whole if planned.requests_a_day else None
    lines = [
        f"# {planned.name}: plan of the stage {stage.name}",
        "",
        f"- Model in production: {planned.incumbent}",
        f"- Candidate: {planned.candidate}",
        f"- Who gets the candidate: {stage.who}",
        f"- Share of users: {stage.share:.0%} (from {stage.least_share:.0%} to {stage.most_share:.0%}; "
        f"{', '.join(stage.source)})",
        f"- Traffic: {_traffic(planned)}",
        f"- At least: {stage.least_records:,} answers of the candidate and {stage.least_hours:g} hours"
        + (f", so about {_days(stage, per_day)}" if per_day else ""),
        "",
        "## Exit criteria",
        "",
        "All must be met. They are tested on the real records, and may be looked at as often as one likes: the tests",
        f"are valid at every time of looking (each at {rules.exit_alpha.value:g}).",
        "",
        *(line for one in rules.criteria.values() for line in _criterion(one, stage, rules, rates, per_day)),
        "",
        "## Alarm",
        "",
        "As soon as one criterion is shown to be broken (false alarms of all of them together: at most "
        f"{rules.alarm_alpha.value:.0%}),",
        f"{_on_alarm(planned)}. Nobody needs to be asked. Where a model fails {rules.breaker.failures} times in",
        f"a row it is not asked for {rules.breaker.rest_s:g} s, and {planned.takes_over} answers instead.",
        "",
        "## Who decides",
        "",
        _decides(planned, following),
        "",
        "## Where the numbers come from",
        "",
        *_sources(rules, stage),
        "",
    ]
    return "\n".join(lines)


def _traffic(planned: PlannedDeployment) -> str:
    if planned.requests_a_day is None:
        return "not known, so that no duration can be said"
    return f"{planned.requests_a_day:,.0f} requests a day ({planned.traffic})"


def _days(stage: StageRule, per_day: float) -> str:
    return _lasting(max(stage.least_records / per_day, stage.least_hours / 24))


def _lasting(days: float) -> str:
    return f"{days:,.0f} days" if days >= 2 else f"{math.ceil(days * 24):,} hours"


def _criterion(
    one: Criterion, stage: StageRule, rules: RollOutRules, rates: Mapping[str, float], per_day: float | None
) -> Sequence[str]:
    if one.ratio is not None:
        bound = f"at most {one.ratio:g} times the incumbent's"
    else:
        way = "above" if one.higher_is_worse else "below"
        bound = f"at most {100 * (one.tolerance or 0):g} points of a hundred {way} the incumbent's"
    lines = [f"- **{one.name}**: {one.what}, {bound}.", f"  Why: {one.why} ({', '.join(one.source)})."]
    if one.tolerance is not None:
        rate = rates.get(one.name, USUAL[one.name])
        share = 0.0 if stage.name == "shadow" else stage.share
        count = records_until_met(share, rate, one.tolerance, rules.exit_alpha.value)
        unit = "judged answers" if one.name == "quality" else "answers"
        said = "measured" if one.name in rates else "assumed"
        long = f", {_lasting(count / per_day)}" if per_day and one.name != "quality" else ""
        lines.append(
            f"  Expected: about {count:,} {unit} of the candidate{long}, where both are alike at {rate:.1%} ({said})."
        )
    if one.if_missing == "approval":
        lines.append("  Where nothing is known of it, somebody may approve the next stage without it.")
    return lines


def _on_alarm(planned: PlannedDeployment) -> str:
    if planned.on_alarm == "hold":
        return f"the candidate is held: {planned.takes_over} answers all users until somebody decides"
    return f"the roll-out is rolled back: {planned.incumbent} answers all users again"


def _decides(planned: PlannedDeployment, following: str) -> str:
    goes = "the candidate becomes the model in production" if following == "steady" else f"the stage {following} begins"
    if planned.automatic:
        return f"When all criteria are met, {goes} by itself; what is not known needs an approval."
    return (
        f"When all criteria are met, an event asks for approval; {goes} with\n"
        f"`advisor deployment advance {planned.name}`, by a consultant or an administrator."
    )


def _sources(rules: RollOutRules, stage: StageRule) -> list[str]:
    used = {*stage.source, *rules.alarm_alpha.source, *rules.exit_alpha.source}
    used |= {source for one in rules.criteria.values() for source in one.source}
    return [f"- {name}: {rules.sources.get(name, 'see docs/reference/sources.md')}" for name in sorted(used)]
