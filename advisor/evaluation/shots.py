"""Examples for a prompt: training rows like the question, and unlike each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from advisor.evaluation.chunks import Chunk
from advisor.evaluation.prompting import Shot
from advisor.evaluation.retrieval_vote import Example
from advisor.evaluation.search_index import SearchIndex

_CANDIDATES: Final = 24
_LIKENESS: Final = 0.7  # weight of being like the question against being unlike the others (Carbonell, Goldstein 1998)


class ShotPicker:
    """Maximal marginal relevance over the training rows."""

    def __init__(self, rows: Sequence[Example]) -> None:
        """`rows` are the training rows."""
        self._rows = {row.id: row for row in rows}
        self._words = {row.id: frozenset(row.question.lower().split()) for row in rows}
        self._index = SearchIndex([Chunk(row.id, row.id, (), row.question) for row in rows])

    def pick(self, questions: Sequence[str], most: int) -> list[tuple[Shot, ...]]:
        """At most `most` examples for each question, the most like it last, where models heed them most."""
        return [
            self._picked({hit.chunk.id: hit.score for hit in found.hits}, most)
            for found in self._index.search(questions, max(_CANDIDATES, most))
        ]

    def _picked(self, scores: dict[str, float], most: int) -> tuple[Shot, ...]:
        best = max(scores.values(), default=0.0) or 1.0
        chosen: list[str] = []
        left = list(scores)
        while left and len(chosen) < most:
            found = max(
                left, key=lambda one: _LIKENESS * scores[one] / best - (1 - _LIKENESS) * self._near(one, chosen)
            )
            chosen.append(found)
            left.remove(found)
        return tuple(Shot(self._rows[one].question, self._rows[one].answer) for one in reversed(chosen))

    def _near(self, row: str, chosen: Sequence[str]) -> float:
        """The greatest overlap of words with a row that was chosen."""
        mine = self._words[row]
        return max((len(mine & self._words[one]) / max(1, len(mine | self._words[one])) for one in chosen), default=0.0)
