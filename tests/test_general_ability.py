"""General ability before and after: exact grading, paired intervals by hand, and what the gate says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.dataset.conversation import Message
from advisor.errors import HostError, RuleBookError
from advisor.evaluation.before_and_after import Verdict, change, gate, paired_difference, share_gate, together
from advisor.evaluation.estimate import share
from advisor.evaluation.general_ability import (
    AbilityReply,
    ask_suite,
    chosen,
    compare_abilities,
    last_number,
)
from advisor.evaluation.probe_rules import load_ability_suite
from advisor.files import content

SUITE = load_ability_suite()
OPTIONS = ["iron", "no", "not known", "the Sun"]


def replies(wrong: Sequence[int] = (), failed: Sequence[int] = ()) -> list[AbilityReply]:
    """The whole suite right but for some items."""
    return [
        AbilityReply(item.id, "", place not in wrong and place not in failed, "gone" if place in failed else None)
        for place, item in enumerate(SUITE.items)
    ]


def test_the_suite_is_whole() -> None:
    """Sixty items of six kinds with own ids, and every one can be answered: none is right about nothing."""
    assert len(SUITE.items) == 60 and len({item.id for item in SUITE.items}) == 60
    assert {item.kind for item in SUITE.items} == set(SUITE.kinds) and len(SUITE.kinds) == 6
    assert not any(item.is_right("") or item.is_right("I do not know, sorry") for item in SUITE.items)


def test_each_item_has_a_right_answer_among_what_it_shows() -> None:
    """Of every choice exactly one letter is right, and the letters of the right ones are spread."""
    letters = []
    for item in SUITE.items:
        if "letter alone" in item.ask:
            right = [letter for letter in "ABCD" if item.is_right(letter)]
            assert len(right) == 1, item.id
            letters += right
    assert all(letters.count(letter) >= 4 for letter in "ABCD")


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("A", "iron"), ("a", "iron"), ("A)", "iron"), ("(B)", "no"), ("C.", "not known"), ("**D**", "the Sun"),
        ("The answer is D.", "the Sun"), ("Answer: A", "iron"), ("D) the Sun", "the Sun"), ("iron", "iron"),
        ("It is the Sun.", "the Sun"), ("No.", "no"), ("Not known", "not known"),
        ("A) the Sun", None), ("A) iron\n\nThe correct answer is B.", "iron"),
        ("E", None), ("A dog", None), ("I think so", None), ("iron or the Sun", None), ("", None),
    ],
)  # fmt: skip
def test_what_a_reply_chooses(text: str, option: str | None) -> None:
    """By letter or in full; an article is no letter, and two options are none."""
    assert chosen(text, OPTIONS) == option


@pytest.mark.parametrize(
    ("text", "number"),
    [("85", 85), ("38 + 47 = 85.", 85), ("-3", -3), ("1,234 metres", 1234), ("about 2.5", 2.5), ("none", None)],
)
def test_the_last_number(text: str, number: float | None) -> None:
    """With or without thousands."""
    assert last_number(text) == number


def test_newcombe_by_hand() -> None:
    """His own example (1998, table III): 36, 12, 2, 0 gives 0.20 with 0.0569 to 0.3404."""
    found = paired_difference(36, 12, 2, 0)
    assert found.value == pytest.approx(0.2)
    assert (found.low or 0, found.high or 0) == pytest.approx((0.0569, 0.3404), abs=5e-5)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_a_change_and_its_reverse(pairs: list[tuple[bool, bool]]) -> None:
    """The loss is within its interval, the reverse is its negative, the test is binomial."""
    from scipy.stats import binomtest

    before, after = [one for one, _ in pairs], [two for _, two in pairs]
    found, reverse = change(before, after), change(after, before)
    value, low, high, items = found.loss
    assert value is not None and low is not None and high is not None and items == len(pairs)
    assert -1 - 1e-9 <= low <= value + 1e-9 and value - 1e-9 <= high <= 1 + 1e-9
    assert reverse.loss.value == pytest.approx(-value) and reverse.loss.low == pytest.approx(-high)
    assert found.p_value == pytest.approx(
        binomtest(found.lost, found.lost + found.gained).pvalue if found.lost + found.gained else 1
    )


@pytest.mark.parametrize(
    ("lost", "gained", "state"), [(0, 0, "passed"), (1, 0, "passed"), (3, 1, "not_shown"), (9, 1, "failed")]
)
def test_the_gate_claims_nothing_that_is_not_shown(lost: int, gained: int, state: str) -> None:
    """Sixty items of which fifty were right: one flip passes, three are neither, nine are a loss."""
    before = [True] * 50 + [False] * 10
    after = [False] * lost + [True] * (50 - lost) + [True] * gained + [False] * (10 - gained)
    verdict = gate(change(before, after), 0.1, 20, "general ability")
    assert verdict.state == state and f"{lost} lost" in verdict.why


def test_a_base_that_knows_little_has_little_to_lose() -> None:
    """Right on ten of sixty: nothing is shown, even where nothing changed."""
    verdict = gate(change([True] * 10 + [False] * 50, [True] * 10 + [False] * 50), 0.1, 20, "general ability")
    assert verdict.state == "not_shown" and "too little" in verdict.why


def test_shares_and_verdicts_together() -> None:
    """Failed before not shown before passed; what does not apply decides nothing unless nothing applies."""
    states = [share_gate(share(hits, 100), 0.1, "x").state for hits in (0, 8, 30)]
    assert states == ["passed", "not_shown", "failed"]
    passed, open_, no = Verdict("passed", "p"), Verdict("not_shown", "n"), Verdict("does_not_apply", "d")
    assert together([passed, no]) == passed and together([passed, open_, no]) == open_
    assert together([open_, Verdict("failed", "a"), Verdict("failed", "b")]) == Verdict("failed", "a; b")
    assert together([no]) == no and together([]).state == "not_shown"


def test_a_model_that_forgets_is_found_out() -> None:
    """A whole kind is lost: the gate fails, the kind and the items are named."""
    lost = [place for place, item in enumerate(SUITE.items) if item.kind == "translation"]
    found = compare_abilities(SUITE, replies(), replies(lost))
    assert found.verdict.state == "failed" and len(found.lost) == 10
    assert found.by_kind["translation"].after.value == 0 and found.by_kind["logic"].lost == 0
    assert compare_abilities(SUITE, replies(), replies()).verdict.state == "passed"


def test_failures_decide_nothing() -> None:
    """Failed items count as wrong, are counted apart, and neither hide a loss nor make one."""
    found = compare_abilities(SUITE, replies(), replies(failed=range(12)))
    assert found.verdict.state == "not_shown" and found.failed_after == 12 and len(found.lost) == 12
    assert compare_abilities(SUITE, replies(failed=[1]), replies()).verdict.state == "not_shown"


def test_a_model_is_asked_every_item_on_its_own() -> None:
    """A host that fails on one item does not stop the rest."""
    asked = []

    def ask(messages: Sequence[Message]) -> str:
        asked.append(messages)
        if len(asked) == 2:
            raise HostError("busy")
        return "A"

    said = ask_suite(ask, SUITE)
    assert len(said) == len(asked) == 60 and all(len(messages) == 1 for messages in asked)
    assert said[1].failed == "busy" and not said[1].right and any(reply.right for reply in said)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("number: 85,", "number: 85, word: [x],", "one of options, number, word and pattern"),
        ("answer: Paris", "answer: Lyon", "no option named Lyon"),
        ("id: difference", "id: sum", "used twice"),
        ("'RIVER\\.?'", "'RIVER('", "no pattern"),
        ("most_loss: 0.10", "most_loss: 10", "between 0 and 1"),
        ("source: [format_first]", "source: [nobody]", "no source named nobody"),
    ],
)
def test_mistakes_in_an_own_suite_are_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    """With file and line."""
    text = (content("rules") / "general_ability.yaml").read_text()
    assert old in text
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(RuleBookError, match=says) as error:
        load_ability_suite(path)
    assert re.search(r"mine\.yaml:\d+", str(error.value))
