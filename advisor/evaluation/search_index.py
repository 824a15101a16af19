"""Searches chunks by words, by vectors, or by both, and says whether anything relevant is among the hits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from advisor.evaluation.chunks import Chunk
from advisor.evaluation.relevance import Evidence, is_relevant
from advisor.evaluation.search_terms import codes_in
from advisor.evaluation.word_index import Ranking, WordIndex, top

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]  # a row for each text, of length 1 or 0

WORDS: Final = "words"
VECTORS: Final = "vectors"
HYBRID: Final = "hybrid"
FUSION_K: Final = 60  # Cormack, Clarke and Büttcher 2009
_FUSED: Final = 100  # hits of each kind that are put together
_BATCH: Final = 64  # queries


class Hit(NamedTuple):
    """A chunk that was found. Scores of one search can be compared, and those of one method only."""

    chunk: Chunk
    score: float


class Found(NamedTuple):
    """The hits for one query, best first. Where nothing is `relevant`, an answer from them must be refused."""

    hits: tuple[Hit, ...]
    evidence: Evidence
    relevant: bool


class SearchIndex:
    """An exact index of chunks, and of their vectors where there are any."""

    def __init__(
        self, chunks: Sequence[Chunk], vectors: Vectors | None = None, least_similarity: float | None = None
    ) -> None:
        """`vectors` has a row for each chunk; `least_similarity` is what counts as relevant, where that is known."""
        self.chunks = tuple(chunks)
        self.words = WordIndex([chunk.text for chunk in chunks], [" ".join(chunk.headings) for chunk in chunks])
        self._vectors = vectors
        self._least_similarity = least_similarity

    def search(
        self, queries: Sequence[str], most: int = 5, *, vectors: Vectors | None = None, method: str = ""
    ) -> list[Found]:
        """At most `most` chunks for each query.

        `vectors` are the queries'. The method is HYBRID where both sides have vectors, else WORDS, unless it is given.
        """
        with_vectors = self._vectors is not None and vectors is not None and len(self.chunks) > 0
        method = method or (HYBRID if with_vectors else WORDS)
        deep = _FUSED if method == HYBRID else most
        by_words = self.words.search(queries, deep) if method != VECTORS else []
        by_vectors: list[Ranking] = []
        if method != WORDS:
            if self._vectors is None or vectors is None:
                raise ValueError(f"{method} needs vectors of the chunks and of the queries")
            by_vectors = nearest(self._vectors, vectors, deep)
        if method == HYBRID:
            rankings = [fused(pair, most) for pair in zip(by_words, by_vectors, strict=True)]
        else:
            rankings = by_words or by_vectors
        return [
            self._found(query, ranking, by_vectors[place] if by_vectors else None)
            for place, (query, ranking) in enumerate(zip(queries, rankings, strict=True))
        ]

    def _found(self, query: str, ranking: Ranking, by_vectors: Ranking | None) -> Found:
        coverage = self.words.coverage(query, ranking.numbers.tolist())
        evidence = Evidence(
            coverage=float(coverage.max(initial=0.0)),
            similarity=float(by_vectors.scores.max(initial=0.0)) if by_vectors else None,
            has_codes=self._has_codes(query, ranking),
        )
        hits = tuple(
            Hit(self.chunks[number], float(score))
            for number, score in zip(ranking.numbers.tolist(), ranking.scores.tolist(), strict=True)
        )
        return Found(hits, evidence, bool(hits) and is_relevant(evidence, self._least_similarity))

    def _has_codes(self, query: str, ranking: Ranking) -> bool:
        """Whether the first chunk has all codes of the query."""
        codes = codes_in(query)
        if not codes or not len(ranking.numbers):
            return False
        chunk = self.chunks[int(ranking.numbers[0])]
        return set(codes) <= set(codes_in(" ".join((*chunk.headings, chunk.text))))


def nearest(vectors: Vectors, queries: Vectors, most: int) -> list[Ranking]:
    """For each query the rows of `vectors` with the greatest product; cosine similarity, since rows have length 1."""
    numbers = np.arange(len(vectors))
    return [
        top(products, numbers, most)
        for begin in range(0, len(queries), _BATCH)
        for products in queries[begin : begin + _BATCH] @ vectors.T
    ]


def fused(rankings: Sequence[Ranking], most: int) -> Ranking:
    """Reciprocal rank fusion: a text's score is the sum of 1 / (60 + its rank) over the rankings that have it."""
    numbers = np.concatenate([ranking.numbers for ranking in rankings])
    shares = np.concatenate([1 / (FUSION_K + 1 + np.arange(len(ranking.numbers))) for ranking in rankings])
    texts, places = np.unique(numbers, return_inverse=True)
    return top(np.bincount(places, shares, len(texts)).astype(np.float32), texts, most)
