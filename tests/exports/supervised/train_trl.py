"""Pump codes: lora by supervised on Qwen/Qwen3-8B.

pip install "trl>=1.16,<2" "peft>=0.21,<1"; then: torchrun --nproc-per-node=1 train_trl.py
"""

import os

import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, EarlyStoppingCallback
from transformers.trainer_utils import get_last_checkpoint
from trl import SFTConfig, SFTTrainer

MODEL = 'Qwen/Qwen3-8B'
OUTPUT = 'out'


def plain(messages):
    """Messages with nothing but a role and a content."""
    return [{"role": message["role"], "content": message["content"]} for message in messages]


def renamed(row):
    """What was asked, and the answer, by TRL's names."""
    return {
        "prompt": plain(row["messages"][:-1]),
        "completion": plain(row["messages"][-1:]),
    }


def rows(path):
    """The rows of a JSON Lines file."""
    data = load_dataset("json", data_files=path, split="train")
    return data.map(renamed, remove_columns=data.column_names)


model = AutoModelForCausalLM.from_pretrained(
    MODEL,
    dtype=torch.bfloat16,
)
trainer = SFTTrainer(
    model=model,
    processing_class=AutoTokenizer.from_pretrained(MODEL),
    train_dataset=rows('train.jsonl'),
    eval_dataset=rows('validation.jsonl'),
    callbacks=[EarlyStoppingCallback(early_stopping_patience=2)],
    args=SFTConfig(
        output_dir=OUTPUT,
        max_length=2048,
        completion_only_loss=True,
        packing=False,
        per_device_train_batch_size=2,
        gradient_accumulation_steps=4,
        num_train_epochs=2,
        learning_rate=0.0002,
        lr_scheduler_type='cosine',
        warmup_steps=0.05,
        weight_decay=0.0,
        bf16=True,
        gradient_checkpointing=True,
        seed=7,
        save_strategy='epoch',
        eval_strategy='epoch',
        load_best_model_at_end=True,
        metric_for_best_model='eval_loss',
        report_to='none',
    ),
    peft_config=LoraConfig(
        task_type='CAUSAL_LM',
        r=16,
        lora_alpha=32,
        lora_dropout=0.0,
        target_modules='all-linear',
    ),
)
trainer.train(resume_from_checkpoint=get_last_checkpoint(OUTPUT) if os.path.isdir(OUTPUT) else None)
trainer.save_model(OUTPUT)
