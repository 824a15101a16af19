"""When a model is due for a new training, and which gates a new one passes: by hand, and for any numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import RuleBookError
from advisor.evaluation.intervals import Interval
from advisor.files import content
from advisor.operation.improvement_gates import Difference, Shown, gates, outcome
from advisor.operation.improvement_rules import build_improvement_rules
from advisor.operation.improvement_trigger import Since, due
from advisor.operation.rule_files import load_improvement_rules
from advisor.strict_yaml import read

RULES = load_improvement_rules()
LIMITS = RULES.thresholds
BETTER = Difference("old", 0.05, 0.01, 0.09, 0.004, 400)
GOOD = Shown(100, 0, 0, False, BETTER, (BETTER,), "does_not_apply", "passed", Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    ("since", "least", "says"),
    [
        (Since(100, 0.1), None, "100 reviewed corrections"),
        (Since(99, 0.1), None, None),
        (Since(0, 12), None, None),  # nothing new to learn
        (Since(1, 6), None, "6.0 months since"),
        (Since(19, 3), None, None),
        (Since(20, 3), None, "3.0 months and 20 corrections"),
        (Since(20, 2.9), None, None),
        (Since(20, None), None, None),
        (Since(1, 1, Interval(0.8, 0.7, 0.88)), 0.9, "below 90%"),
        (Since(1, 1, Interval(0.8, 0.7, 0.91)), 0.9, None),  # chance may explain it
        (Since(1, 1, Interval(0.8, 0.7, 0.88)), None, None),
    ],
)
def test_due(since: Since, least: float | None, says: str | None) -> None:
    """By number, by time, by accuracy (M-O4)."""
    found = due(since, LIMITS, least)
    assert (found is None) if says is None else says in str(found)


@pytest.mark.parametrize(
    ("change", "gate", "result", "leads_to"),
    [
        ({}, "beats_production", "passed", "pass"),
        ({"production": BETTER._replace(low=-0.01)}, "beats_production", "not_shown", "end"),
        ({"production": BETTER._replace(p_value=0.06)}, "beats_production", "not_shown", "end"),
        ({"production": BETTER._replace(value=-0.02, low=-0.05)}, "beats_production", "failed", "end"),
        ({"production": None}, "beats_production", "not_shown", "end"),
        ({"baselines": (BETTER, BETTER._replace(low=-0.2))}, "beats_baseline", "not_shown", "end"),
        ({"forgetting": "failed"}, "forgetting", "failed", "end"),
        ({"forgetting": "not_run"}, "forgetting", "not_shown", "approval"),
        ({"bias_and_safety": "failed"}, "bias_and_safety", "failed", "end"),
        ({"bias_and_safety": "not_shown"}, "bias_and_safety", "not_shown", "approval"),
        ({"usd_per_right_answer": None}, "cost", "not_shown", "approval"),
        ({"usd_per_right_answer": Decimal("0.01")}, "cost", "failed", "end"),
        (
            {"usd_per_right_answer": Decimal("0.012"), "production_usd_per_right_answer": Decimal("0.010")},
            "cost",
            "passed",
            "pass",
        ),
        (
            {"usd_per_right_answer": Decimal("0.0121"), "production_usd_per_right_answer": Decimal("0.010")},
            "cost",
            "failed",
            "end",
        ),
        ({"personal_rows": 1}, "personal_data", "failed", "end"),
        ({"personal_rows": None}, "personal_data", "not_shown", "end"),
        ({"refused_corrections": 12}, "corrections", "failed", "end"),  # 12 of 112
        ({"refused_corrections": 11}, "corrections", "passed", "pass"),  # 11 of 111
        ({"corrections": 0}, "corrections", "not_shown", "end"),
        ({"is_partial": True}, "complete", "failed", "end"),
    ],
)
def test_gates(change: dict[str, Any], gate: str, result: str, leads_to: str) -> None:
    """One thing at a time is otherwise than in a good run."""
    found = gates(GOOD._replace(**change), RULES)
    (one,) = [item for item in found if item.gate == gate]
    assert one.result == result
    assert bool(one.why) == bool(one.what_to_do) == (result != "passed")
    assert "{" not in one.why + one.what_to_do
    assert outcome(found) == leads_to


@given(
    st.floats(-1, 1),
    st.floats(0.0001, 0.5),
    st.floats(0, 1),
    st.sampled_from(["passed", "failed", "not_run", "not_shown", "does_not_apply"]),
)
def test_nothing_gets_by_that_is_not_shown_to_be_better(value: float, half: float, p: float, probe: str) -> None:
    """Whatever else speaks for it."""
    found = Difference("old", value, value - half, value + half, p, 300)
    leads_to = outcome(gates(GOOD._replace(production=found, forgetting=probe), RULES))
    if leads_to != "end":
        assert value - half > 0 and p < LIMITS["alpha"] and probe != "failed"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  cost:\n", "  costs:\n", "costs"),
        ("not_shown: approval", "not_shown: maybe", "maybe"),
        ("{n} training rows", "{rows} training rows", "rows"),
        ("{n} training rows", "{n training rows", "braces"),
        ("  corrections:\n    value: 100", "  correction:\n    value: 100", "correction"),
        ("source: [poisoning]", "source: [poison]", "poison"),
    ],
)
def test_mistakes_in_the_rules_are_named(old: str, new: str, message: str) -> None:
    """With the place."""
    text = (content("rules") / "improvement.yaml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(RuleBookError, match=message) as raised:
        build_improvement_rules(read(text.replace(old, new, 1), "improvement.yaml"), ["M-O4", "M-E4", "M-E5", "M-P5"])
    assert "improvement.yaml:" in str(raised.value)
