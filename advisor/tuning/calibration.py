"""Probabilities from the margins of a linear head: one temperature, and an offset for each label.

Fitted on margins of rows that the head did not see (Guo et al. 2017, temperature scaling; the offsets are those of its
vector scaling). The offsets are held near 0, so that a label with few rows is not taken at its word.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
_OFFSET_ROWS: Final = 5.0  # an offset of 1 costs as much as 2.5 rows that become e times less likely


class Calibration(NamedTuple):
    """Probabilities are softmax(margins x scale + offsets)."""

    scale: float
    offsets: NDArray[np.float64]  # one for each label

    def log_probabilities(self, margins: Matrix) -> Matrix:
        """Natural logarithms, rows x labels as the margins."""
        return log_softmax(margins * self.scale + self.offsets)


def log_softmax(scores: Matrix) -> Matrix:
    """Along the last axis."""
    shifted: Matrix = scores - scores.max(axis=-1, keepdims=True)
    result: Matrix = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def log_loss(log_probabilities: Matrix, labels: NDArray[np.intp]) -> float:
    """Mean negative logarithm of the right label's probability."""
    return 0.0 - float(log_probabilities[np.arange(len(labels)), labels].mean())  # never -0


def calibrate(margins: Matrix, labels: NDArray[np.intp]) -> Calibration:
    """The calibration of least log loss on margins (rows x labels) of rows that were held out."""
    from scipy.optimize import minimize

    rows, width = margins.shape
    right = np.zeros(margins.shape)
    right[np.arange(rows), labels] = 1

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scale, offsets = np.exp(parameters[0]), parameters[1:]
        log_p = log_softmax(margins * scale + offsets)
        wrong = (np.exp(log_p) - right) / rows
        held = _OFFSET_ROWS / rows
        value = log_loss(log_p, labels) + held * float(offsets @ offsets) / 2
        return value, np.append((wrong * margins).sum() * scale, wrong.sum(axis=0) + held * offsets)

    bounds = [(-5.0, 5.0), *[(None, None)] * width]
    found: Any = minimize(loss, np.zeros(width + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    return Calibration(float(np.exp(found.x[0])), found.x[1:])


def uncalibrated(labels: int) -> Calibration:
    """For too few rows to hold any out."""
    return Calibration(1.0, np.zeros(labels))
