"""What the training estimate knows: constants, stacks, cards and model shapes, as read from `pricing/`."""

from collections.abc import Mapping
from typing import NamedTuple

from advisor.cost.model_shape import ModelShape


class Constant(NamedTuple):
    """A number with its meaning. `prior` and `prior_sd` are what it was before any run was looked at."""

    value: float
    prior: float
    prior_sd: float
    meaning: str
    source: str


class Stack(NamedTuple):
    """How a framework keeps weights, computes the loss and so on; see pricing/training_constants.yaml."""

    id: str
    words: tuple[str, ...]
    overhead: str  # native or hf
    full: str  # amp, master or pure
    loss: str  # fp32, 16bit or fused
    adapter_bits: int
    eager_norm: bool
    checkpointing: bool
    flash: bool
    sharded: bool
    qlora_by_deepspeed: bool
    wide_embeddings: bool
    fused_optimizer: bool
    source: str


class GpuCard(NamedTuple):
    """A GPU's data sheet. Speeds are dense 16-bit TFLOPS; memory is what the driver shows."""

    name: str
    spellings: tuple[tuple[str, ...], ...]
    tflops: float
    fp8_tflops: float
    memory_gib: float
    bandwidth_gb_s: float
    link_gb_s: float
    sustained: float
    bf16: bool
    source: str


class TrainingKnowledge(NamedTuple):
    """Everything the estimate rests on. `shapes` is by `name_key`; `widening` by the input that is not known."""

    shapes: Mapping[tuple[str, ...], ModelShape]
    cards: tuple[GpuCard, ...]
    stacks: tuple[Stack, ...]
    memory: Mapping[str, Constant]
    time: Mapping[str, Constant]
    spread: Mapping[str, Constant]
    widening: Mapping[str, Constant]
