"""Would more examples help? A quick linear model trained on growing parts of the data, and its curve carried on.

Errors follow a power law in the number of examples over a wide range (Hestness et al. 2017; Viering and Loog 2022), so
`error = floor + scale * rows ** -decay` is fitted. The range of what twice the data would give comes from fitting the
repeated splits again and again (bootstrap), with and without a floor, and leaving out the smallest parts, since the
first points often bend.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from advisor.dataset.text_classifier import LabelledText, bounded, text_classifier

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

PARTS: Final = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
_REPEATS: Final = 5
_TEST_SHARE: Final = 0.2
_MOST_ROWS: Final = 6000
_LEAST_ROWS: Final = 60
_LEAST_PER_LABEL: Final = 10
_BOOTSTRAPS: Final = 200
_DECAYS: Final = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5)
_WORTH: Final = 0.01  # one point of accuracy: less is not worth gathering as much data again


class CurvePoint(NamedTuple):
    """Mean accuracy on held-out rows after training on `rows`, with the 80 % interval over the splits."""

    rows: int
    accuracy: float
    low: float
    high: float


class LearningCurve(NamedTuple):
    """The curve and what follows from it; `gain_low` to `gain_high` is the 80 % range of what twice the data adds.

    `answer` is more_helps, enough or cannot_say; the figures are of the linear model, not of the one to be tuned.
    """

    points: tuple[CurvePoint, ...]
    answer: str
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    note: str


def learning_curve(rows: Sequence[LabelledText], *, seed: int, most_rows: int = _MOST_ROWS) -> LearningCurve:
    """The learning curve of a linear model on `rows`, at most `most_rows` of them, drawn and split with `seed`."""
    import numpy as np

    chosen = bounded(rows, most_rows, _LEAST_PER_LABEL, seed)
    times = Counter(row.label for row in chosen)
    if len(chosen) < _LEAST_ROWS or len(times) < 2:
        return _cannot_say((), f"a curve needs {_LEAST_ROWS} rows and two labels with {_LEAST_PER_LABEL} rows each")
    measured = _measured(chosen, seed)
    if measured is None:
        return _cannot_say((), "the texts share no words a model could learn from")
    sizes, errors = measured
    points = tuple(
        CurvePoint(int(size), 1 - float(column.mean()), *(1 - float(end) for end in np.percentile(column, [90, 10])))
        for size, column in zip(sizes, errors.T, strict=True)
    )
    guessing = 1 - max(times.values()) / len(chosen)
    tested = _TEST_SHARE * len(chosen)
    if errors[:, -1].mean() > guessing - 2 * (guessing * (1 - guessing) / tested) ** 0.5:
        return _cannot_say(points, "the linear model does no better than guessing the largest class")
    gains = _gains(sizes, errors, tested, np.random.default_rng(seed))
    low, middle, high = (float(gain) for gain in np.percentile(gains, [10, 50, 90]))
    if low >= _WORTH:
        answer, said = "more_helps", "More examples would help"
    elif high < _WORTH:
        answer, said = "enough", "More examples of this kind would hardly help"
    else:
        answer, said = "cannot_say", "Whether more examples would help cannot be said from these"
    note = f"{said}: twice the data is expected to add {low:+.1%} to {high:+.1%} accuracy (linear model)."
    return LearningCurve(points, answer, middle, low, high, note)


def _cannot_say(points: tuple[CurvePoint, ...], note: str) -> LearningCurve:
    return LearningCurve(points, "cannot_say", None, None, None, note)


def _measured(rows: list[LabelledText], seed: int) -> tuple[Array, Array] | None:
    """Sizes of the parts, and the error on held-out rows for each repeat (row) and part (column)."""
    import numpy as np
    from sklearn.model_selection import StratifiedShuffleSplit

    texts = np.array([row.text for row in rows], dtype=object)
    labels = np.array([row.label for row in rows], dtype=object)
    splits = StratifiedShuffleSplit(_REPEATS, test_size=_TEST_SHARE, random_state=seed)
    sizes: list[int] = []
    errors: list[list[float]] = []
    for train, test in splits.split(texts, labels):
        ordered = _stratified_order(labels[train], np.random.default_rng(seed + len(errors)))
        train = train[ordered]
        sizes = [max(10, round(part * len(train))) for part in PARTS]
        own: list[float] = []
        for size in sizes:
            part = train[:size]
            if len(set(labels[part])) < 2:
                own.append(float(np.mean(labels[test] != labels[part][0])))
                continue
            try:
                model = text_classifier(seed).fit(texts[part], labels[part])
            except ValueError:  # scikit-learn's word for an empty vocabulary
                return None
            own.append(float(np.mean(model.predict(texts[test]) != labels[test])))
        errors.append(own)
    return np.array(sizes, dtype=np.float64), np.array(errors)


def _stratified_order(labels: Array, generator: np.random.Generator) -> Array:
    """An order in which every beginning has the labels in nearly the shares of the whole."""
    import numpy as np

    keys = np.empty(len(labels))
    for label in sorted(set(labels)):
        own = np.flatnonzero(labels == label)
        keys[generator.permutation(own)] = (np.arange(len(own)) + generator.random(len(own))) / len(own)
    return np.argsort(keys, kind="stable")


def _gains(sizes: Array, errors: Array, tested: float, generator: np.random.Generator) -> Array:
    """What doubling the largest size takes off the error, one figure for each bootstrap.

    Held-out rows are few, so each error is moved by its sampling noise; and since a floor cannot be told from a slow
    decay in so short a curve, every other fit has none.
    """
    import numpy as np

    gains = np.empty(_BOOTSTRAPS)
    noise = np.sqrt(errors.mean(axis=0) * (1 - errors.mean(axis=0)) / (tested * len(errors)))
    for place in range(_BOOTSTRAPS):
        sample = errors[generator.integers(0, len(errors), len(errors))].mean(axis=0)
        sample = np.clip(sample + generator.normal(0, noise), 0, 1)
        left_out = int(generator.integers(0, 3))  # of the smallest parts
        gains[place] = _fitted_gain(sizes[left_out:], sample[left_out:], floor=place % 2 == 0)
    return gains


def _fitted_gain(sizes: Array, errors: Array, *, floor: bool) -> float:
    import numpy as np
    from scipy.optimize import nnls

    best, gain = np.inf, 0.0
    weights = np.sqrt(sizes / sizes[-1])  # larger parts vary less and matter more
    for decay in _DECAYS:
        powers = (sizes / sizes[-1]) ** -decay
        columns = [powers, np.ones_like(powers)] if floor else [powers]
        found, residual = nnls(np.column_stack(columns) * weights[:, None], errors * weights)
        if residual < best:
            best, gain = residual, found[0] * (1 - 2.0**-decay)
    return float(gain)
