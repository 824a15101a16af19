"""Bootstrap: every metric worked out on the same resamples of the items, so that arms can be compared in pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from advisor.evaluation.measure import Measure, Values

DRAWS: Final = 10_000
_BLOCK_CELLS: Final = 2_000_000  # weights held at once: 8 MB


def resampled(measures: Sequence[Measure], seed: int, draws: int = DRAWS) -> Values:
    """The value of each measure in each resample of the items, drawn with replacement: draws x measures.

    All measures must be of the same items in the same order, at least one. Memory: draws x measures doubles and a block
    of weights.
    """
    items = len(measures[0].per_item)
    found = np.empty((draws, len(measures)))
    means = [place for place, measure in enumerate(measures) if measure.is_mean]
    others = [place for place, measure in enumerate(measures) if not measure.is_mean]
    columns = np.hstack([measures[place].sums for place in means]) if means else None
    random = np.random.default_rng(seed)
    block = max(1, min(draws, _BLOCK_CELLS // items))
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        taken = random.integers(0, items, (rows, items), dtype=np.int32).astype(np.int64, copy=False)
        taken += (np.arange(rows) * items)[:, None]
        weights = np.bincount(taken.ravel(), minlength=rows * items).reshape(rows, items).astype(np.float32)
        if columns is not None:
            found[start : start + rows, means] = (weights @ columns) / items
        summed: dict[int, Values] = {}  # several metrics may share one table
        for place in others:
            table = measures[place].sums
            if id(table) not in summed:
                summed[id(table)] = np.asarray(weights @ table, np.float64)
            found[start : start + rows, place] = measures[place].value_of(summed[id(table)])
    return found
