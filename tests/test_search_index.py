"""Search finds what arithmetic says it must, in the order of the scores, and says when nothing is relevant."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.evaluation.chunks import Chunk
from advisor.evaluation.quote import quote
from advisor.evaluation.relevance import Evidence, is_relevant
from advisor.evaluation.search_index import HYBRID, VECTORS, SearchIndex, fused, nearest
from advisor.evaluation.search_terms import Terms, codes_in, terms_of
from advisor.evaluation.word_index import K1, B, Ranking, WordIndex, top

MENU = [
    Chunk("menu.md#pizza~1", "menu.md", ("Menu", "Pizza"), "name | price\nMargherita | 9.50 EUR\nFunghi | 11.00 EUR"),
    Chunk("menu.md#drinks~1", "menu.md", ("Menu", "Drinks"), "Cola and water are 3 EUR each."),
    Chunk("hours.md#~1", "hours.md", (), "We are open daily from noon until ten. On Mondays the kitchen is closed."),
]


def test_bm25_by_hand() -> None:
    """Three texts, one query: idf times saturated frequency."""
    index = WordIndex(["red red blue", "red", "green"], terms=Terms())
    ranking = index.search(["red"], 5)[0]
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    mean = 5 / 3
    first = idf * 2 * (K1 + 1) / (2 + K1 * (1 - B + B * 3 / mean))
    second = idf * 1 * (K1 + 1) / (1 + K1 * (1 - B + B * 1 / mean))
    assert dict(zip(ranking.numbers.tolist(), ranking.scores.tolist(), strict=True)) == pytest.approx(
        {0: first, 1: second}, rel=1e-5
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abcdef"), max_size=8).map(" ".join), min_size=1, max_size=12),
    st.lists(st.lists(st.sampled_from("abcxyz"), max_size=4).map(" ".join), max_size=5),
    st.integers(1, 4),
)
def test_all_queries_at_once_or_one_by_one(texts: list[str], queries: list[str], most: int) -> None:
    """Batches, cuts and coverage agree with the whole ranking of a single query."""
    index = WordIndex(texts, terms=Terms())
    for query, ranking in zip(queries, index.search(queries, most), strict=True):
        whole = index.search([query], 100)[0]
        assert ranking.numbers.tolist() == whole.numbers.tolist()[:most]
        assert (np.diff(whole.scores) <= 0).all()
        assert set(whole.numbers.tolist()) == {
            place for place, text in enumerate(texts) if set(text.split()) & set(query.split())
        }
        coverage = index.coverage(query, range(len(texts)))
        for share, text in zip(coverage, texts, strict=True):
            asked = set(query.split())
            wanted = sum(index.idf_of(term) for term in asked & set(text.split()))
            every = sum(index.idf_of(term) for term in asked)
            assert share == pytest.approx(wanted / every if every else 0, abs=1e-5)


def test_top_breaks_ties_by_number() -> None:
    """Equal scores stand in the order of the texts, also at the cut."""
    scores = np.array([1, 2, 1, 2, 1], np.float32)
    ranking = top(scores, np.array([5, 4, 3, 2, 1]), 3)
    assert ranking.numbers.tolist() == [2, 4, 1]


def test_fusion_by_hand() -> None:
    """1/61 + 1/62 beats 1/61 alone; both rankings count alike."""
    one = Ranking(np.array([7, 3]), np.array([9, 8], np.float32))
    other = Ranking(np.array([5, 7]), np.array([0.4, 0.3], np.float32))
    ranking = fused([one, other], 3)
    assert ranking.numbers.tolist() == [7, 5, 3]
    assert ranking.scores.tolist() == pytest.approx([1 / 61 + 1 / 62, 1 / 61, 1 / 62])


def test_terms() -> None:
    """Words are stemmed in the texts' language; names are whole and in parts; Japanese is found in pairs."""
    english = Terms("English")
    assert english.asked("How do I pay for deliveries?") == ["pay", "deliveri"]
    assert english.asked("What is it?") == ["what", "is", "it"]  # nothing else was asked
    assert Terms().asked("PyErr_Fetch x x") == ["pyerr_fetch", "x", "pyerr", "fetch"]
    assert Terms().asked("東京都") == ["東京", "京都"]
    german = terms_of(["Die Öffnungszeiten sind auf der Seite und wir haben nicht immer geöffnet"] * 3)
    assert german.language == "German" and german.stems(["öffnungszeiten"]) == german.stems(["öffnungszeit"])


def test_search_and_refusal() -> None:
    """The right chunk is first; a question about something else is not relevant; an empty index has no hits."""
    index = SearchIndex(MENU)
    for query, wanted in (
        ("How much is a Margherita?", MENU[0]),
        ("What do drinks cost?", MENU[1]),
        ("Is the kitchen open on Monday?", MENU[2]),
    ):
        found = index.search([query])[0]
        assert found.hits[0].chunk == wanted and found.relevant, query
    for query in ("Who won the election in Brazil?", "", "???"):
        assert not index.search([query])[0].relevant, query
    assert SearchIndex(()).search(["anything"])[0].hits == ()


def test_vectors() -> None:
    """The nearest by cosine; with words by rank; vectors of both sides are needed."""
    vectors = np.eye(3, dtype=np.float32)
    asked = np.array([[0, 0.6, 0.8]], np.float32)
    index = SearchIndex(MENU, vectors, 0.7)
    found = index.search(["Margherita"], 2, vectors=asked, method=VECTORS)[0]
    assert [hit.chunk for hit in found.hits] == [MENU[2], MENU[1]]
    assert found.evidence.similarity == pytest.approx(0.8) and found.relevant
    both = index.search(["Margherita"], 3, vectors=asked)[0]
    assert both == index.search(["Margherita"], 3, vectors=asked, method=HYBRID)[0]
    assert {hit.chunk for hit in both.hits} == set(MENU) and both.hits[0].chunk == MENU[0]
    with pytest.raises(ValueError, match="needs vectors"):
        SearchIndex(MENU).search(["x"], method=VECTORS)


def test_nearest_agrees_with_sorting() -> None:
    """More queries than go at once."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, 8)).astype(np.float32)
    queries = rng.normal(size=(70, 8)).astype(np.float32)
    for query, ranking in zip(queries, nearest(vectors, queries, 5), strict=True):
        assert ranking.numbers.tolist() == np.argsort(-(vectors @ query))[:5].tolist()


def test_relevance_rule() -> None:
    """By words where no measured floor is known; else by the vectors, or by nearly all words and some likeness."""
    assert is_relevant(Evidence(0.4)) and not is_relevant(Evidence(0.39, 0.9))
    assert is_relevant(Evidence(0.0, 0.36), 0.35) and is_relevant(Evidence(0.8, 0.2), 0.35)
    assert not is_relevant(Evidence(0.5, 0.3), 0.35) and not is_relevant(Evidence(0.8, 0.1), 0.35)


def test_a_code_is_found_and_its_row_quoted() -> None:
    """A row of a table by its code, however the question is put; a code that stands nowhere is refused."""
    table = "code | meaning\nE-01 | sensor drifted\nE-13 | filter spent\nE-130 | drain blocked"
    index = SearchIndex([Chunk("a", "a", (), table), Chunk("b", "b", (), "We sell water monitors of every size.")])
    for question in ("Our monitor stopped with E-13, why?", "The operator reports the code e-13: cause and remedy?"):
        (found,) = index.search([question])
        assert found.relevant and quote(index, question, found).text == "E-13 | filter spent [1]"
    (found,) = index.search(["Our unit shows E-77 today, what would anybody do?"])
    assert not found.relevant and codes_in("HC5000, ISO-9001, 24 h, E-01.") == ["hc5000", "iso-9001", "e-01"]
