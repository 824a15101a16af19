"""A plan as the YAML of LLaMA-Factory and its `dataset_info.json`. Names after its version 0.9.5."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import yaml

from advisor.tuning.export_order import ExportedFile, ExportOrder

_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "observation_tag": "tool",
    "system_tag": "system",
}


def llama_factory_files(order: ExportOrder) -> tuple[ExportedFile, ExportedFile]:
    """`llamafactory-cli train NAME` runs the first, beside the second."""
    config = yaml.safe_dump(llama_factory_config(order), sort_keys=False, allow_unicode=True)
    described = json.dumps(dataset_info(order), indent=2, ensure_ascii=False) + "\n"
    return ExportedFile("llama_factory.yaml", config), ExportedFile("dataset_info.json", described)


def llama_factory_config(order: ExportOrder) -> dict[str, Any]:
    """The arguments as LLaMA-Factory's own parser reads them. The chat template is the tokenizer's."""
    config: dict[str, Any] = {
        "model_name_or_path": order.hub_model,
        "stage": "dpo" if order.method == "dpo" else "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "lora_rank": order.rank,
        "lora_alpha": order.alpha,
        "lora_dropout": order.dropout,
        "lora_target": ",".join(order.targets) if order.targets else "all",
        **({"quantization_bit": 4, "quantization_type": "nf4"} if order.adapter == "qlora" else {}),
        **({"pref_beta": order.beta, "pref_loss": "sigmoid"} if order.method == "dpo" else {"mask_history": True}),
        "dataset_dir": ".",
        "dataset": "train",
        "cutoff_len": order.max_length,
        "output_dir": order.output_folder,
        "per_device_train_batch_size": order.rows_at_once,
        "gradient_accumulation_steps": order.accumulation,
        "num_train_epochs": order.epochs,
        "learning_rate": order.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": order.warmup_ratio,  # below 1 it is a share
        "weight_decay": float(order.value("weight_decay", 0.0)),
        "bf16": True,
        "seed": order.seed,
        "save_strategy": "epoch",
        "report_to": "none",
    }
    if order.validation_file:
        config |= {
            "eval_dataset": "validation",
            "eval_strategy": "epoch",
            "per_device_eval_batch_size": order.rows_at_once,
            "load_best_model_at_end": True,
            "metric_for_best_model": "eval_loss",
            "greater_is_better": False,
        }
    return config


def dataset_info(order: ExportOrder) -> dict[str, Any]:
    """Where the data is and what its columns mean; paths are relative to this file."""
    files = {"train": order.train_file, "validation": order.validation_file}
    return {name: _described(order, path) for name, path in files.items() if path}


def _described(order: ExportOrder, path: str) -> dict[str, Any]:
    columns = {"messages": "messages"}
    if order.method == "dpo":
        columns |= {"chosen": "chosen", "rejected": "rejected"}
    return {
        "file_name": str(PurePosixPath(path)),
        "formatting": "sharegpt",
        **({"ranking": True} if order.method == "dpo" else {}),
        "columns": columns,
        "tags": _TAGS,
    }
