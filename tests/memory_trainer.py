"""A real, small trainer for tests: it learns prompt → answer by heart, in steps, with files and checkpoints."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Generator
from pathlib import Path

from advisor.dataset.conversation import Conversation, text_of
from advisor.errors import InputError
from advisor.tuning.trainer import (
    Answer,
    Asked,
    Checkpoint,
    Control,
    Metric,
    Order,
    Stopped,
    TokenLogprob,
    Trained,
)

_WORD = re.compile(r"\s*\S+")


class MemoryTrainer:
    """Learns `batch_size` rows a step (1 by default); every step leaves a checkpoint that a later run goes on from.

    `learning_rate_multiplier` is the seconds that a step takes. Each step adds a line to `steps.log`, so that a test
    can see which were done twice.
    """

    def train(self, order: Order, control: Control) -> Trained:
        """Learn every row by heart."""
        if order.method != "supervised":
            raise InputError(f"{order.method} cannot be learnt by heart", what_to_do="use supervised")
        batch = int(order.hyperparameters.get("batch_size", 1))
        pause_s = float(order.hyperparameters.get("learning_rate_multiplier", 0.0))
        steps = math.ceil(len(order.train) / batch)
        kept = [checkpoint for step in range(1, steps + 1) if (checkpoint := _kept(order.folder, step))]
        for step in range(len(kept) + 1, steps + 1):
            if not control.wanted():
                raise Stopped
            if pause_s:
                time.sleep(pause_s)
            with (order.folder / "steps.log").open("a") as log:
                log.write(f"{step}\n")
            known = dict(map(_pair, order.train[: step * batch]))
            folder = order.folder / f"checkpoint-{step}"
            folder.mkdir(exist_ok=True)
            metric = Metric(step, steps, step / steps, 1 / step, step / steps, None, None, None, None)
            (folder / "metric.json").write_text(json.dumps(metric))
            _write(folder / "answers.json", known)
            kept.append(Checkpoint(step, folder, metric))
            control.report(metric)
        tokens = sum(len(_words(text)) for pair in map(_pair, order.train) for text in pair)
        right = sum(
            dict(map(_pair, order.train)).get(prompt) == answer for prompt, answer in map(_pair, order.validation)
        )
        metrics = {"accuracy": right / len(order.validation)} if order.validation else {}
        return Trained(kept[-1].folder, tokens, tuple(kept), metrics, f"{len(order.train)} answers learnt by heart")

    def load(self, folder: Path) -> MemoryModel:
        """What was learnt."""
        if not (folder / "answers.json").is_file():
            raise InputError("nothing was learnt here", where=str(folder), what_to_do="train first")
        return MemoryModel(json.loads((folder / "answers.json").read_text()))


class MemoryModel:
    """Answers with the answer of the prompt that shares most words."""

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = [(frozenset(_words(prompt.lower())), answer) for prompt, answer in answers.items()]

    def answer(self, asked: Asked) -> Answer:
        """The whole answer, cut at `stop` and at `max_tokens` words."""
        if asked.json_schema is not None:
            raise InputError("a model that knows answers by heart cannot follow a schema", what_to_do="ask for text")
        prompt = " ".join(text_of(message) for message in asked.messages if message["role"] == "user")
        asked_words = frozenset(_words(prompt.lower()))
        text = max(self._answers, key=lambda pair: len(pair[0] & asked_words) / math.sqrt(len(pair[0]) or 1))[1]
        for stop in asked.stop:
            text = text.partition(stop)[0]
        pieces = _words(text)
        cut = asked.max_tokens is not None and len(pieces) > asked.max_tokens
        pieces = pieces[: asked.max_tokens] if cut else pieces
        logprobs = tuple(
            TokenLogprob(piece, -0.25, ((piece, -0.25), ("other", -1.5))[: asked.top_logprobs]) for piece in pieces
        )
        prompt_tokens = sum(len(_words(text_of(message))) for message in asked.messages)
        return Answer(
            "".join(pieces),
            "length" if cut else "stop",
            prompt_tokens,
            len(pieces),
            logprobs if asked.logprobs else None,
        )

    def stream(self, asked: Asked) -> Generator[str, None, Answer]:
        """The same answer word by word."""
        answer = self.answer(asked)
        yield from _words(answer.text)
        return answer


def _pair(row: Conversation) -> tuple[str, str]:
    prompt = " ".join(text_of(message) for message in row.messages if message["role"] == "user")
    return prompt, text_of(row.messages[-1])


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _kept(folder: Path, step: int) -> Checkpoint | None:
    place = folder / f"checkpoint-{step}"
    if not (place / "answers.json").is_file():
        return None
    return Checkpoint(step, place, Metric(*json.loads((place / "metric.json").read_text())))


def _write(path: Path, answers: dict[str, str]) -> None:
    """Whole or not at all: a checkpoint with answers is complete."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(answers))
    beside.replace(path)
