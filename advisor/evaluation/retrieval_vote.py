"""Answers without a language model: the answers of the labelled rows most like the question, weighed by likeness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from advisor.evaluation.chunks import Chunk
from advisor.evaluation.search_index import Found, SearchIndex

if TYPE_CHECKING:
    from advisor.evaluation.search_index import Vectors

NEIGHBOURS: Final = (1, 3, 5, 9, 15, 25)  # numbers that are tried on the validation rows


class Example(NamedTuple):
    """A labelled row: `id` is its line, such as L12."""

    id: str
    question: str
    answer: str


class Vote(NamedTuple):
    """The answer, the share of the weight that is for it, and the rows that voted for it, nearest first.

    The answer is "" and the share 0 where no row is like the question.
    """

    answer: str
    share: float
    rows: tuple[str, ...]


class RetrievalVote:
    """k nearest rows by the same search as documents."""

    def __init__(
        self, rows: Sequence[Example], neighbours: int = NEIGHBOURS[2], vectors: Vectors | None = None
    ) -> None:
        """`vectors` has a row for each question of `rows`, where vectors are used."""
        self.neighbours = neighbours
        self._answers = {row.id: row.answer for row in rows}
        self._index = SearchIndex([Chunk(row.id, row.id, (), row.question) for row in rows], vectors)

    def answer(self, questions: Sequence[str], vectors: Vectors | None = None) -> list[Vote]:
        """A vote for each question; `vectors` are the questions'."""
        return [
            self._vote(found, self.neighbours)
            for found in self._index.search(questions, self.neighbours, vectors=vectors)
        ]

    def choose_neighbours(
        self, validation: Sequence[Example], vectors: Vectors | None = None, most: int = NEIGHBOURS[-1]
    ) -> int:
        """Set and return the number of neighbours that gives most validation rows their answer; of equals the least."""
        found = self._index.search([row.question for row in validation], most, vectors=vectors)
        right = {
            number: sum(
                self._vote(one, number).answer == row.answer for one, row in zip(found, validation, strict=True)
            )
            for number in NEIGHBOURS
            if number <= most
        }
        self.neighbours = max(right, key=lambda number: (right[number], -number))
        return self.neighbours

    def _vote(self, found: Found, neighbours: int) -> Vote:
        weights: dict[str, float] = {}
        hits = found.hits[:neighbours]
        for hit in hits:
            answer = self._answers[hit.chunk.id]
            weights[answer] = weights.get(answer, 0.0) + hit.score
        if not weights:
            return Vote("", 0.0, ())
        best = max(weights, key=weights.__getitem__)  # of equals the one with the nearest row
        rows = tuple(hit.chunk.id for hit in hits if self._answers[hit.chunk.id] == best)
        whole = sum(weights.values())
        return Vote(best, weights[best] / whole if whole else 0.0, rows)
