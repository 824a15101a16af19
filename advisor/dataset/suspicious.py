"""Labels that are probably wrong: a model that never saw the row is sure of another one.

Confident learning (Northcutt, Jiang and Chuang 2021, Journal of Artificial Intelligence Research 70): a label counts as
predicted when its out-of-fold probability reaches the mean of that probability over the rows that have the label.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from advisor.dataset.example import Place
from advisor.dataset.found import Found
from advisor.dataset.text_classifier import LabelledText, bounded, text_classifier

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

FOLDS: Final = 5
MOST_ROWS: Final = 20_000
_LEAST_ROWS: Final = 50
_MOST_OWN: Final = 0.2  # probability of the row's own label, above which it is left in peace
_LEAST_OTHER: Final = 0.6  # probability of another label, below which the model is not sure
_MOST_ASKED: Final = 0.85  # of the other label, where its class is usually surer than that
_LEAST_SKILL: Final = 0.5  # of the way from guessing the largest class to always being right, for the model to be heard

# Labels as numbers and out-of-fold probabilities (rows x labels) → the places of the suspicious rows.
Judge = Callable[["Array", "Array"], Sequence[int]]


class Suspicion(NamedTuple):
    """What the search for wrong labels gave: the finding, the rows looked at, the model's accuracy, and why if none."""

    found: tuple[Found, ...]
    rows: int
    accuracy: float | None
    note: str


def find_suspicious_labels(
    rows: Sequence[LabelledText], *, seed: int, most_rows: int = MOST_ROWS, judge: Judge | None = None
) -> Suspicion:
    """The finding suspicious_label over `rows`, at most `most_rows` of them drawn with `seed`.

    `judge` decides which rows are suspicious, by default `disagreements`. Where a model cannot predict the labels from
    the texts there is no finding, and the note says so.
    """
    import numpy as np

    chosen = bounded(rows, most_rows, 2 * FOLDS, seed)
    labels = sorted({row.label for row in chosen})
    if len(chosen) < _LEAST_ROWS or len(labels) < 2:
        return Suspicion((), len(chosen), None, f"fewer than {_LEAST_ROWS} rows with labels that stand there ten times")
    numbers = np.array([labels.index(row.label) for row in chosen])
    probabilities = _out_of_fold(chosen, numbers, len(labels), seed)
    if probabilities is None:
        return Suspicion((), len(chosen), None, "the texts share no words a model could learn from")
    accuracy = float(np.mean(probabilities.argmax(axis=1) == numbers))
    guessing = float(np.bincount(numbers).max() / len(numbers))
    if accuracy < guessing + _LEAST_SKILL * (1 - guessing):
        note = f"a linear model predicts the labels no better than {accuracy:.0%}, so its doubts mean little"
        return Suspicion((), len(chosen), accuracy, note)
    places = []
    for place in (judge or disagreements)(numbers, probabilities):
        other = int(probabilities[place].argmax())
        detail = (
            f"labelled `{labels[numbers[place]]}` ({probabilities[place, numbers[place]]:.0%} by a model that did not "
            f"see it), probably `{labels[other]}` ({probabilities[place, other]:.0%})"
        )
        places.append(Place(chosen[place].line, None, detail))
    found = (Found("suspicious_label", tuple(sorted(places))),) if places else ()
    return Suspicion(found, len(chosen), accuracy, "")


def disagreements(labels: Array, probabilities: Array) -> list[int]:
    """Rows whose own label is improbable while another reaches its class's usual probability (confident learning)."""
    import numpy as np

    usual = np.array(
        [
            probabilities[labels == label, label].mean() if (labels == label).any() else 1.0
            for label in range(probabilities.shape[1])
        ]
    )
    own = probabilities[np.arange(len(labels)), labels]
    best = probabilities.argmax(axis=1)
    sure = probabilities.max(axis=1) >= np.maximum(np.minimum(usual[best], _MOST_ASKED), _LEAST_OTHER)
    return np.flatnonzero(sure & (best != labels) & (own <= _MOST_OWN)).tolist()


def _out_of_fold(rows: Sequence[LabelledText], numbers: Array, labels: int, seed: int) -> Array | None:
    """Probabilities of every row by models that were trained without it, and without rows with the same text."""
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    texts = np.array([row.text for row in rows], dtype=object)
    groups = np.unique([" ".join(row.text.split()).casefold() for row in rows], return_inverse=True)[1]
    probabilities = np.zeros((len(rows), labels))
    splits = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(texts, numbers, groups)
    for train, test in splits:
        if len(np.unique(numbers[train])) < 2:
            return None
        model = text_classifier(seed)
        try:
            model.fit(texts[train], numbers[train])
        except ValueError:  # scikit-learn's word for an empty vocabulary
            return None
        probabilities[np.ix_(test, model.classes_)] = model.predict_proba(texts[test])
    return probabilities
