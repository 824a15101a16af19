"""Retrieval is scored as by hand and as scikit-learn scores it."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from advisor.evaluation.chunks import Chunk
from advisor.evaluation.retrieval_scores import gold_source, hit_at, ndcg_at, ranked_sources, reciprocal_rank


def test_by_hand() -> None:
    """Two relevant of four, found at ranks 2 and 4."""
    ranked, relevant = ["a", "b", "c", "d"], {"b", "d"}
    assert (hit_at(ranked, relevant, 1), hit_at(ranked, relevant, 2)) == (0, 1)
    assert reciprocal_rank(ranked, relevant) == 0.5
    gained = 1 / math.log2(3) + 1 / math.log2(5)
    assert ndcg_at(ranked, relevant, 5) == pytest.approx(gained / (1 + 1 / math.log2(3)))
    assert ndcg_at(ranked, relevant, 3) == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))
    assert (hit_at([], relevant, 5), reciprocal_rank([], relevant), ndcg_at(ranked, set(), 5)) == (0, 0, 0)


def test_ndcg_against_scikit_learn() -> None:
    """On random rankings of all documents."""
    from sklearn.metrics import ndcg_score

    rng = random.Random(0)
    for _ in range(100):
        count = rng.randint(2, 12)
        order = rng.sample(range(count), count)
        relevant = set(rng.sample(range(count), rng.randint(1, count)))
        truth = np.array([[float(number in relevant) for number in range(count)]])
        scores = np.zeros((1, count))
        scores[0, order] = np.arange(count, 0, -1)
        k = rng.randint(1, count)
        found = ndcg_at([str(number) for number in order], {str(number) for number in relevant}, k)
        assert found == pytest.approx(ndcg_score(truth, scores, k=k))


def test_sources_of_chunks() -> None:
    """Hits are counted on documents, or on headings where the gold names one; each once."""
    chunks = [
        Chunk("a.md#x~1", "a.md", ("Top", "X y"), "1"),
        Chunk("a.md#x~2", "a.md", ("Top", "X y"), "2"),
        Chunk("sub/b.md#~1", "sub/b.md", (), "3"),
        Chunk("a.md#z~1", "a.md", ("Top", "Z"), "4"),
    ]
    assert ranked_sources(chunks, {"sub/b.md"}) == ["a.md", "sub/b.md"]
    assert ranked_sources(chunks, {gold_source("./a.md#Z")}) == ["a.md#x-y", "sub/b.md", "a.md#z"]
    assert ranked_sources(chunks, {gold_source("a.md#Top")}) == ["a.md#top", "sub/b.md"]
    assert gold_source("sub\\b.md") == "sub/b.md" and gold_source("a.md#") == "a.md"
