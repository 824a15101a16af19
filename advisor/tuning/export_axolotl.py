"""A plan as the YAML of axolotl. Names after its schema, version 0.19."""

from __future__ import annotations

from typing import Any

import yaml

from advisor.tuning.export_order import ExportedFile, ExportOrder


def axolotl_file(order: ExportOrder) -> ExportedFile:
    """`axolotl train NAME` runs it."""
    return ExportedFile("axolotl.yaml", yaml.safe_dump(axolotl_config(order), sort_keys=False, allow_unicode=True))


def axolotl_config(order: ExportOrder) -> dict[str, Any]:
    """The configuration as axolotl's own schema reads it."""
    packing = order.method != "dpo" and bool(order.value("packing", True))
    config: dict[str, Any] = {
        "base_model": order.hub_model,
        "load_in_4bit": order.adapter == "qlora",
        "adapter": order.adapter,
        "lora_r": order.rank,
        "lora_alpha": order.alpha,
        "lora_dropout": order.dropout,
        **({"lora_target_modules": order.targets} if order.targets else {"lora_target_linear": True}),
        **({"rl": "dpo", "rl_beta": order.beta} if order.method == "dpo" else {}),
        "datasets": [_data(order, order.train_file)],
        "output_dir": order.output_folder,
        "sequence_len": order.max_length,
        # Packed rows are kept apart by flash attention only.
        **({"sample_packing": True, "attn_implementation": "flash_attention_2"} if packing else {}),
        "micro_batch_size": order.rows_at_once,
        "gradient_accumulation_steps": order.accumulation,
        "num_epochs": order.epochs,
        "learning_rate": order.learning_rate,
        "lr_scheduler": "cosine",
        "warmup_ratio": order.warmup_ratio,
        "weight_decay": float(order.value("weight_decay", 0.0)),
        "optimizer": "adamw_torch",
        "bf16": "auto",
        "gradient_checkpointing": bool(order.value("gradient_checkpointing", True)),
        "auto_resume_from_checkpoints": True,
        "seed": order.seed,
    }
    if order.validation_file:
        config |= {
            "test_datasets": [_data(order, order.validation_file)],
            "eval_steps": 0.1,  # shares of all steps; early stopping needs both
            "save_steps": 0.1,
            "load_best_model_at_end": True,
            "metric_for_best_model": "eval_loss",
            "greater_is_better": False,
            "early_stopping_patience": int(order.value("early_stopping_patience", 2)),
        }
    return config


def _data(order: ExportOrder, path: str) -> dict[str, Any]:
    common = {"path": path, "ds_type": "json", "split": "train", "field_messages": "messages"}
    if order.method == "dpo":
        return {
            **common,
            "type": "chat_template.default",
            "field_chosen": "chosen",
            "field_rejected": "rejected",
        }
    return {**common, "type": "chat_template", "message_field_training": "training"}
