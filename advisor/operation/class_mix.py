"""Whether a mix of classes changed: Pearson's chi-square for how sure, the population stability index for how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

Counts = np.ndarray[tuple[int, int], np.dtype[np.float64]]
_FEWEST_EXPECTED: Final = 5  # in a cell; rarer classes are counted together (Cochran 1954)
_DRAWS: Final = 2_000


class MixShift(NamedTuple):
    """`psi` with its 95 % bootstrap interval, `p_value` of no change, and the class whose share grew most."""

    psi: float
    low: float
    high: float
    p_value: float
    grown: str
    grown_from: float
    grown_to: float


def mix_shift(baseline: Mapping[str, int], recent: Mapping[str, int], seed: int = 0) -> MixShift | None:
    """The shift from one count of classes to another; None where there are no two classes to compare."""
    from scipy.stats import chi2

    classes = sorted({*baseline, *recent})
    before = np.array([baseline.get(name, 0) for name in classes], dtype=float)
    after = np.array([recent.get(name, 0) for name in classes], dtype=float)
    if len(classes) < 2 or not before.sum() or not after.sum():
        return None
    shares = (before / before.sum(), after / after.sum())
    grown = int(np.argmax(shares[1] - shares[0]))
    table = _pooled(np.vstack([before, after]))
    p_value = 1.0
    if table.shape[1] > 1:
        expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
        p_value = float(chi2.sf(((table - expected) ** 2 / expected).sum(), table.shape[1] - 1))
    rng = np.random.default_rng(seed)
    drawn = [rng.multinomial(int(row.sum()), row / row.sum(), _DRAWS).astype(float) for row in table]
    psi = float(_psi(table[:1], table[1:])[0])
    # The index of two samples of one population is above 0 by chance: about (k - 1)(1/n + 1/m) is taken off the draws.
    excess = (table.shape[1] - 1) * (1 / table[0].sum() + 1 / table[1].sum())
    low, high = np.quantile(_psi(*drawn) - excess, (0.025, 0.975))
    return MixShift(
        psi,
        max(0.0, min(psi, float(low))),
        max(psi, float(high)),
        p_value,
        classes[grown],
        float(shares[0][grown]),
        float(shares[1][grown]),
    )


def _pooled(
    table: Counts,
) -> Counts:
    """Counts with the rare classes in one cell, so that each cell is expected often enough."""
    expected = table.sum(axis=1).min() * table.sum(axis=0) / table.sum()
    rare = expected < _FEWEST_EXPECTED
    if not rare.any():
        return table
    together: Counts = table[:, rare].sum(axis=1, keepdims=True)
    kept: Counts = table[:, ~rare]
    if together.sum() and table.sum(axis=1).min() * together.sum() / table.sum() >= _FEWEST_EXPECTED:
        return np.hstack([kept, together])
    if not kept.shape[1]:
        return together
    # Too rare even together: counted with the rarest of the others.
    kept[:, kept.sum(axis=0).argmin()] += together[:, 0]
    return kept


def _psi(before: Counts, after: Counts) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The index of each row of counts; half a count is added to each cell, so that none is empty."""
    p = (before + 0.5) / (before + 0.5).sum(axis=1, keepdims=True)
    q = (after + 0.5) / (after + 0.5).sum(axis=1, keepdims=True)
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = ((q - p) * np.log(q / p)).sum(axis=1)
    return found
