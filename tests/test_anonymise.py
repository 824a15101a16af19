"""Tokens for personal data and secrets: the same for the same, and stable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.dataset.anonymise import TOKENS, anonymise
from advisor.dataset.personal import KINDS

PIECES = [
    "My name is Anna Schmidt. ",
    "Dear Mr Brown, ",
    "a.b@example.org",
    "203.0.113.9",
    "1.2.3.4",
    "4111 1111 1111 1111",
    "415-555-2671",
    "123-45-6789",
    "DE89 3704 0044 0532 0130 00",
    " born on 1987-03-02 ",
    "password: hV7$kk2Lq! ",
    " Anna ",
    "Hauptstraße 12, 10115 Berlin",
    "12 Baker St, Springfield, IL 62704",
    "call me at ",
    "[PERSON]",
    "[EMAIL_2]",
    "[",
    "]",
    "\n",
    " ",
    ".",
    "9",
    "x",
    "_",
    "\u200b",
]
texts = st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), max_size=3)


@given(texts)
def test_anonymising_twice_changes_nothing(row: list[str]) -> None:
    """What is anonymous stays as it is."""
    once = anonymise(row)
    again = anonymise(once.texts)
    assert again.texts == once.texts
    assert again.changes == ()


@given(texts)
def test_texts_stay_in_number_and_clean_ones_untouched(row: list[str]) -> None:
    """One text comes back for each; without a change they are the same."""
    result = anonymise(row)
    assert len(result.texts) == len(row)
    changed = {change.text for change in result.changes}
    assert all(result.texts[number] == text for number, text in enumerate(row) if number not in changed)


def test_people_are_told_apart_and_found_again_without_context() -> None:
    """The second person gets a number; a name found once is replaced wherever it stands."""
    result = anonymise(["My name is Anna Schmidt. Dear Mr Brown, call Anna Schmidt.", "Anna told Brown. ANNA SCHMIDT"])
    assert result.texts == (
        "My name is [PERSON]. Dear Mr [PERSON_2], call [PERSON].",
        "[PERSON] told [PERSON_2]. [PERSON]",
    )


def test_a_surname_finds_its_person() -> None:
    """Mr Doe is John Doe."""
    assert anonymise(["Dear Mr Doe,", "My name is John Doe."]).texts == ("Dear Mr [PERSON],", "My name is [PERSON].")


def test_the_same_thing_in_another_spelling_gets_the_same_token() -> None:
    """Case of an e-mail and groups of a card do not matter."""
    result = anonymise(["A@B.org a@b.org c@d.org", "4111111111111111 or 4111-1111-1111-1111"])
    assert result.texts == ("[EMAIL] [EMAIL] [EMAIL_2]", "[CARD] or [CARD]")


def test_tokens_that_are_there_already_keep_their_numbers() -> None:
    """A new person is not mixed up with one that was replaced before."""
    assert anonymise(["[PERSON] and [PERSON_3]. My name is Eve Hall."]).texts == (
        "[PERSON] and [PERSON_3]. My name is [PERSON_4].",
    )


def test_only_the_kinds_asked_for_are_replaced() -> None:
    """Dates can stay where only names are to go."""
    result = anonymise(["My name is Eve Hall, born on 1987-03-02."], kinds=["name"])
    assert result.texts == ("My name is [PERSON], born on 1987-03-02.",)
    assert [(change.text, change.kind, change.token) for change in result.changes] == [(0, "name", "[PERSON]")]


@pytest.mark.parametrize("kind", TOKENS)
def test_every_kind_has_a_token(kind: str) -> None:
    """Kinds of personal data and secrets are the keys."""
    assert kind in (*KINDS, "secret")
