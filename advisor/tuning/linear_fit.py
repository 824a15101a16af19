"""Which terms a linear head reads, chosen on the training rows, and how the head does on held-out rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from advisor.tuning.calibration import log_loss
from advisor.tuning.embedded_texts import EmbeddedTexts
from advisor.tuning.embedding import Embedder
from advisor.tuning.label_rows import LabelRow
from advisor.tuning.linear_head import Choice, Head, Watch, fit_head
from advisor.tuning.polling import Poll, check
from advisor.tuning.settings import Settings
from advisor.tuning.tfidf import Features, fit_terms
from advisor.tuning.trainer import Control, Metric

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

CHARACTER_LETTERS: Final = 500_000  # beyond so much text character n-grams cost more time than they bring
_EMBEDDED_AT_ONCE: Final = 64  # texts, so that a stop is noticed within seconds
_STEPS_AT_MOST: Final = 10  # two kinds of terms, four ways each, the last fit, validation


class LinearSettings(Settings):
    """Hyperparameters. OpenAI's three are taken and change nothing: a head is fitted to the end, not in epochs."""

    n_epochs: int | None = Field(None, ge=1, description="a whole number; it changes nothing here")
    batch_size: int | None = Field(None, ge=1, description="a whole number; it changes nothing here")
    learning_rate_multiplier: float | None = Field(None, gt=0, description="a number; it changes nothing here")
    answers: Literal["labels", "copied"] | None = Field(
        None, description='"labels" or "copied"; "auto" takes labels where answers are few and short'
    )
    characters: bool | None = Field(None, description='true or false; "auto" tries character n-grams on little text')
    features: Literal["terms", "embeddings"] = Field(
        "terms", description='"terms" or "embeddings", which need MiniLM and know words that no training row has'
    )
    strength: float | None = Field(None, gt=0, description='C, the inverse of regularisation; "auto" chooses it')


class Fit(NamedTuple):
    """What was fitted: the terms, the training texts over them (rows x terms), and the head."""

    terms: tuple[Features, ...]
    texts: csr_matrix
    head: Head


class Progress:
    """Reports steps, and raises Stopped once the control says so."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.poll = Poll(control)
        self.step = 0

    def tried(self, choice: Choice) -> None:
        """One way to fit was cross-validated."""
        self.report(_STEPS_AT_MOST, choice.log_loss, choice.accuracy, None, None)

    def report(
        self,
        steps: int | None,
        loss: float | None,
        accuracy: float | None,
        validation_loss: float | None,
        validation_accuracy: float | None,
    ) -> Metric:
        """The next step; with no number of steps it is the last."""
        check(self._control)
        self.step += 1
        metric = Metric(
            self.step,
            steps or self.step,
            self.step / (steps or self.step),
            loss,
            accuracy,
            validation_loss,
            validation_accuracy,
            None,
            None,
        )
        self._control.report(metric)
        return metric


def best_fit(
    prompts: Sequence[str],
    right: NDArray[np.intp],
    labels: int,
    seed: int,
    settings: LinearSettings,
    progress: Progress,
    embedder: Embedder | None,
) -> Fit:
    """The head on words, or on words and characters where that has the lower log loss in cross-validation.

    With an `embedder`, the head on the vectors of the texts.
    """
    from scipy.sparse import hstack, vstack

    watch = Watch(progress.poll, progress.tried)

    def fitted(terms: tuple[Features, ...], matrix: csr_matrix) -> Fit:
        return Fit(terms, matrix, fit_head(matrix, right, labels, seed, watch, settings.strength))

    if embedder:
        embedded = EmbeddedTexts(embedder)
        parts = []
        for begin in range(0, len(prompts), _EMBEDDED_AT_ONCE):
            progress.poll()
            parts.append(embedded.matrix(prompts[begin : begin + _EMBEDDED_AT_ONCE]))
        return fitted((embedded,), vstack(parts, format="csr"))
    words, texts = fit_terms(prompts, "words", progress.poll)
    too_much = settings.characters is None and sum(map(len, prompts)) > CHARACTER_LETTERS
    if words.numbers and (settings.characters is False or too_much):
        return fitted((words,), texts)
    characters, spelled = fit_terms(prompts, "characters", progress.poll)
    both = fitted((words, characters), hstack([texts, spelled], format="csr"))
    if settings.characters or not words.numbers:
        return both
    alone = fitted((words,), texts)
    return alone if alone.head.choice.log_loss <= both.head.choice.log_loss else both


def validated(fit: Fit, numbers: Mapping[str, int], held_out: Sequence[LabelRow]) -> dict[str, float]:
    """Accuracy on all held-out rows, and the log loss of those whose label was seen in training."""
    from scipy.sparse import hstack

    if not held_out:
        return {}
    prompts = [row.prompt for row in held_out]
    texts = hstack([one.matrix(prompts) for one in fit.terms], format="csr")
    log_p = fit.head.calibration.log_probabilities(fit.head.margins(texts))
    right = np.array([numbers.get(row.answer, -1) for row in held_out], np.intp)
    known = right >= 0
    return {
        "validation_rows": len(held_out),
        "validation_rows_of_unknown_labels": int((~known).sum()),
        "validation_accuracy": float((log_p.argmax(axis=1) == right).mean()),
        "validation_loss": log_loss(log_p[known], right[known]) if known.any() else float("nan"),
    }
