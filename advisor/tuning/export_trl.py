"""A plan as a Python script for TRL. Argument names after its version 1.16."""

from __future__ import annotations

from typing import Any

from advisor.tuning.export_order import ExportedFile, ExportOrder

_SCRIPT = '''"""{title}

pip install "trl>=1.16,<2" "peft>=0.21,<1"{extra}; then: torchrun --nproc-per-node=1 train_trl.py
"""

import os

import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer{quantisation_import}{callback_import}
from transformers.trainer_utils import get_last_checkpoint
from trl import {config}, {trainer}

MODEL = {model!r}
OUTPUT = {output!r}


def plain(messages):
    """Messages with nothing but a role and a content."""
    return [{{"role": message["role"], "content": message["content"]}} for message in messages]


def renamed(row):
    """What was asked, and the answer{answers}, by TRL's names."""
    return {{{convert}
    }}


def rows(path):
    """The rows of a JSON Lines file."""
    data = load_dataset("json", data_files=path, split="train")
    return data.map(renamed, remove_columns=data.column_names)


model = AutoModelForCausalLM.from_pretrained(
    MODEL,
    dtype=torch.bfloat16,{quantisation}
)
trainer = {trainer}(
    model=model,
    processing_class=AutoTokenizer.from_pretrained(MODEL),
    train_dataset=rows({train!r}),
    eval_dataset={validation},{callback}
    args={config}(
        output_dir=OUTPUT,{arguments}
    ),
    peft_config=LoraConfig({adapter}
    ),
)
trainer.train(resume_from_checkpoint=get_last_checkpoint(OUTPUT) if os.path.isdir(OUTPUT) else None)
trainer.save_model(OUTPUT)
'''
_QUANTISATION = """
    quantization_config=BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    ),"""
_CONVERT = {
    "supervised": """
        "prompt": plain(row["messages"][:-1]),
        "completion": plain(row["messages"][-1:]),""",
    "dpo": """
        "prompt": plain(row["messages"]),
        "chosen": plain([row["chosen"]]),
        "rejected": plain([row["rejected"]]),""",
}


def trl_file(order: ExportOrder) -> ExportedFile:
    """`accelerate launch NAME` runs it."""
    dpo, four_bits, checked = order.method == "dpo", order.adapter == "qlora", order.validation_file is not None
    patience = int(order.value("early_stopping_patience", 2))
    text = _SCRIPT.format(
        title=f"{order.name}: {order.adapter} by {order.method} on {order.hub_model}.".replace('"""', ""),
        extra=' "bitsandbytes>=0.48,<1"' if four_bits else "",
        quantisation_import=", BitsAndBytesConfig" if four_bits else "",
        callback_import=", EarlyStoppingCallback" if checked else "",
        config="DPOConfig" if dpo else "SFTConfig",
        trainer="DPOTrainer" if dpo else "SFTTrainer",
        answers=", preferred and rejected" if dpo else "",
        convert=_CONVERT["dpo" if dpo else "supervised"],
        model=order.hub_model,
        quantisation=_QUANTISATION if four_bits else "",
        train=order.train_file,
        validation=f"rows({order.validation_file!r})" if checked else "None",
        callback=f"\n    callbacks=[EarlyStoppingCallback(early_stopping_patience={patience})]," if checked else "",
        arguments=_written(_arguments(order)),
        adapter=_written(_adapter(order)),
        output=order.output_folder,
    )
    return ExportedFile("train_trl.py", text)


def _arguments(order: ExportOrder) -> dict[str, Any]:
    return {
        "max_length": order.max_length,
        **(
            {"beta": order.beta}
            if order.method == "dpo"
            else {"completion_only_loss": True, "packing": bool(order.value("packing", False))}
        ),
        "per_device_train_batch_size": order.rows_at_once,
        "gradient_accumulation_steps": order.accumulation,
        "num_train_epochs": order.epochs,
        "learning_rate": order.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": order.warmup_ratio,  # below 1 it is a share
        "weight_decay": float(order.value("weight_decay", 0.0)),
        "bf16": True,
        "gradient_checkpointing": bool(order.value("gradient_checkpointing", True)),
        "seed": order.seed,
        "save_strategy": "epoch",
        "eval_strategy": "epoch" if order.validation_file else "no",
        **({"load_best_model_at_end": True, "metric_for_best_model": "eval_loss"} if order.validation_file else {}),
        "report_to": "none",
    }


def _adapter(order: ExportOrder) -> dict[str, Any]:
    return {
        "task_type": "CAUSAL_LM",
        "r": order.rank,
        "lora_alpha": order.alpha,
        "lora_dropout": order.dropout,
        "target_modules": order.targets or "all-linear",
    }


def _written(arguments: dict[str, Any]) -> str:
    return "".join(f"\n        {name}={value!r}," for name, value in arguments.items())
