"""BLEU and chrF of a whole test set, equal to sacrebleu's, from counts that can be added up over any items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.evaluation.measure import Measure, Values

BLEU_ORDER: Final = 4
CHRF_ORDER: Final = 6
CHRF_BETA: Final = 2.0
_BLEU_EMPTY: Final = 1e-300  # stands for 0 before the logarithm


def bleu_measure(said: Sequence[str], wanted: Sequence[str]) -> Measure:
    """Corpus BLEU, 0 to 1: sacrebleu's tokens (13a), up to 4-grams, exponential smoothing. Empty answers count as 0."""
    from sacrebleu.metrics.bleu import BLEU

    bleu = BLEU(effective_order=True)
    counts = np.zeros((len(said), 2 * BLEU_ORDER + 2), np.float32)
    for row, (text, reference) in enumerate(zip(said, wanted, strict=True)):
        score = bleu.sentence_score(text, [reference])
        counts[row] = (*score.counts, *score.totals, score.sys_len, score.ref_len)
    own = _bleu(counts.astype(np.float64), effective_order=True)
    return Measure("bleu", own, counts, _bleu, binary=False)


def chrf_measure(said: Sequence[str], wanted: Sequence[str]) -> Measure:
    """Corpus chrF, 0 to 1: character 1- to 6-grams without spaces, recall twice as weighty as precision."""
    from sacrebleu.metrics.helpers import extract_all_char_ngrams

    counts = np.zeros((len(said), 3 * CHRF_ORDER), np.float32)
    for row, (text, reference) in enumerate(zip(said, wanted, strict=True)):
        mine, theirs = (extract_all_char_ngrams(one, CHRF_ORDER) for one in (text, reference))
        for order in range(CHRF_ORDER):
            wanted_grams = theirs[order].total()
            said_grams = mine[order].total() if wanted_grams else 0
            counts[row, order] = said_grams
            counts[row, CHRF_ORDER + order] = wanted_grams
            counts[row, 2 * CHRF_ORDER + order] = _shared(mine[order], theirs[order])
    return Measure("chrf", _chrf(counts.astype(np.float64)), counts, _chrf, binary=False)


def _shared(mine: Mapping[str, int], theirs: Mapping[str, int]) -> int:
    """How many n-grams both have; twice as fast as the intersection of two counters."""
    return sum(min(count, theirs[gram]) for gram, count in mine.items() if gram in theirs)


def _bleu(sums: Values, *, effective_order: bool = False) -> Values:
    """BLEU of summed counts: matches and n-grams by order, then both lengths."""
    matches, totals = sums[:, :BLEU_ORDER], sums[:, BLEU_ORDER : 2 * BLEU_ORDER]
    said, wanted = sums[:, -2], sums[:, -1]
    missed = (matches == 0) & (totals > 0)
    smoothed = np.where(missed, 0.5 ** np.cumsum(missed, axis=1), matches)
    precision = _share(smoothed, totals)
    logs = np.log(np.maximum(precision, _BLEU_EMPTY))
    orders: NDArray[np.intp] | int = BLEU_ORDER
    if effective_order:
        logs = np.where(totals > 0, logs, 0.0)
        orders = np.maximum(1, (totals > 0).sum(axis=1))
    penalty = np.exp(np.minimum(0.0, 1 - wanted / np.maximum(said, 1e-9)))
    value = penalty * np.exp(logs.sum(axis=1) / orders)
    return np.where(matches.any(axis=1), value, 0.0)


def _chrf(sums: Values) -> Values:
    """chrF of summed counts: n-grams said, wanted and shared, by order."""
    said, wanted, shared = np.split(sums, 3, axis=1)
    counted = (said > 0) & (wanted > 0)
    orders = np.maximum(1, counted.sum(axis=1))
    precision = np.where(counted, _share(shared, said), 0.0).sum(axis=1) / orders
    recall = np.where(counted, _share(shared, wanted), 0.0).sum(axis=1) / orders
    return _share((1 + CHRF_BETA**2) * precision * recall, CHRF_BETA**2 * precision + recall)


def _share(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=np.float64), where=whole > 0)
