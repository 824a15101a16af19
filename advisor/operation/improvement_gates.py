"""What a newly trained model must show before any user meets it: against production, baselines, and its own base."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from advisor.operation.improvement_rules import GateRule, ImprovementRules

PASSED: Final = "passed"
FAILED: Final = "failed"
NOT_SHOWN: Final = "not_shown"
Result = Literal["passed", "failed", "not_shown"]
_PROBES: Final[dict[str, Result]] = {"passed": PASSED, "does_not_apply": PASSED, "failed": FAILED}


class Difference(NamedTuple):
    """The new model less another one on the same questions, with its 95 % interval.

    `items_needed` says how many questions would show the difference, None beyond a million or where there is none.
    """

    against: str
    value: float
    low: float
    high: float
    p_value: float
    items: int
    items_needed: int | None = None


class Shown(NamedTuple):
    """All that the gates look at. `production` is None where the version in production could not be asked."""

    corrections: int
    refused_corrections: int
    personal_rows: int | None
    is_partial: bool
    production: Difference | None
    baselines: Sequence[Difference]
    forgetting: str
    bias_and_safety: str
    usd_per_right_answer: Decimal | None
    production_usd_per_right_answer: Decimal | None


class GateResult(NamedTuple):
    """A gate: what it found, in words why, and what to do where it did not pass; "" where it did."""

    gate: str
    result: Result
    why: str
    what_to_do: str
    needs_approval: bool


def gates(shown: Shown, rules: ImprovementRules) -> tuple[GateResult, ...]:
    """Every gate in the order of the rules."""
    found = {result.gate: result for result in _found(shown, rules)}
    return tuple(found[name] for name in rules.gates if name in found)


def outcome(results: Sequence[GateResult]) -> Literal["pass", "approval", "end"]:
    """What follows from the gates: on to users, on where a person approves, or the end."""
    if any(one.result == FAILED or (one.result == NOT_SHOWN and not one.needs_approval) for one in results):
        return "end"
    return "approval" if any(one.needs_approval for one in results) else "pass"


def _found(shown: Shown, rules: ImprovementRules) -> Iterator[GateResult]:
    limits = rules.thresholds
    sent = shown.corrections + shown.refused_corrections
    doubtful = sent > 0 and shown.refused_corrections / sent > limits["most_refused_share"]
    yield _said(
        rules.gates["corrections"],
        FAILED if doubtful else PASSED if shown.corrections else NOT_SHOWN,
        n=str(shown.refused_corrections),
        of=str(sent),
    )
    personal = shown.personal_rows
    yield _said(
        rules.gates["personal_data"],
        NOT_SHOWN if personal is None else FAILED if personal else PASSED,
        n=str(personal or 0),
    )
    yield _said(rules.gates["complete"], FAILED if shown.is_partial else PASSED)
    yield _better(rules.gates["beats_production"], shown.production, limits["alpha"])
    worst = min(shown.baselines, key=lambda one: one.low, default=None)
    if worst:
        yield _better(rules.gates["beats_baseline"], worst, 1.0)
    for name, result in (("forgetting", shown.forgetting), ("bias_and_safety", shown.bias_and_safety)):
        yield _said(rules.gates[name], _PROBES.get(result, NOT_SHOWN))
    yield _cost(rules.gates["cost"], shown, limits["most_cost_ratio"])


def _better(rule: GateRule, found: Difference | None, alpha: float) -> GateResult:
    """Better where the whole interval is above 0 and chance does not explain it; failed where it cannot be better."""
    if found is None:
        why = "The version in production could not be asked."
        return GateResult(rule.name, NOT_SHOWN, why, rule.what_to_do.format(against="production", needed=""), False)
    shown = found.low > 0 and found.p_value < alpha
    needed = f" (about {found.items_needed:,} questions)" if found.items_needed and found.value > 0 else ""
    return _said(
        rule,
        PASSED if shown else FAILED if found.high <= 0 or found.value < 0 else NOT_SHOWN,
        against=found.against,
        value=f"{found.value:+.3f}",
        low=f"{found.low:+.3f}",
        high=f"{found.high:+.3f}",
        p=f"{found.p_value:.3f}",
        n=f"{found.items:,}",
        needed=needed,
    )


def _cost(rule: GateRule, shown: Shown, most: float) -> GateResult:
    new, old = shown.usd_per_right_answer, shown.production_usd_per_right_answer
    if new is None or old is None:
        return _said(rule, NOT_SHOWN)
    ratio = float(new / old) if old else math.inf if new else 1.0
    return _said(rule, FAILED if ratio > most else PASSED, value=f"{ratio:.2f} times")


def _said(rule: GateRule, result: Result, **blanks: str) -> GateResult:
    known = dict.fromkeys(("n", "of", "against", "value", "low", "high", "p", "needed"), "") | blanks
    why = {PASSED: "", FAILED: rule.fails, NOT_SHOWN: rule.unknown}[result].format(**known)
    waits = result == NOT_SHOWN and rule.not_shown == "approval"
    return GateResult(rule.name, result, why, "" if result == PASSED else rule.what_to_do.format(**known), waits)
