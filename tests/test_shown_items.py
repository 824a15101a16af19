"""Items as judges and experts see them."""

from __future__ import annotations

from advisor.dataset.conversation import said
from advisor.evaluation.item import Item
from advisor.evaluation.shown_items import question_of

ITEMS = [
    Item("L1", [said("system", "Be brief."), said("user", "Why E7?")], "The filter."),
    Item("L2", [said("user", "Hi"), said("assistant", "Yes?"), said("user", "And E8?")], ""),
]


def test_the_question_is_shown_without_instructions() -> None:
    """One turn as it stands, several with their roles."""
    assert question_of(ITEMS[0]) == "Why E7?"
    assert question_of(ITEMS[1]) == "user: Hi\n\nassistant: Yes?\n\nuser: And E8?"
