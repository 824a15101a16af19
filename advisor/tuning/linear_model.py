"""Answers of linear models: a label with its probability, or the answer of the nearest training prompt.

Both read what the user said, in all turns; system prompts are not read. Their tokens are words, and a label is one.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from typing import Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from advisor.dataset.conversation import text_of
from advisor.errors import InputError
from advisor.tuning.calibration import Calibration, log_softmax
from advisor.tuning.label_rows import prompt_of
from advisor.tuning.tfidf import Features, Terms
from advisor.tuning.trainer import Answer, Asked, TokenLogprob

_word: Final = re.compile(r"\s*\S+")


class LabelModel:
    """A head on labels. Without a temperature, or with 0, it answers the likeliest label."""

    def __init__(
        self,
        terms: Sequence[Features],
        weights: NDArray[np.float32],
        offsets: NDArray[np.float64],
        calibration: Calibration,
        labels: Sequence[str],
    ) -> None:
        """`weights` is terms x labels, the terms of all kinds one after the other."""
        ends = np.cumsum([one.width for one in terms])
        self._blocks = tuple(zip(terms, np.split(weights, ends[:-1]), strict=True))
        self._offsets, self._calibration, self.labels = offsets, calibration, tuple(labels)

    def log_probabilities(self, prompt: str) -> NDArray[np.float64]:
        """Natural logarithms of the labels' probabilities, in the order of `labels`."""
        margins = self._offsets
        for terms, weights in self._blocks:
            numbers, values = terms.weigh(prompt)
            margins = margins + values @ weights[numbers]
        return self._calibration.log_probabilities(margins)

    def answer(self, asked: Asked) -> Answer:
        """The label, and with `logprobs` its probability and those of the likeliest others.

        Raises InputError where JSON by a schema is asked for.
        """
        _no_schema(asked)
        log_p = self.log_probabilities(prompt_of(asked.messages))
        place = int(log_p.argmax()) if not asked.temperature else _drawn(log_p, asked.temperature, asked)
        logprobs = None
        if asked.logprobs:
            likeliest = np.argsort(-log_p, kind="stable")[: asked.top_logprobs]
            others = tuple((self.labels[other], float(log_p[other])) for other in likeliest)
            logprobs = (TokenLogprob(self.labels[place], float(log_p[place]), others),)
        return Answer(_until(self.labels[place], asked.stop), "stop", _prompt_tokens(asked), 1, logprobs)

    def stream(self, asked: Asked) -> Generator[str, None, Answer]:
        """The label, in one piece."""
        answer = self.answer(asked)
        yield answer.text
        return answer


class RetrievalModel:
    """Copies the answer of the training prompt with the highest cosine similarity; it writes nothing of its own."""

    def __init__(
        self,
        terms: Sequence[Terms],
        data: NDArray[np.float32],
        rows: NDArray[np.int32],
        starts: NDArray[np.int64],
        answers: Sequence[str],
    ) -> None:
        """`data`, `rows` and `starts` are the prompts' matrix (prompts x terms) in compressed columns."""
        self._terms = tuple(terms)
        self._data, self._rows, self._starts, self._answers = data, rows, starts, tuple(answers)

    def similarities(self, prompt: str) -> NDArray[np.float64]:
        """The cosine of the prompt with each training prompt, averaged over the kinds of terms."""
        total = np.zeros(len(self._answers))
        first = 0
        for terms in self._terms:
            for number, weight in zip(*terms.weigh(prompt), strict=True):
                span = slice(self._starts[first + number], self._starts[first + number + 1])
                total[self._rows[span]] += weight * self._data[span]
            first += len(terms.numbers)
        return total / len(self._terms)

    def answer(self, asked: Asked) -> Answer:
        """The nearest prompt's answer, the first one where several are as near.

        Raises InputError where no prompt has a word in common, and for probabilities or JSON by a schema.
        """
        _no_schema(asked)
        if asked.logprobs:
            _cannot("it copies answers and has no probabilities", "leave out logprobs")
        similarities = self.similarities(prompt_of(asked.messages))
        nearest = int(similarities.argmax())
        if similarities[nearest] <= 0:
            _cannot(
                "it copies answers, and no training prompt has anything in common with this one",
                "ask about what it was trained on",
            )
        words = _word.findall(_until(self._answers[nearest], asked.stop))
        kept = words[: asked.max_tokens]
        reason = "length" if len(kept) < len(words) else "stop"
        return Answer("".join(kept), reason, _prompt_tokens(asked), len(kept))

    def stream(self, asked: Asked) -> Generator[str, None, Answer]:
        """The answer, word by word."""
        answer = self.answer(asked)
        yield from _word.findall(answer.text)
        return answer


def _drawn(log_p: NDArray[np.float64], temperature: float, asked: Asked) -> int:
    """A label drawn at a temperature, from the likeliest that make up `top_p`."""
    p = np.exp(log_softmax(log_p / temperature))
    order = np.argsort(-p, kind="stable")
    if asked.top_p is not None:
        order = order[: int(np.searchsorted(np.cumsum(p[order]), asked.top_p)) + 1]
    return int(np.random.default_rng(asked.seed).choice(order, p=p[order] / p[order].sum()))


def _until(text: str, stops: Sequence[str]) -> str:
    return text[: min((place for stop in stops if stop and (place := text.find(stop)) >= 0), default=len(text))]


def _prompt_tokens(asked: Asked) -> int:
    return sum(len(text_of(message).split()) for message in asked.messages)


def _no_schema(asked: Asked) -> None:
    if asked.json_schema is not None:
        _cannot("it answers with what it was trained on and follows no JSON schema", "leave out response_format")


def _cannot(problem: str, what_to_do: str) -> NoReturn:
    raise InputError(f"a linear model cannot do that: {problem}", where="advisor-linear", what_to_do=what_to_do)
