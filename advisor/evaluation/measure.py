"""One metric of one arm, in a form from which it can be worked out for any resample of the items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Measure(NamedTuple):
    """`per_item` has one value from 0 to 1 for each item.

    `sums` (items x columns, dense float32 or sparse) holds what is added up over the items of a resample, and
    `value_of` turns such sums (resamples x columns) into values of the metric (resamples). `binary` says that the
    metric is the share of items that are right.
    """

    metric: str
    per_item: Values
    sums: Any
    value_of: Callable[[Values], Values]
    binary: bool

    @property
    def value(self) -> float:
        """The metric over all items as they are; NaN where there are none."""
        if not len(self.per_item):
            return float("nan")
        if self.is_mean:
            return float(self.per_item.mean())
        total = np.asarray(self.sums.sum(axis=0, dtype=np.float64)).reshape(1, -1)
        return float(self.value_of(total)[0])

    @property
    def is_mean(self) -> bool:
        """Whether the metric is the mean of `per_item`."""
        return bool(self.sums.shape[1] == 1)


def mean_measure(metric: str, per_item: Values, *, binary: bool = False) -> Measure:
    """The mean of values from 0 to 1, one for each item."""
    items = max(1, len(per_item))
    return Measure(
        metric, per_item, per_item.astype(np.float32).reshape(-1, 1), lambda sums: sums[:, 0] / items, binary
    )
