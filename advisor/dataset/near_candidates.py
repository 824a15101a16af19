"""Pairs of rows that may be near duplicates, found without comparing every row with every other.

MinHash with banding (Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3) for longer
inputs, leaving out one word at a time for short ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.dataset.row_words import RowWords, among

if TYPE_CHECKING:
    from advisor.dataset.row_words import Rows

    Keys = np.ndarray[tuple[int], np.dtype[np.uint64]]
    Table = np.ndarray[tuple[int, int], np.dtype[np.uint32]]

_BANDS: Final = 25
_ROWS_IN_BAND: Final = 4  # 25 bands of 4 find 99.3 % of the pairs at an index of 0.65, nearly all at 0.75
_SURELY_LESS: Final = 0.42  # share of equal signatures below which a pair at 0.65 is out of the question (5 sigma)
SHORT: Final = 24  # words; inputs up to this length are also compared by leaving out one word
LEAST_WORDS: Final = 4
_LEAST_SIGNED: Final = 10  # words of an input that gets a signature
_BLOCK_WORDS: Final = 1_000_000


def candidates(rows: RowWords) -> tuple[Rows, Rows]:
    """The earlier and the later row of each pair, sorted by the later one, then by the earlier one."""
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


def _signatures(rows: RowWords) -> tuple[Table, Rows]:
    """MinHash signatures, a column for each row that has telling word pairs, and these rows."""
    generator = np.random.default_rng(20261121)  # fixed, so that every run compares the same pairs
    factors = generator.integers(1, 2**32, _BANDS * _ROWS_IN_BAND, dtype=np.uint32) | np.uint32(1)
    added = generator.integers(0, 2**32, _BANDS * _ROWS_IN_BAND, dtype=np.uint32)
    tables: list[Table] = []
    kept: list[Rows] = []
    long_enough = np.flatnonzero(rows.ends - rows.starts >= _LEAST_SIGNED)
    weights = np.cumsum(rows.ends[long_enough] - rows.starts[long_enough])
    for block in np.split(
        long_enough, np.searchsorted(weights, np.arange(_BLOCK_WORDS, weights[-1:].sum(), _BLOCK_WORDS))
    ):
        owners, pairs = rows.pairs_of(block)
        telling = ~among(pairs, rows.common)
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


def _short_candidates(rows: RowWords) -> tuple[Rows, Rows]:
    """Pairs of short inputs that are equal once a word is left out of one or both of them."""
    generator = np.random.default_rng(11)
    powers = generator.integers(1, 2**63, SHORT + 1, dtype=np.uint64) | np.uint64(1)
    lengths = rows.ends - rows.starts
    keys: list[Keys] = []
    owners: list[Rows] = []
    for length in range(LEAST_WORDS, SHORT + 1):
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


def _mixed(keys: Keys) -> Keys:
    """The finishing step of SplitMix64: near numbers become unrelated ones."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
