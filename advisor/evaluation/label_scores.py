"""Answers read as labels: which label each says, the confusion matrix, macro precision, recall and F1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.evaluation.measure import Measure, Values

OUTSIDE: Final = "(no label)"
EMPTY: Final = "(no answer)"
_AROUND: Final = " \t\r\n\"'`*.“”‘’«»"


class Confusion(NamedTuple):
    """`counts[row][column]`: how often `answered[row]` was said where `expected[column]` was right.

    `answered` is `expected`, then OUTSIDE for what is no label, then EMPTY for no answer at all.
    """

    answered: tuple[str, ...]
    expected: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class LabelSet:
    """The labels of a task, and how an answer is read as one of them."""

    def __init__(self, labels: Iterable[str]) -> None:
        self.names: Final = tuple(sorted({label.strip() for label in labels}))
        self._places = {label: place for place, label in enumerate(self.names)}
        plain = Counter(map(_plain, self.names))
        # C and c may be two labels: then only the very letters count.
        self._plain = {_plain(label): place for label, place in self._places.items() if plain[_plain(label)] == 1}

    def read(self, answer: str) -> int:
        """The place of the label that `answer` says, aside from case, spaces, quotes and a final dot.

        `len(names)` for anything else, `len(names) + 1` for nothing.
        """
        stripped = answer.strip()
        if not stripped:
            return len(self.names) + 1
        place = self._places.get(stripped)
        return self._plain.get(_plain(stripped), len(self.names)) if place is None else place


class LabelScores(NamedTuple):
    """`said` and `wanted` are places in the label set, one for each item."""

    labels: LabelSet
    said: NDArray[np.intp]
    wanted: NDArray[np.intp]

    def right(self) -> Values:
        """1 where the label is right, else 0."""
        return np.asarray(self.said == self.wanted, np.float64)

    def confusion(self) -> Confusion:
        """Every answer is in it, also those that are no label."""
        names = self.labels.names
        counts = np.zeros((len(names) + 2, len(names)), np.int64)
        np.add.at(counts, (self.said, self.wanted), 1)
        return Confusion((*names, OUTSIDE, EMPTY), names, tuple(tuple(map(int, row)) for row in counts))

    def macro_measures(self) -> tuple[Measure, Measure, Measure]:
        """Macro precision, recall and F1 over the labels that are expected or said; 0 where one is undefined.

        The same as scikit-learn's with these labels; in a resample only the labels that occur in it count.
        """
        sums, right = self._sums(), self.right()
        size = len(self.labels.names)

        def macro(score: Callable[[Values, Values, Values], Values]) -> Callable[[Values], Values]:
            def value_of(totals: Values) -> Values:
                wanted, said, hits = (totals[:, place * size : (place + 1) * size] for place in range(3))
                occur = (wanted + said) > 0
                total: Values = np.where(occur, score(wanted, said, hits), 0.0).sum(axis=1)
                return np.asarray(total / np.maximum(1, occur.sum(axis=1)))

            return value_of

        return (
            Measure("macro_precision", right, sums, macro(lambda _, said, hits: _share(hits, said)), binary=False),
            Measure("macro_recall", right, sums, macro(lambda wanted, _, hits: _share(hits, wanted)), binary=False),
            Measure(
                "macro_f1",
                right,
                sums,
                macro(lambda wanted, said, hits: _share(2 * hits, wanted + said)),
                binary=False,
            ),
        )

    def _sums(self) -> Any:
        """Items x 3 labels: 1 for the label wanted, the label said, and the label said rightly; sparse."""
        from scipy.sparse import csr_matrix

        size, rows = len(self.labels.names), np.arange(len(self.said))
        known, right = self.said < size, self.said == self.wanted
        places = np.concatenate([self.wanted, size + self.said[known], 2 * size + self.said[right]])
        of_item = np.concatenate([rows, rows[known], rows[right]])
        return csr_matrix((np.ones(len(places), np.float32), (of_item, places)), (len(rows), 3 * size))


def label_scores(said: Sequence[str], wanted: Sequence[str], labels: Iterable[str] = ()) -> LabelScores:
    """Answers beside the golden labels; `labels` are further ones that could be said, as in the training rows."""
    known = LabelSet([*wanted, *labels])
    return LabelScores(
        known,
        np.array([known.read(answer) for answer in said], np.intp),
        np.array([known.read(answer) for answer in wanted], np.intp),
    )


def _plain(label: str) -> str:
    return " ".join(label.casefold().split()).strip(_AROUND)


def _share(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
