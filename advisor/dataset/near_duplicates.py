"""Near duplicates: rows whose inputs share most word pairs and whose answers are the same or nearly so.

Every candidate is compared exactly, so that no pair is reported by chance. Word pairs that stand in many rows,
such as an instruction that every prompt repeats, are no evidence and are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from advisor.dataset.near_candidates import LEAST_WORDS, SHORT, candidates
from advisor.dataset.row_words import RowWords, pair_set

if TYPE_CHECKING:
    from advisor.dataset.duplicates import Duplicates
    from advisor.dataset.row_words import Rows

LEAST_SHARED: Final = 0.65  # Jaccard index of the word pairs of two inputs, and of two answers
_WORDS_OF_A_CHANGE: Final = 10  # from this length on, one changed word makes a near duplicate whatever the answer
_TELLING_ANSWER: Final = 5  # words; an answer this long that is the same says that two inputs ask the same


class NearPair(NamedTuple):
    """A row that nearly repeats an earlier one: the lines of both, and the share of word pairs in common."""

    line: int
    earlier: int
    shared: float

    def detail(self) -> str:
        """What a report says of it."""
        if self.shared == 1:
            return f"the same words as line {self.earlier}"
        return f"nearly the same as line {self.earlier} ({self.shared:.0%} of the word pairs)"


def find_near_pairs(file: Duplicates, settled: Collection[int]) -> Iterator[NearPair]:
    """Near duplicates in one file; rows whose positions are in `settled` are named by others but not listed."""
    if len(file.lines) < 2:
        return
    rows = RowWords(file)
    earlier, later = candidates(rows)
    wanted = ~np.isin(later, np.fromiter(settled, np.int64, len(settled)))
    yield from _verified(rows, earlier[wanted], later[wanted])


def find_pairs_between(train: Duplicates, test: Duplicates) -> Iterator[NearPair]:
    """Rows of `train` that nearly repeat a row of `test`; `earlier` is a line of the test file."""
    if not train.lines or not test.lines:
        return
    rows = RowWords(test, train)
    earlier, later = candidates(rows)
    across = (earlier < len(test.lines)) & (later >= len(test.lines))
    yield from _verified(rows, earlier[across], later[across])


def _verified(rows: RowWords, earlier: Rows, later: Rows) -> Iterator[NearPair]:
    """The pairs that are near duplicates, for each later row the first; pairs come sorted by the later row."""
    done = -1
    for row, other in zip(later.tolist(), earlier.tolist(), strict=True):
        if row == done:
            continue
        shared = _shared(rows, other, row)
        if shared is not None:
            done = row
            yield NearPair(int(rows.lines[row]), int(rows.lines[other]), shared)


def _shared(rows: RowWords, first: int, second: int) -> float | None:
    """The share of word pairs in common when two rows are near duplicates, else None."""
    answer = rows.answer(first)
    answers_equal = np.array_equal(answer, rows.answer(second))
    if not answers_equal and jaccard(pair_set(answer), pair_set(rows.answer(second))) < LEAST_SHARED:
        return None
    telling_answer = min(len(answer), len(rows.answer(second))) >= _TELLING_ANSWER
    if rows.systems[first] != rows.systems[second] and not telling_answer:
        return None
    one, other = rows.input(first), rows.input(second)
    if np.array_equal(one, other):
        return 1.0 if answers_equal else None  # the same input with another answer is a conflict
    shared = jaccard(rows.telling_pairs(first), rows.telling_pairs(second))
    if min(len(one), len(other)) >= _WORDS_OF_A_CHANGE and shared >= LEAST_SHARED:
        return shared
    least = LEAST_WORDS if telling_answer else _WORDS_OF_A_CHANGE
    if least <= min(len(one), len(other)) <= SHORT and answers_equal and one_word_apart(one.tolist(), other.tolist()):
        return jaccard(pair_set(one), pair_set(other))
    return None


def jaccard(one: Set[object], other: Set[object]) -> float:
    """Size of the intersection over the size of the union; 0 for two empty sets."""
    return len(one & other) / len(one | other) if one or other else 0.0


def one_word_apart(one: list[int], other: list[int]) -> bool:
    """Whether one word changed, added or left out makes `one` of `other`."""
    if abs(len(one) - len(other)) > 1:
        return False
    front = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    rest, other_rest = one[front:], other[front:]
    return rest[1:] == other_rest[1:] or rest == other_rest[1:] or rest[1:] == other_rest
