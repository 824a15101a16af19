"""A linear model as a step before the answer: it labels what the user sent, passage by passage."""

from __future__ import annotations

import math
import re
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from advisor.assistant.specification import Classifier
from advisor.data_examples import rows_of
from advisor.data_split import file_sha256
from advisor.dataset.conversation import said
from advisor.evaluation.plain_arm import Silent
from advisor.rule_cache import cache_folder
from advisor.tuning.linear import BASE_MODEL, LinearTrainer
from advisor.tuning.trainer import Asked, Model, Order

MOST_PASSAGES: Final = 200
UNSURE: Final = "unsure"
_SEED: Final = 0
_BREAK: Final = re.compile(r"\n\s*\n|\n(?=\s*(?:\d+(?:\.\d+)*[.)]?|\([a-z]\)|§\s*\d+)\s+\S)")


class Labelled(NamedTuple):
    """A passage of the user's message, its label, and the label's probability where the model gives one."""

    text: str
    label: str
    probability: float | None


class Labeller:
    """Labels passages; safe to be used from several threads."""

    def __init__(self, wanted: Classifier, load: Callable[[], Model]) -> None:
        """`load` may raise InputError; it is called when the first message comes."""
        self.wanted = wanted
        self._load = load
        self._model: Model | None = None
        self._lock = threading.Lock()

    def labels(self, message: str) -> tuple[Labelled, ...]:
        """The passages of a message that are long enough, with their labels. Raises InputError."""
        parts = [message.strip()]
        if self.wanted.each == "paragraph":
            asked = questions_in(message)
            parts = [part for part in passages_of(message) if part not in asked]
        long = [part for part in parts if len(part.split()) >= self.wanted.least_words]
        return tuple(self._labelled(part) for part in long[:MOST_PASSAGES])

    def _labelled(self, text: str) -> Labelled:
        messages = [said("system", self.wanted.instruction)] if self.wanted.instruction else []
        asked = Asked([*messages, said("user", text)], max_tokens=16, temperature=0.0, logprobs=True)
        answer = self._loaded().answer(asked)
        probability = math.exp(answer.logprobs[0].logprob) if answer.logprobs else None
        unsure = probability is not None and probability < self.wanted.least_probability
        return Labelled(text, UNSURE if unsure else answer.text.strip(), probability)

    def _loaded(self) -> Model:
        with self._lock:
            if self._model is None:
                self._model = self._load()
        return self._model


def passages_of(message: str) -> list[str]:
    """The paragraphs and numbered clauses of a text; line breaks within one become spaces."""
    return [" ".join(part.split()) for part in _BREAK.split(message) if part.strip()]


def questions_in(message: str) -> list[str]:
    """The paragraphs that ask something."""
    return [part for part in passages_of(message) if part.endswith(("?", "？"))]


def trained_on(rows: Path) -> Model:
    """The linear model of these rows: trained now, or as it was kept when it was trained before. Raises InputError."""
    kept = cache_folder()
    folder = (kept or Path(tempfile.mkdtemp(prefix="advisor-"))) / f"classifier-{file_sha256(rows)[:16]}"
    trainer = LinearTrainer()
    conversations = [row.conversation for row in rows_of(rows)]
    trained = trainer.train(Order(BASE_MODEL, "supervised", conversations, (), {}, _SEED, folder), Silent())
    return trainer.load(trained.folder)
