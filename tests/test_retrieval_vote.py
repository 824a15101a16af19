"""Answers without a language model: a vote of the nearest rows, and a quote from the documents."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.evaluation.chunks import Chunk, count_words
from advisor.evaluation.quote import REFUSAL, best_passage, quote, shown_sources
from advisor.evaluation.retrieval_vote import Example, RetrievalVote, Vote
from advisor.evaluation.search_index import SearchIndex

ROWS = [
    Example("L1", "battery of the sensor is low", "Power"),
    Example("L2", "battery empty, device off", "Power"),
    Example("L3", "login failed for admin", "Security"),
    Example("L4", "battery driver: login refused", "Security"),
]
HOURS = Chunk(
    "hours.md#hours~1",
    "hours.md",
    ("Shop", "Hours"),
    "The shop has two floors. We open at nine on weekdays.\nOn Sundays we are closed. Parking is free for guests.",
)


def test_vote() -> None:
    """The nearest rows decide by the weight of their likeness; where nothing is alike there is no answer."""
    vote = RetrievalVote(ROWS, 3).answer(["battery low", "zebra"])
    assert vote[0].answer == "Power" and vote[0].rows[0] == "L1" and 0.5 < vote[0].share <= 1
    assert vote[1] == Vote("", 0.0, ())


def test_neighbours_are_chosen_on_validation_rows() -> None:
    """The number that is right most often, and of equals the least."""
    vote = RetrievalVote(ROWS)
    assert vote.choose_neighbours([Example("L9", "sensor battery low", "Power")]) == 1
    noisy = [Example(f"N{n}", "light is on", "Wrong" if n == 0 else "Right") for n in range(5)]
    vote = RetrievalVote(noisy)
    assert vote.choose_neighbours([Example("L9", "light is on", "Right")]) == 3
    assert vote.answer(["the light"])[0].answer == "Right"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("When do you open on weekdays?", "We open at nine on weekdays. [1]"),
        ("Are you closed on Sundays?", "On Sundays we are closed. [1]"),
        ("Is parking free?", "Parking is free for guests. [1]"),
    ],
)
def test_quote(query: str, wanted: str) -> None:
    """The sentence that answers, with its mark."""
    index = SearchIndex([HOURS, Chunk("b.md#~1", "b.md", (), "Cola costs three euros.")])
    assert quote(index, query, index.search([query])[0]) == (wanted, ("hours.md#hours~1",))
    assert shown_sources([HOURS]) == "[1] hours.md, Shop > Hours"


def test_refusal() -> None:
    """Nothing relevant, nothing cited."""
    index = SearchIndex([HOURS])
    query = "Which planet is the largest?"
    assert quote(index, query, index.search([query])[0]) == (REFUSAL, ())


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab .?\n-東", max_size=100), st.integers(1, 12))
def test_passages_are_short_and_literal(text: str, most: int) -> None:
    """A passage stands in its chunk, spaces aside, and keeps within the limit; the same again."""
    index = SearchIndex([Chunk("a#~1", "a", ("H",), text)])
    passage = best_passage(index, "ab a", index.chunks[0], most)
    assert passage == best_passage(index, "ab a", index.chunks[0], most)
    literal = "".join(passage.removesuffix(" …").split())
    assert literal in "".join(text.split()) or (not text.strip() and passage == "H")
    assert len(passage.removesuffix(" …").split(" ")) <= max(most, 1)
    assert count_words(passage) >= 0
