"""A linear support vector machine for each label, its strength chosen by cross-validation on the training rows only.

The margins of the held-out folds also calibrate the probabilities, so nothing is fitted twice for that. The terms and
their idf are counted over all training texts, those of held-out folds too: they hold no labels.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.tuning.calibration import Calibration, calibrate, log_loss, uncalibrated
from advisor.tuning.polling import in_background

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FOLDS: Final = 3
STRENGTHS: Final = (0.3, 1.0, 10.0)  # C, the inverse of the regularisation
USUAL_STRENGTH: Final = 1.0
CHOSEN_ON_ROWS: Final = 1_200  # cross-validation on so many is enough to choose, and keeps a fit in seconds
IMBALANCE: Final = 5.0  # from this ratio of the commonest label to the rarest on, balanced weights are tried
TOLERANCE: Final = 0.1  # liblinear's own; scikit-learn's 0.0001 takes five times as long for the same answers


class Choice(NamedTuple):
    """A way to fit, with its log loss and mean recall of the labels in cross-validation; NaN where there was none."""

    strength: float
    balanced: bool
    log_loss: float
    macro_recall: float
    accuracy: float


class Head(NamedTuple):
    """`weights` is terms x labels, `offsets` one for each label; margins are text x weights + offsets."""

    weights: NDArray[np.float32]
    offsets: NDArray[np.float64]
    calibration: Calibration
    choice: Choice

    def margins(self, texts: csr_matrix) -> NDArray[np.float64]:
        """Rows x labels."""
        margins: NDArray[np.float64] = np.asarray(texts @ self.weights, np.float64) + self.offsets
        return margins


class Watch(NamedTuple):
    """How a fit is followed: `poll` raises to stop it, `tried` hears of each choice."""

    poll: Callable[[], None]
    tried: Callable[[Choice], None]


def fit_head(
    texts: csr_matrix, labels: NDArray[np.intp], count: int, seed: int, watch: Watch, strength: float | None = None
) -> Head:
    """The head for `count` labels over texts (rows x terms). A `strength` that is given is not chosen."""
    texts = texts.astype(np.float64)  # what the solver takes; else each fit would convert it
    folds = fold_of_rows(labels, count, seed)
    strengths = STRENGTHS if strength is None else (strength,)
    if (folds < 0).all():
        choice, calibration = Choice(strengths[len(strengths) // 2], False, *[float("nan")] * 3), uncalibrated(count)
    else:
        choice, calibration = _chosen(texts, labels, folds, count, strengths, seed, watch)
    weights, offsets = _fitted(texts, labels, count, choice, seed, watch)
    return Head(weights.astype(np.float32), offsets, calibration, choice)


def fold_of_rows(labels: NDArray[np.intp], count: int, seed: int) -> NDArray[np.intp]:
    """A fold for each row, every label spread evenly over them; -1 for rows that always train.

    Those are the rows of a label that has one row only, and of labels beyond what is needed to choose.
    """
    rng = np.random.default_rng(seed)
    folds = np.full(len(labels), -1, np.intp)
    share = min(1.0, CHOSEN_ON_ROWS / len(labels))
    first = 0
    for label in range(count):
        rows = rng.permutation(np.flatnonzero(labels == label))
        if len(rows) < 2:
            continue
        held = rows[: max(FOLDS, round(len(rows) * share))]
        folds[held] = (first + np.arange(len(held))) % FOLDS
        first += len(held)
    return folds


def _chosen(
    texts: csr_matrix,
    labels: NDArray[np.intp],
    folds: NDArray[np.intp],
    count: int,
    strengths: Sequence[float],
    seed: int,
    watch: Watch,
) -> tuple[Choice, Calibration]:
    """The choice of least log loss; balanced weights where they find rare labels better and lose nothing else."""
    taken = np.flatnonzero((folds >= 0) | np.isin(labels, np.flatnonzero(np.bincount(labels, minlength=count) < 2)))
    texts, labels, folds = texts[taken], labels[taken], folds[taken]
    tried = [_validated(texts, labels, folds, count, (strength, False), seed, watch) for strength in strengths]
    best = min(tried, key=lambda one: one[0].log_loss)
    sizes = np.bincount(labels, minlength=count)
    if sizes.max() >= IMBALANCE * sizes[sizes > 0].min():
        other = _validated(texts, labels, folds, count, (best[0].strength, True), seed, watch)
        if other[0].macro_recall > best[0].macro_recall and other[0].accuracy >= best[0].accuracy:
            best = other
    return best


def _validated(
    texts: csr_matrix,
    labels: NDArray[np.intp],
    folds: NDArray[np.intp],
    count: int,
    way: tuple[float, bool],
    seed: int,
    watch: Watch,
) -> tuple[Choice, Calibration]:
    choice = Choice(*way, *[float("nan")] * 3)
    held = np.flatnonzero(folds >= 0)
    margins = np.zeros((len(labels), count))
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(outside):
            weights, offsets = _fitted(texts[inside], labels[inside], count, choice, seed, watch)
            margins[outside] = texts[outside] @ weights + offsets
    right, margins = labels[held], margins[held]
    calibration = calibrate(margins, right)
    log_p = calibration.log_probabilities(margins)
    hit = log_p.argmax(axis=1) == right
    recalls = np.bincount(right, hit, count)[np.unique(right)] / np.bincount(right, minlength=count)[np.unique(right)]
    choice = Choice(*way, log_loss(log_p, right), float(recalls.mean()), float(hit.mean()))
    watch.tried(choice)
    return choice, calibration


def _fitted(
    texts: csr_matrix, labels: NDArray[np.intp], count: int, choice: Choice, seed: int, watch: Watch
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (terms x labels) and offsets; a label that does not occur gets the margin -1 everywhere."""
    from sklearn.svm import LinearSVC

    seen = np.unique(labels)
    if not texts.shape[1]:
        return np.zeros((0, count)), np.zeros(count)  # no text has a term: calibration turns this into the shares
    weights, offsets = np.zeros((texts.shape[1], count)), np.full(count, -1.0)
    if len(seen) == 1:
        offsets[seen] = 1.0
        return weights, offsets
    class_weight = "balanced" if choice.balanced else None
    machine = LinearSVC(C=choice.strength, class_weight=class_weight, tol=TOLERANCE, random_state=seed % 2**32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that runs out of rounds is judged by its validation
        in_background(lambda: machine.fit(texts, labels), watch.poll)
    if len(seen) == 2:
        weights[:, seen] = np.stack([-machine.coef_[0], machine.coef_[0]], axis=1)
        offsets[seen] = [-machine.intercept_[0], machine.intercept_[0]]
    else:
        weights[:, seen], offsets[seen] = machine.coef_.T, machine.intercept_
    return weights, offsets
