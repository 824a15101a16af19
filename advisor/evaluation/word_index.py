"""Exact search by words: BM25 weights (Robertson and Zaragoza 2009) in a sparse matrix, top hits in batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.evaluation.search_terms import Terms, terms_of

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

K1: Final = 1.5  # how soon more of the same word says no more
B: Final = 0.75  # how much a long text is held back
HEADING_WEIGHT: Final = 2  # a word of a heading counts as so many of the text
_BATCH: Final = 64  # queries


class Ranking(NamedTuple):
    """The best texts for one query: their numbers, best first, and scores. Equal scores stand in order of number."""

    numbers: NDArray[np.int64]
    scores: NDArray[np.float32]


class WordIndex:
    """Texts, each with the words of its headings, by their terms."""

    def __init__(self, texts: Sequence[str], headings: Sequence[str] = (), terms: Terms | None = None) -> None:
        self.terms = terms or terms_of(texts)
        indices, starts, self._numbers = _counted(texts, headings, self.terms)
        self.idf, self._postings = _weighed(indices, starts, len(self._numbers))
        self.size = len(texts)
        # A word that stands nowhere counts as one that stands once, or in few texts it would outweigh all others.
        self.unknown_idf = float(np.log1p(max(self.size - 0.5, 0.5) / 1.5))

    def search(self, queries: Sequence[str], most: int) -> list[Ranking]:
        """At most `most` texts for each query, those with a term in common only."""
        asked = [self.known(query) for query in queries]
        return [
            ranking
            for begin in range(0, len(asked), _BATCH)
            for ranking in self._batch(asked[begin : begin + _BATCH], most)
        ]

    def known(self, query: str) -> list[int]:
        """The numbers of the query's terms that some text has."""
        numbers = self._numbers
        return [numbers[term] for term in self.terms.asked(query) if term in numbers]

    def idf_of(self, term: str) -> float:
        """How much a term tells: the rarer, the more."""
        number = self._numbers.get(term)
        return self.unknown_idf if number is None else float(self.idf[number])

    def coverage(self, query: str, texts: Sequence[int]) -> NDArray[np.float64]:
        """For each of the texts the share of the query's weight (idf) that its terms make up, from 0 to 1."""
        asked = self.terms.asked(query)
        known = self.known(query)
        whole = float(self.idf[known].sum()) + self.unknown_idf * (len(asked) - len(known))
        covered = np.zeros(len(texts))
        wanted = np.asarray(texts, np.int64)
        for term in known:
            row = self._postings.indices[self._postings.indptr[term] : self._postings.indptr[term + 1]]
            places = np.minimum(np.searchsorted(row, wanted), len(row) - 1)
            covered += self.idf[term] * (row[places] == wanted)
        return covered / whole if whole else covered

    def _batch(self, asked: Sequence[Sequence[int]], most: int) -> list[Ranking]:
        from scipy.sparse import csr_matrix

        ends = np.cumsum([0, *map(len, asked)])
        terms = np.fromiter(chain.from_iterable(asked), np.int32, int(ends[-1]))
        queries = csr_matrix((np.ones(len(terms), np.float32), terms, ends), (len(asked), self._postings.shape[0]))
        found = queries @ self._postings
        return [
            top(found.data[begin:end], found.indices[begin:end], most)
            for begin, end in zip(found.indptr, found.indptr[1:], strict=False)
        ]


def top(scores: NDArray[np.float32], numbers: NDArray[np.integer], most: int) -> Ranking:
    """The `most` best of texts with their numbers."""
    if len(scores) > most:
        least = np.partition(scores, -most)[-most]
        kept = scores >= least
        scores, numbers = scores[kept], numbers[kept]
    order = np.lexsort((numbers, -scores))[:most]
    return Ranking(numbers[order].astype(np.int64), scores[order].astype(np.float32))


def _counted(
    texts: Sequence[str], headings: Sequence[str], terms: Terms
) -> tuple[NDArray[np.int32], NDArray[np.int64], dict[str, int]]:
    """Numbers of the terms of all texts, one after the other, where each text begins, and the numbers of the terms."""
    words: defaultdict[str, int] = defaultdict()
    words.default_factory = words.__len__
    number = words.__getitem__
    found: list[NDArray[np.int32]] = []
    for place, text in enumerate(texts):
        here = terms.words(text)
        if headings:
            here += terms.words(headings[place]) * HEADING_WEIGHT
        found.append(np.fromiter(map(number, here), np.int32, len(here)))
    stems: defaultdict[str, int] = defaultdict()
    stems.default_factory = stems.__len__
    stem_of = np.fromiter(map(stems.__getitem__, terms.stems(list(words))), np.int32, len(words))
    indices = stem_of[np.concatenate(found)] if found else np.zeros(0, np.int32)
    return indices, np.cumsum([0, *map(len, found)], dtype=np.int64), dict(stems)


def _weighed(
    indices: NDArray[np.int32], starts: NDArray[np.int64], width: int
) -> tuple[NDArray[np.float32], csr_matrix]:
    """The idf of each term, and the BM25 weights as (terms, texts)."""
    from scipy.sparse import csr_matrix

    counts = csr_matrix((np.ones(len(indices), np.float32), indices, starts), (len(starts) - 1, width))
    counts.sum_duplicates()
    lengths = np.diff(starts)
    mean = max(1.0, float(lengths.mean()) if len(lengths) else 1.0)
    texts_with = np.bincount(counts.indices, minlength=width)
    idf = np.log1p((len(lengths) - texts_with + 0.5) / (texts_with + 0.5)).astype(np.float32)
    held_back = np.repeat((K1 * (1 - B + B * lengths / mean)).astype(np.float32), np.diff(counts.indptr))
    counts.data = idf[counts.indices] * counts.data * (K1 + 1) / (counts.data + held_back)
    postings = counts.T.tocsr()
    postings.sort_indices()
    return idf, postings
