"""The words of all rows of one or two files in flat arrays, and their word pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from advisor.dataset.duplicates import Duplicates

    Hashes = np.ndarray[tuple[int], np.dtype[np.uint32]]
    Rows = np.ndarray[tuple[int], np.dtype[np.int64]]

_COMMON_SHARE: Final = 0.1  # of the rows: word pairs in more of them are no evidence that two rows are alike
_FEWEST_COMMON: Final = 20  # rows, so that a few repetitions in a small file are not taken for common
_LEAST_ROWS: Final = 8


class RowWords:
    """Flat arrays of the rows of one or two files, with their word pairs."""

    def __init__(self, *files: Duplicates) -> None:
        self.lines = np.concatenate([np.asarray(file.lines, np.int64) for file in files])
        self.systems = np.concatenate([np.asarray(file.systems, np.uint64) for file in files])
        self.words, self.ends = _joined([(file.inputs, file.input_ends) for file in files])
        self.answer_words, self.answer_ends = _joined([(file.answers, file.answer_ends) for file in files])
        self.starts = np.concatenate([np.zeros(1, np.int64), self.ends[:-1]])
        self.answer_starts = np.concatenate([np.zeros(1, np.int64), self.answer_ends[:-1]])
        self.common = self._common_pairs()

    def input(self, row: int) -> Hashes:
        """The words of a row's prompt, or of its answer where it has no prompt."""
        return self.words[self.starts[row] : self.ends[row]]

    def answer(self, row: int) -> Hashes:
        """The words of a row's answer; none where the answer is the input."""
        return self.answer_words[self.answer_starts[row] : self.answer_ends[row]]

    def _common_pairs(self) -> Hashes:
        """Word pairs that stand in a tenth of the rows; in small files in up to half of them."""
        count = len(self.lines)
        if count < _LEAST_ROWS:
            return np.empty(0, np.uint32)
        chosen = np.unique(np.linspace(0, count - 1, min(count, 10_000)).astype(np.int64))
        pairs = [np.unique(word_pairs(self.input(row))) for row in chosen]
        values, times = np.unique(np.concatenate(pairs), return_counts=True)
        wanted = max(_COMMON_SHARE * len(chosen), min(0.5 * len(chosen), _FEWEST_COMMON))
        return values[times > wanted]

    def telling_pairs(self, row: int) -> set[int]:
        """The word pairs of a row's input but for the common ones."""
        pairs = word_pairs(self.input(row))
        return set(pairs[~among(pairs, self.common)].tolist())

    def pairs_of(self, block: Rows) -> tuple[Rows, Hashes]:
        """The word pairs of the rows in `block`, one after the other, and the row of each."""
        lengths = self.ends[block] - self.starts[block]
        owners = np.repeat(block, lengths)
        begins = np.cumsum(lengths) - lengths
        places = np.arange(lengths.sum()) - np.repeat(begins, lengths) + np.repeat(self.starts[block], lengths)
        words = self.words[places]
        inside = owners[1:] == owners[:-1]
        return owners[1:][inside], word_pairs(words)[inside]


def word_pairs(words: Hashes) -> Hashes:
    """A number for each word with the next, one fewer than words."""
    return (words[:-1] * np.uint32(0x9E3779B1)) ^ (words[1:] * np.uint32(0x85EBCA6B) >> np.uint32(3))


def pair_set(words: Hashes) -> set[int]:
    """The different word pairs of `words`."""
    return set(word_pairs(words).tolist())


def among(values: Hashes, wanted: Hashes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which of `values` are in the sorted `wanted`."""
    if not len(wanted):
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)
    return np.asarray(wanted[places] == values)


def _joined(parts: list[tuple[object, object]]) -> tuple[Hashes, Rows]:
    """Flat words and ends of several files as those of one."""
    words = [np.asarray(one, np.uint32) for one, _ in parts]
    ends: list[Rows] = []
    base = 0
    for one, own in zip(words, (np.asarray(end, np.int64) for _, end in parts), strict=True):
        ends.append(own + base)
        base += len(one)
    return np.concatenate(words), np.concatenate(ends)
