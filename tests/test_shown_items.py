"""Items and replies as judges and experts see them."""

from __future__ import annotations

from advisor.dataset.conversation import said
from advisor.evaluation.item import Item, Reply
from advisor.evaluation.shown_items import ballot_items, judged_answers, judged_pairs, question_of

ITEMS = [
    Item("L1", [said("system", "Be brief."), said("user", "Why E7?")], "The filter."),
    Item("L2", [said("user", "Hi"), said("assistant", "Yes?"), said("user", "And E8?")], ""),
]
REPLIES = {
    "base": {"L1": Reply("L1", "No idea.", 1.0), "L2": Reply("L2", "", 1.0, error="timeout")},
    "rag": {"L1": Reply("L1", "The filter.", 1.0, chunks=("b", "a", "gone"))},
}


def test_the_question_is_shown_without_instructions() -> None:
    """One turn as it stands, several with their roles."""
    assert question_of(ITEMS[0]) == "Why E7?"
    assert question_of(ITEMS[1]) == "user: Hi\n\nassistant: Yes?\n\nuser: And E8?"


def test_every_arm_stands_on_the_ballot() -> None:
    """An arm that failed or is missing has an empty answer; documents are those of all arms, known ones alone."""
    first, second = ballot_items(ITEMS, REPLIES, {"a": "E7: filter", "b": "E8: valve"})
    assert first.answers == {"base": "No idea.", "rag": "The filter."} and first.documents == (
        "E7: filter",
        "E8: valve",
    )
    assert second.answers == {"base": "", "rag": ""} and second.expected is None


def test_what_a_judge_is_given() -> None:
    """Each answer for the rubric, and both of a pair in the order of the arms."""
    assert [(one.item, one.arm, one.answer) for one in judged_answers(ITEMS, REPLIES)] == [
        ("L1", "base", "No idea."),
        ("L2", "base", ""),
        ("L1", "rag", "The filter."),
        ("L2", "rag", ""),
    ]
    pair = next(judged_pairs(ITEMS, REPLIES, "rag", "base"))
    assert pair.arms == ("rag", "base") and pair.answers == ("The filter.", "No idea.") and pair.golden == "The filter."
