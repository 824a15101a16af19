"""The verdict: every branch, and laws: evidence in favour never speaks against, a tie is never worth it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import RuleBookError
from advisor.evaluation.cost_per_correct import ArmCost
from advisor.evaluation.intervals import Interval
from advisor.evaluation.significance import MCNEMAR, Comparison
from advisor.evaluation.statistics import pairs_to_compare
from advisor.evaluation.verdict import Evidence, Money, ProvenArm, Verdict, verdict
from advisor.evaluation.verdict_rules import build_verdict_rules
from advisor.evaluation_rules import load_evaluation_rules
from advisor.files import content
from advisor.strict_yaml import read

RULES = load_evaluation_rules().verdict
RANKS = {"not_worth_it": 0, "not_shown_yet": 1, "worth_it": 2}
FREE = ArmCost(1.0, 2.0, 10, 10, Decimal(0), Decimal(0), 50, 0)


def arm(name: str, kind: str, value: float, **more: Any) -> ProvenArm:
    """An arm that costs nothing, with all gates passed."""
    gates = {"forgetting": "passed", "bias_and_safety": "passed"}
    return ProvenArm(name, kind, value, more.pop("cost", FREE), **(gates | more))


def comparison(first: ProvenArm, second: ProvenArm, half: float, p_value: float) -> Comparison:
    """By the values of two arms; `half` is half the interval."""
    gap = first.value - second.value
    base = max(second.value, 0.01)
    relative = Interval(gap / base, (gap - half) / base, (gap + half) / base)
    return Comparison(
        *(first.name, second.name, "accuracy", gap, gap - half, gap + half, MCNEMAR, p_value, p_value, relative),
        *(200, 60, half / 2, half),
    )


def evidence(arms: list[ProvenArm], half: float = 0.05, **more: Any) -> Evidence:
    """A whole run; a difference counts as found where its interval leaves 0."""
    by_name = {one.name: one for one in arms}
    comparisons = []
    for first, second in pairs_to_compare({one.name: one.kind for one in arms}):
        gap = abs(by_name[first].value - by_name[second].value)
        comparisons.append(comparison(by_name[first], by_name[second], half, 0.001 if gap > half else 0.5))
    whole = {"items": 200, "is_partial": False}
    return Evidence(metric="accuracy", arms=arms, comparisons=comparisons, **(whole | more))


BASE, RAG = arm("base", "zero_shot", 0.4), arm("docs", "rag", 0.5)
HEAD = arm("head", "linear", 0.62, forgetting="does_not_apply")
MINE = arm("mine", "tuned", 0.8)


def judged(*arms: ProvenArm, **more: Any) -> Verdict:
    """The verdict by the shipped rules."""
    return verdict(evidence(list(arms), **more), RULES)


def test_worth_it() -> None:
    """A tuned arm that beats all others by far, with the sources it rests on."""
    found = judged(BASE, RAG, HEAD, MINE)
    assert (found.answer, found.best_arm) == ("worth_it", "mine")
    assert "docs" in found.why
    assert {"M-E4", "M-E5"} <= set(found.source)
    assert "not weighed" in found.why
    paid = judged(BASE, RAG, MINE._replace(money=Money(Decimal(4), Decimal(12))))
    assert "not weighed" not in paid.why


def test_a_linear_head_can_be_enough() -> None:
    """It carries the verdict where a tuned model is not shown to be better than it."""
    found = judged(BASE, RAG, HEAD._replace(value=0.79), MINE)
    assert (found.answer, found.best_arm) == ("worth_it", "head")
    assert "linear head is enough" in found.why


@pytest.mark.parametrize(
    ("changed", "answer", "words"),
    [
        ({"value": 0.56, "half": 0.1}, "not_shown_yet", "not shown that mine is better than docs"),
        ({"value": 0.60}, "not_shown_yet", "improves accuracy over docs by 20%"),
        ({"value": 0.30}, "not_worth_it", "not better than base"),
        ({"forgetting": "failed"}, "not_worth_it", "lost general ability"),
        ({"forgetting": "not_run"}, "not_shown_yet", "general ability"),
        ({"bias_and_safety": "failed"}, "not_worth_it", "bias and safety"),
        ({"bias_and_safety": "not_shown"}, "not_shown_yet", "bias and safety"),
        ({"money": Money(None)}, "not_worth_it", "pay back"),
        ({"money": Money(Decimal(9), Decimal("1.8"))}, "not_worth_it", "pay back"),
        ({"cost": FREE._replace(usd_per_correct=Decimal(1))}, "not_shown_yet", "costs more"),
        ({"cost": FREE._replace(usd_total=None, usd_per_correct=None)}, "not_shown_yet", "price is unknown"),
    ],
)
def test_every_requirement_speaks(changed: dict[str, Any], answer: str, words: str) -> None:
    """With its own words and a next step."""
    parts = {name: value for name, value in changed.items() if name != "half"}
    found = judged(BASE, RAG, MINE._replace(**parts), half=changed.get("half", 0.05))
    assert found.answer == answer
    assert words in found.why
    assert found.next_step
    assert found.source
    if answer == "not_worth_it":
        assert found.best_arm == "docs"


def test_a_strong_model_without_training_leaves_no_room() -> None:
    """Above 0.83 nothing can be 20 % better, which is said."""
    found = judged(arm("strong", "model", 0.9), arm("mine", "tuned", 0.98))
    assert (found.answer, found.best_arm) == ("not_worth_it", "strong")
    assert "No arm could" in found.why


def test_a_head_that_is_a_little_better_is_the_arm_to_use() -> None:
    """By 12 %, shown: training is not worth it by the rule, but nobody should use the weaker arm for that."""
    found = judged(BASE, RAG, arm("head", "linear", 0.56, forgetting="does_not_apply"), half=0.01)
    assert (found.answer, found.best_arm) == ("not_worth_it", "head")
    assert found.next_step.startswith("Use head, which is shown to be better")
    failed = arm("head", "linear", 0.56, bias_and_safety="failed")
    assert judged(BASE, RAG, failed, half=0.01).best_arm == "docs"


def test_tuned_must_beat_the_head() -> None:
    """A head that is better refutes a tuned model; where the head itself is not enough, the head is the advice."""
    found = judged(BASE, RAG, HEAD._replace(value=0.61), arm("mine", "tuned", 0.64), half=0.02)
    assert found.answer == "worth_it"
    close = judged(
        BASE, RAG, HEAD._replace(value=0.6, bias_and_safety="not_run"), arm("mine", "tuned", 0.63), half=0.04
    )
    assert close.answer == "not_shown_yet"
    worse = judged(BASE, RAG, HEAD._replace(value=0.9, bias_and_safety="failed"), MINE)
    assert worse.answer == "not_worth_it"
    assert "linear head" in worse.why or "bias" in worse.why


def test_the_run_itself_may_prove_nothing() -> None:
    """An early end, no items, no arm to prove or to beat."""
    assert "ended early" in judged(BASE, MINE, is_partial=True).why
    for found in (
        judged(BASE, MINE, items=0),
        judged(BASE, MINE._replace(forgetting="failed"), items=0),
        judged(BASE),
        judged(MINE),
        judged(),
        verdict(evidence([BASE, MINE])._replace(comparisons=()), RULES),
    ):
        assert found.answer == "not_shown_yet"
        assert found.next_step


def test_other_metrics_do_not_decide() -> None:
    """Comparisons by another metric may stand beside those of the primary one."""
    run = evidence([BASE, RAG, MINE])
    other = [item._replace(metric="macro_f1", p_adjusted=0.9, low=-0.1) for item in run.comparisons]
    assert verdict(run._replace(comparisons=[*run.comparisons, *other]), RULES).answer == "worth_it"
    assert verdict(run._replace(comparisons=other), RULES).answer == "not_shown_yet"


ARMS = st.tuples(
    st.floats(0, 1),
    *[st.sampled_from(["passed", "failed", "not_shown", "not_run", "does_not_apply"])] * 2,
    st.sampled_from(
        [None, Money(None), Money(Decimal(5)), Money(Decimal(5), Decimal(3)), Money(Decimal(2), Decimal(3))]
    ),
    st.sampled_from([None, Decimal(0), Decimal("0.1"), Decimal(2)]),
)


def drawn(name: str, kind: str, of: tuple[Any, ...]) -> ProvenArm:
    """An arm of drawn parts."""
    value, forgetting, bias, money, usd = of
    cost = FREE._replace(usd_total=usd, usd_per_correct=usd)
    return ProvenArm(name, kind, value, cost, forgetting, bias, money)


@given(ARMS, ARMS, ARMS, st.floats(0.001, 0.4), st.booleans(), st.data())
@settings(max_examples=80, deadline=None)
def test_evidence_in_favour_never_speaks_against(
    base: tuple[Any, ...], head: tuple[Any, ...], mine: tuple[Any, ...], half: float, partial: bool, data: Any
) -> None:
    """A better tuned arm, a passed gate, a pay-back, a lower price, a finished run: the verdict does not fall."""
    others = [drawn("base", "model", base), drawn("head", "linear", head)]
    ours = drawn("mine", "tuned", mine)
    before = verdict(evidence([*others, ours], half, is_partial=partial), RULES)
    favour = data.draw(
        st.sampled_from(
            [
                {"value": min(1.0, ours.value + 0.1)},
                {"forgetting": "passed"},
                {"bias_and_safety": "passed"},
                {"money": Money(Decimal(1))},
                {"cost": FREE},
            ]
        )
    )
    after = verdict(evidence([*others, ours._replace(**favour)], half, is_partial=partial), RULES)
    assert RANKS[after.answer] >= RANKS[before.answer]
    finished = verdict(evidence([*others, ours], half), RULES)
    assert RANKS[finished.answer] >= RANKS[before.answer]


@given(st.floats(0, 1), st.floats(0.001, 0.5))
def test_a_tie_is_never_worth_it(value: float, half: float) -> None:
    """Whatever else is in favour."""
    paid = Money(Decimal(1))
    found = judged(arm("base", "model", value), arm("mine", "tuned", value, money=paid), half=half)
    assert found.answer != "worth_it"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{arm} lost", "{arms} lost", "arm"),
        ("  money:\n", "  moneys:\n", "money"),
        ("value: 0.2,", "value: 2,", "from 0 to 1"),
        ("source: [holm_1979]", "source: [holm_1978]", "holm_1979"),
        ("texts:\n", "texts:\n  more: x\n", "no field more"),
        ("{arm} lost", "{arm lost", "braces"),
    ],
)
def test_mistakes_in_the_rules_are_named(old: str, new: str, message: str) -> None:
    """With the place."""
    text = (content("rules") / "verdict.yaml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(RuleBookError, match=message) as raised:
        build_verdict_rules(read(text.replace(old, new, 1), "verdict.yaml"), ["M-E4", "M-E5"])
    assert "verdict.yaml:" in str(raised.value)
