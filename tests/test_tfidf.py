"""TF-IDF weights, held against scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.tuning.tfidf import fit_terms

TEXTS = ["the pump is hot", "The PUMP, the pump!", "Über-Pumpe 9 °C", "", "no word in common", "a", "abc abcd"]
SKLEARN: dict[str, dict[str, Any]] = {
    "words": {"token_pattern": r"\w+", "ngram_range": (1, 2)},
    "characters": {"analyzer": "char_wb", "ngram_range": (3, 5)},
}


def nothing() -> None:
    """No request to stop."""


@pytest.mark.parametrize("kind", SKLEARN)
@given(texts=st.lists(st.text("abc dé.9", max_size=30), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_weights_are_those_of_scikit_learn(kind: str, texts: list[str]) -> None:
    """The matrix of fitted texts, and of new ones, equals that of a TfidfVectorizer with sublinear counts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True, **SKLEARN[kind])
    try:
        expected = vectorizer.fit_transform(texts)
    except ValueError:  # an empty vocabulary, which ours may be
        return
    terms, found = fit_terms(texts, kind, nothing)
    names = vectorizer.get_feature_names_out()
    order = [terms.numbers[name] for name in names]
    assert len(order) == len(terms.numbers)
    np.testing.assert_allclose(found[:, order].toarray(), expected.toarray(), atol=1e-6)
    np.testing.assert_allclose(
        terms.matrix(TEXTS)[:, order].toarray(), vectorizer.transform(TEXTS).toarray(), atol=1e-6
    )


@pytest.mark.parametrize("kind", SKLEARN)
def test_one_text_is_weighed_as_in_the_matrix(kind: str) -> None:
    """The quick way for a single text gives the same weights."""
    terms, matrix = fit_terms(TEXTS, kind, nothing)
    for row, text in zip(matrix.toarray(), TEXTS, strict=True):
        numbers, weights = terms.weigh(text)
        again = np.zeros(len(terms.numbers))
        again[numbers] = weights
        np.testing.assert_allclose(again, row, atol=1e-6)


def test_texts_without_terms_have_no_weight() -> None:
    """Where no text has a word there are no terms, and nothing is divided by zero."""
    terms, matrix = fit_terms(["", "?!"], "words", nothing)
    assert matrix.shape == (2, 0)
    assert terms.weigh("anything")[0].size == 0
