"""Speed of the linear trainer beside bare scikit-learn on Reuters R8, in one run: `python -m tests.benchmarks.linear`.

Two yardsticks: the same terms with one LinearSVC that chooses and calibrates nothing, and scikit-learn's usual pair
of TfidfVectorizer and LogisticRegression. Ours chooses the strength, calibrates, writes the model and loads it again.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from advisor.dataset.conversation import said
from advisor.tuning.linear import LinearTrainer
from advisor.tuning.linear_model import LabelModel
from advisor.tuning.trainer import Asked, Order
from tests.benchmarks.reuters import LabelledTexts, reuters
from tests.orders import Heard, row

ROUNDS = 3


def main() -> None:
    """Print seconds and accuracy of each, best of three rounds taken in turn, then answers a second."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    train, test = reuters("train"), reuters("test")
    seconds: dict[str, list[float]] = {}
    share: dict[str, float] = {}
    ours_first(train)  # imports
    for _ in range(ROUNDS):
        for name, vectorizer, machine in (
            ("same terms, LinearSVC", TfidfVectorizer(min_df=2, ngram_range=(1, 2), sublinear_tf=True), LinearSVC()),
            ("LogisticRegression", TfidfVectorizer(), LogisticRegression(max_iter=1000)),
        ):
            begin = time.perf_counter()
            share[name] = bare(vectorizer, machine, train, test)
            seconds.setdefault(name, []).append(time.perf_counter() - begin)
        begin = time.perf_counter()
        share["ours"] = ours(train, test)
        seconds.setdefault("ours", []).append(time.perf_counter() - begin)
    best = {name: min(taken) for name, taken in seconds.items()}
    for name, taken in best.items():
        print(f"{name:24} {taken:6.2f} s, accuracy {share[name]:.4f}, ours takes {best['ours'] / taken:.2f} of it")
    print("goal: at most 1.3 of bare scikit-learn")


def bare(vectorizer: Any, machine: Any, train: LabelledTexts, test: LabelledTexts) -> float:
    """Accuracy of scikit-learn alone."""
    machine.fit(vectorizer.fit_transform(train.texts), train.labels)
    return float((machine.predict(vectorizer.transform(test.texts)) == np.array(test.labels)).mean())


def ours(train: LabelledTexts, test: LabelledTexts) -> float:
    """Accuracy of the trainer, each test text asked for as a request."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [row(text, label) for text, label in zip(train.texts, train.labels, strict=True)]
        left = LinearTrainer().train(Order("advisor-linear", "supervised", rows, [], {}, 0, Path(folder)), Heard())
        model = LinearTrainer().load(left.folder)
        answers = [model.answer(Asked([said("user", text)])).text for text in test.texts]
    return float((np.array(answers) == np.array(test.labels)).mean())


def ours_first(train: LabelledTexts) -> None:
    """Answers a second of a small model, which also imports what is needed."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [row(text, label) for text, label in zip(train.texts[:300], train.labels, strict=False)]
        left = LinearTrainer().train(Order("advisor-linear", "supervised", rows, [], {}, 0, Path(folder)), Heard())
        model = LinearTrainer().load(left.folder)
        assert isinstance(model, LabelModel)
        asked = [Asked([said("user", text)], logprobs=True, top_logprobs=3) for text in train.texts[:1000]]
        begin = time.perf_counter()
        for one in asked:
            model.answer(one)
        print(f"answers with logprobs/s  {1000 / (time.perf_counter() - begin):8,.0f}   (goal 500 through the service)")


if __name__ == "__main__":
    main()
