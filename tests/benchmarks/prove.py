"""The proof's own time: arms without a language model on Reuters R8 as a whole process, and what an answer costs beside
the model's time at 16 at once: `python -m tests.benchmarks.prove`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from advisor.dataset.conversation import Message, said
from advisor.evaluation.answer_store import AnswerStore
from advisor.evaluation.asked_model import Said, TokenPrices
from advisor.evaluation.bake_off import bake_off
from advisor.evaluation.budget import Budget
from advisor.evaluation.item import Item
from advisor.evaluation.language_arm import LanguageArm, Means
from advisor.evaluation.prompting import Prompted
from tests.real_proofs.data_sets import reuters_r8

ITEMS = 2_000
MODEL_S = 0.02  # that an answer takes


class Sleeping:
    """A model that answers after a fixed time."""

    name, identity, what, workers, is_paid = "sleeping", "sleeping", "sleeping", 16, False
    prices: TokenPrices | None = None

    def say(self, messages: Sequence[Message], most_tokens: int) -> Said:
        """The answer."""
        time.sleep(MODEL_S)
        return Said("x", 1, 1, Decimal(0))


def main() -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = AnswerStore(folder / "answers.sqlite3")
        items = [Item(f"L{number}", (said("user", f"question {number}"),), "x") for number in range(ITEMS)]
        means = Means(store, Budget(None), 8)
        arm = LanguageArm("model", "model", "", Sleeping(), lambda item: Prompted(item.messages), means)
        begun = time.perf_counter()
        bake_off([arm], items, lambda *_: None)
        seconds = time.perf_counter() - begun
        beyond = (seconds - ITEMS * MODEL_S / 16) / ITEMS * 1000
        print(f"{ITEMS:,} answers at 16 at once: {beyond:.2f} ms an item beyond the model's time (goal 2)")
        store.close()
        data = reuters_r8(folder, folder)
        line = [sys.executable, "-m", "advisor", "prove", "docs/examples/iot-log-classifier.yaml", "--format", "json"]
        line += ["--data", str(data.train), "--test", str(data.test)]
        begun = time.perf_counter()
        done = subprocess.run(
            line, capture_output=True, text=True, env=os.environ | {"ADVISOR_DATA": name}, cwd=Path(__file__).parents[2]
        )
        seconds = time.perf_counter() - begun
        ran = [arm["name"] for arm in json.loads(done.stdout)["arms"] if arm["ran"]]
        print(f"Reuters R8, 5,485 rows and 2,189 questions, {', '.join(ran)}: {seconds:.1f} s (goal 45)")


if __name__ == "__main__":
    main()
