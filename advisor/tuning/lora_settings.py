"""Hyperparameters of LoRA by OpenAI's names and ours, and what is taken where one is left open."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from pydantic import Field

from advisor.errors import InputError
from advisor.tuning.settings import Settings

# Usual rates of LoRA; preferences move a model that can already answer, so they take small steps.
LEARNING_RATE: Final = {"supervised": 2e-4, "dpo": 2e-5}
_WHOLE: Final = "a whole number from 1 on"
_SHARE: Final = "a number from 0 to 1"


class LoraSettings(Settings):
    """All may be left out or `auto`."""

    n_epochs: int | None = Field(None, ge=1, le=100, description="a whole number from 1 to 100")
    batch_size: int | None = Field(None, ge=1, le=4096, description="rows in one step, from 1 to 4096")
    learning_rate_multiplier: float | None = Field(None, gt=0, description="a number above 0")
    learning_rate: float | None = Field(None, gt=0, lt=1, description="a number above 0 and below 1, such as 0.0002")
    lora_rank: int | None = Field(None, ge=1, le=1024, description="a whole number from 1 to 1024")
    lora_alpha: float | None = Field(None, gt=0, description="a number above 0; twice the rank is usual")
    lora_dropout: float | None = Field(None, ge=0, lt=1, description=_SHARE)
    lora_targets: str | list[str] | None = Field(None, description='"all-linear" or a list of module names')
    max_length: int | None = Field(None, ge=8, description="tokens of a row, from 8 on")
    pack_length: int | None = Field(None, ge=8, description="tokens of a pack, from 8 on")
    packing: bool | None = Field(None, description="true or false")
    precision: Literal["float32", "bfloat16"] | None = Field(None, description="float32 or bfloat16")
    quantisation: Literal["none", "nf4"] | None = Field(None, description="none or nf4 (QLoRA, on CUDA only)")
    gradient_checkpointing: bool | None = Field(None, description="true or false")
    warmup_ratio: float | None = Field(None, ge=0, le=1, description=_SHARE)
    weight_decay: float | None = Field(None, ge=0, description="a number from 0 on")
    early_stopping_patience: int | None = Field(None, ge=1, description=_WHOLE)
    checkpoint_steps: int | None = Field(None, ge=1, description=_WHOLE)
    beta: float | None = Field(None, gt=0, le=2, description="how near DPO keeps to the base model: above 0, up to 2")
    teacher: str | None = Field(None, description="for distillation: a trained folder, a model's folder, or hf/NAME")
    principles: list[str] | None = Field(None, description="for constitutional: a list of sentences")
    max_answer_tokens: int | None = Field(None, ge=1, description="for distillation and constitutional, from 1 on")


class LoraPlan(NamedTuple):
    """Every setting with its value. A batch is so many rows (pairs for DPO) in one step of the optimiser."""

    method: str  # supervised or dpo
    epochs: int
    batch_size: int
    learning_rate: float
    rank: int
    alpha: float
    dropout: float
    targets: str | tuple[str, ...]
    max_length: int
    pack_length: int
    gradient_checkpointing: bool
    warmup_ratio: float
    weight_decay: float
    patience: int
    checkpoint_steps: int
    beta: float


def lora_plan(settings: LoraSettings, method: str, rows: int, context_tokens: int, device: str) -> LoraPlan:
    """What `settings` leaves open, filled in for `rows` training rows. Raises InputError."""
    if settings.learning_rate is not None and settings.learning_rate_multiplier is not None:
        raise InputError(
            "learning_rate and learning_rate_multiplier cannot both be given",
            where="hyperparameters.learning_rate",
            what_to_do="keep one of them",
        )
    longest = settings.max_length or min(2048, context_tokens)
    if longest > context_tokens:
        raise InputError(
            f"rows of {longest} tokens are longer than the {context_tokens} that the model reads",
            where="hyperparameters.max_length",
            what_to_do=f"take at most {context_tokens}",
        )
    rate = settings.learning_rate or LEARNING_RATE[method] * (settings.learning_rate_multiplier or 1)
    rank = settings.lora_rank or 16
    targets = settings.lora_targets or "all-linear"
    # A pack longer than this costs more in attention than it saves in calls.
    pack = settings.pack_length or min(longest, 512 if device == "cpu" else 4096)
    return LoraPlan(
        method=method,
        epochs=settings.n_epochs or 3,
        batch_size=settings.batch_size or max(1, min(16, rows // 16)),
        learning_rate=rate,
        rank=rank,
        alpha=settings.lora_alpha or 2 * rank,
        dropout=settings.lora_dropout or 0.0,
        targets=targets if isinstance(targets, str) else tuple(targets),
        max_length=longest,
        pack_length=0 if settings.packing is False else pack,
        gradient_checkpointing=bool(settings.gradient_checkpointing),
        warmup_ratio=0.05 if settings.warmup_ratio is None else settings.warmup_ratio,
        weight_decay=settings.weight_decay or 0.0,
        patience=settings.early_stopping_patience or 2,
        checkpoint_steps=settings.checkpoint_steps or 50,
        beta=settings.beta or 0.1,
    )
