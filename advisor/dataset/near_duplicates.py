"""Near duplicates: rows whose inputs share most word pairs and whose answers are the same or nearly so.

Candidates come from MinHash with banding (Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets,
chapter 3), for short inputs from leaving out one word at a time. Every candidate is then compared exactly, so that no
pair is reported by chance. Word pairs that stand in a large share of the rows, such as an instruction that every
prompt repeats, are no evidence and are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from advisor.dataset.duplicates import Duplicates

    Hashes = np.ndarray[tuple[int], np.dtype[np.uint32]]
    Keys = np.ndarray[tuple[int], np.dtype[np.uint64]]
    Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
    Table = np.ndarray[tuple[int, int], np.dtype[np.uint32]]

LEAST_SHARED: Final = 0.65  # Jaccard index of the word pairs of two inputs, and of two answers
_BANDS: Final = 25
_ROWS_IN_BAND: Final = 4  # 25 bands of 4 find 99.3 % of the pairs at an index of 0.65, nearly all at 0.75
_SURELY_LESS: Final = 0.42  # share of equal signatures below which a pair at 0.65 is out of the question (5 sigma)
_SHORT: Final = 24  # words; inputs up to this length are also compared by leaving out one word
_LEAST_WORDS: Final = 4
_WORDS_OF_A_CHANGE: Final = 10  # from this length on, one changed word makes a near duplicate whatever the answer
_TELLING_ANSWER: Final = 5  # words; an answer this long that is the same says that two inputs ask the same
_COMMON_SHARE: Final = 0.1
_BLOCK_WORDS: Final = 1_000_000


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


class _Rows:
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
        return self.words[self.starts[row] : self.ends[row]]

    def answer(self, row: int) -> Hashes:
        return self.answer_words[self.answer_starts[row] : self.answer_ends[row]]

    def _common_pairs(self) -> Hashes:
        """Word pairs that stand in a tenth of the rows; in small files in up to half of them."""
        count = len(self.lines)
        if count < 2 * _LEAST_WORDS:
            return np.empty(0, np.uint32)
        chosen = np.unique(np.linspace(0, count - 1, min(count, 10_000)).astype(np.int64))
        pairs = [np.unique(_pairs(self.input(row))) for row in chosen]
        values, times = np.unique(np.concatenate(pairs), return_counts=True)
        wanted = max(_COMMON_SHARE * len(chosen), min(0.5 * len(chosen), 20))
        return values[times > wanted]

    def telling_pairs(self, row: int) -> set[int]:
        pairs = _pairs(self.input(row))
        return set(pairs[~_among(pairs, self.common)].tolist())


def find_near_pairs(file: Duplicates, settled: Collection[int]) -> Iterator[NearPair]:
    """Near duplicates in one file; rows whose positions are in `settled` are named by others but not listed."""
    if len(file.lines) < 2:
        return
    rows = _Rows(file)
    earlier, later = _candidates(rows)
    wanted = ~np.isin(later, np.fromiter(settled, np.int64, len(settled)))
    yield from _verified(rows, earlier[wanted], later[wanted])


def find_pairs_between(train: Duplicates, test: Duplicates) -> Iterator[NearPair]:
    """Rows of `train` that nearly repeat a row of `test`; `earlier` is a line of the test file."""
    if not train.lines or not test.lines:
        return
    rows = _Rows(test, train)
    earlier, later = _candidates(rows)
    across = (earlier < len(test.lines)) & (later >= len(test.lines))
    yield from _verified(rows, earlier[across], later[across])


def _candidates(rows: _Rows) -> tuple[Rows, Rows]:
    signatures, signed = _signatures(rows)
    groups: list[tuple[Rows, Rows]] = []
    for band in range(_BANDS):
        part = signatures[band * _ROWS_IN_BAND : (band + 1) * _ROWS_IN_BAND].astype(np.uint64)
        key = np.zeros(len(signed), np.uint64)
        for line in part:
            key = _mixed(key ^ line)
        groups.append(_paired(key, signed, reach=2))
    earlier, later = _unique_pairs(groups, len(rows.lines))
    position = np.full(len(rows.lines), -1, np.int64)
    position[signed] = np.arange(len(signed))
    likely = np.concatenate(
        [
            np.mean(signatures[:, position[earlier[part]]] == signatures[:, position[later[part]]], axis=0)
            for part in np.array_split(np.arange(len(earlier)), len(earlier) // 50_000 + 1)
        ]
    )
    likely = likely >= _SURELY_LESS
    return _unique_pairs([(earlier[likely], later[likely]), _short_candidates(rows)], len(rows.lines))


def _signatures(rows: _Rows) -> tuple[Table, Rows]:
    """MinHash signatures, a column for each row that has telling word pairs, and these rows."""
    generator = np.random.default_rng(20261121)  # fixed, so that every run compares the same pairs
    factors = generator.integers(1, 2**32, _BANDS * _ROWS_IN_BAND, dtype=np.uint32) | np.uint32(1)
    added = generator.integers(0, 2**32, _BANDS * _ROWS_IN_BAND, dtype=np.uint32)
    tables: list[Table] = []
    kept: list[Rows] = []
    long_enough = np.flatnonzero(rows.ends - rows.starts >= _WORDS_OF_A_CHANGE)
    weights = np.cumsum(rows.ends[long_enough] - rows.starts[long_enough])
    for block in np.split(
        long_enough, np.searchsorted(weights, np.arange(_BLOCK_WORDS, weights[-1:].sum(), _BLOCK_WORDS))
    ):
        owners, pairs = _block_pairs(rows, block)
        telling = ~_among(pairs, rows.common)
        owners, pairs = owners[telling], pairs[telling]
        if not len(pairs):
            continue
        begins = np.flatnonzero(np.concatenate([[True], owners[1:] != owners[:-1]]))
        table = np.empty((len(factors), len(begins)), np.uint32)
        for place, (factor, plus) in enumerate(zip(factors, added, strict=True)):
            table[place] = np.minimum.reduceat(pairs * factor + plus, begins)
        tables.append(table)
        kept.append(owners[begins])
    if not tables:
        return np.empty((len(factors), 0), np.uint32), np.empty(0, np.int64)
    return np.concatenate(tables, axis=1), np.concatenate(kept)


def _block_pairs(rows: _Rows, block: Rows) -> tuple[Rows, Hashes]:
    """The word pairs of the rows in `block`, one after the other, and the row of each."""
    lengths = rows.ends[block] - rows.starts[block]
    owners = np.repeat(block, lengths)
    begins = np.cumsum(lengths) - lengths
    places = np.arange(lengths.sum()) - np.repeat(begins, lengths) + np.repeat(rows.starts[block], lengths)
    words = rows.words[places]
    inside = owners[1:] == owners[:-1]
    return owners[1:][inside], _pairs(words)[inside]


def _short_candidates(rows: _Rows) -> tuple[Rows, Rows]:
    """Pairs of short inputs that are equal once a word is left out of one or both of them."""
    generator = np.random.default_rng(11)
    powers = generator.integers(1, 2**63, _SHORT + 1, dtype=np.uint64) | np.uint64(1)
    lengths = rows.ends - rows.starts
    keys: list[Keys] = []
    owners: list[Rows] = []
    for length in range(_LEAST_WORDS, _SHORT + 1):
        chosen = np.flatnonzero(lengths == length)
        if not len(chosen):
            continue
        words = _mixed(rows.words[rows.starts[chosen][:, None] + np.arange(length)].astype(np.uint64))
        kept = words * powers[:length]
        moved = words[:, 1:] * powers[: length - 1]
        before = np.cumsum(kept, axis=1, dtype=np.uint64) - kept
        after = np.zeros_like(kept)
        after[:, :-1] = np.cumsum(moved[:, ::-1], axis=1, dtype=np.uint64)[:, ::-1]
        keys += [kept.sum(axis=1, dtype=np.uint64) + powers[length], (before + after).ravel() + powers[length - 1]]
        owners += [chosen, np.repeat(chosen, length)]
    if not keys:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return _paired(np.concatenate(keys), np.concatenate(owners), reach=12)


def _paired(keys: Keys, owners: Rows, reach: int) -> tuple[Rows, Rows]:
    """Pairs of rows with the same key: each with the first `reach` rows of its group and with the `reach` before it.

    Not every pair of a large group is needed, since a row is reported once.
    """
    order = np.lexsort((owners, keys))
    keys, owners = keys[order], owners[order]
    places = np.arange(len(keys))
    begins = np.maximum.accumulate(np.where(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)], places, 0))
    earlier: list[Rows] = []
    later: list[Rows] = []
    for step in range(reach):
        for partner in (begins + step, places - step - 1):
            inside = (partner < places) & (partner >= begins)
            earlier.append(owners[partner[inside]])
            later.append(owners[places[inside]])
    return np.concatenate(earlier), np.concatenate(later)


def _unique_pairs(groups: list[tuple[Rows, Rows]], count: int) -> tuple[Rows, Rows]:
    earlier = np.concatenate([one for one, _ in groups])
    later = np.concatenate([other for _, other in groups])
    low, high = np.minimum(earlier, later), np.maximum(earlier, later)
    joined = np.unique(high[low != high] * count + low[low != high])
    return joined % count, joined // count


def _verified(rows: _Rows, earlier: Rows, later: Rows) -> Iterator[NearPair]:
    """The pairs that are near duplicates, for each later row the first; pairs come sorted by the later row."""
    done = -1
    for row, other in zip(later.tolist(), earlier.tolist(), strict=True):
        if row == done:
            continue
        shared = _shared(rows, other, row)
        if shared is not None:
            done = row
            yield NearPair(int(rows.lines[row]), int(rows.lines[other]), shared)


def _shared(rows: _Rows, first: int, second: int) -> float | None:
    """The share of word pairs in common when two rows are near duplicates, else None."""
    answer = rows.answer(first)
    answers_equal = np.array_equal(answer, rows.answer(second))
    if not answers_equal and jaccard(_pair_set(answer), _pair_set(rows.answer(second))) < LEAST_SHARED:
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
    least = _LEAST_WORDS if telling_answer else _WORDS_OF_A_CHANGE
    if least <= min(len(one), len(other)) <= _SHORT and answers_equal and one_word_apart(one.tolist(), other.tolist()):
        return jaccard(_pair_set(one), _pair_set(other))
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


def _pairs(words: Hashes) -> Hashes:
    return (words[:-1] * np.uint32(0x9E3779B1)) ^ (words[1:] * np.uint32(0x85EBCA6B) >> np.uint32(3))


def _pair_set(words: Hashes) -> set[int]:
    return set(_pairs(words).tolist())


def _among(values: Hashes, wanted: Hashes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which of `values` are in the sorted `wanted`."""
    if not len(wanted):
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)
    return np.asarray(wanted[places] == values)


def _mixed(keys: Keys) -> Keys:
    """The finishing step of SplitMix64: near numbers become unrelated ones."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def _joined(parts: list[tuple[object, object]]) -> tuple[Hashes, Rows]:
    """Flat words and ends of several files as those of one."""
    words = [np.asarray(one, np.uint32) for one, _ in parts]
    ends: list[Rows] = []
    base = 0
    for one, own in zip(words, (np.asarray(end, np.int64) for _, end in parts), strict=True):
        ends.append(own + base)
        base += len(one)
    return np.concatenate(words), np.concatenate(ends)
