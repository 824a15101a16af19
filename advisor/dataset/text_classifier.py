"""The quick linear model that looks for wrong labels and draws learning curves: TF-IDF and logistic regression.

Heavy imports happen where they are used, so that whoever only asks for the structure of a file does not wait for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]


class LabelledText(NamedTuple):
    """A text with its label, and the line it stands in."""

    line: int
    text: str
    label: str


def text_classifier(seed: int) -> Any:
    """An untrained scikit-learn pipeline: words weighted by TF-IDF, and a logistic regression for each label.

    liblinear solves thousands of short texts in a tenth of a second, where lbfgs takes seconds for the same accuracy.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(min_df=2, max_df=0.95, max_features=30_000, sublinear_tf=True)
    one_label = LogisticRegression(C=5, solver="liblinear", tol=1e-2, random_state=seed)
    return make_pipeline(words, OneVsRestClassifier(one_label))


def bounded(rows: Sequence[LabelledText], most_rows: int, least_per_label: int, seed: int) -> list[LabelledText]:
    """At most `most_rows` of `rows`, drawn with `seed`, without labels that have fewer than `least_per_label`."""
    import numpy as np

    chosen = list(rows)
    if len(chosen) > most_rows:
        order = np.random.default_rng(seed).permutation(len(chosen))[:most_rows]
        chosen = [chosen[place] for place in sorted(order.tolist())]
    times = Counter(row.label for row in chosen)
    return [row for row in chosen if times[row.label] >= least_per_label]
