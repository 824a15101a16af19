"""A training run as the estimate sees it: every input has a value, and what was assumed is listed."""

from __future__ import annotations

from typing import Final, NamedTuple

from advisor.cost.model_shape import ModelShape
from advisor.cost.training_knowledge import GpuCard, Stack

METHODS: Final = ("lora", "qlora", "full")
TARGETS: Final = ("q", "k", "v", "o", "gate", "up", "down")
QUANTISATIONS: Final = {  # bytes per weight of the layers
    "16bit": 2.0,
    "32bit": 4.0,
    "int8": 1.01,
    "nf4": 0.5 + 4 / 64,  # a 32-bit scale for 64 weights
    "nf4_dq": 0.5 + 1 / 64 + 4 / (64 * 256),  # the scales in 8 bits, with a scale for 256 of them
    "gptq": 0.5 + 2.5 / 128,  # a 16-bit scale and a 4-bit zero for 128 weights
}
FOUR_BITS: Final = ("nf4", "nf4_dq", "gptq")


class Assumption(NamedTuple):
    """An input that was not given: what was taken, why, and which entry of `widening` makes the range wider."""

    input: str
    taken: str
    because: str
    widening: str = ""


class TrainingRun(NamedTuple):
    """One run. `micro_batch` counts examples of `length` tokens on each card; `gpus` all cards.

    `sharding` is none, zero1, zero2 or zero3 (also FSDP and tensor parallel); `weights_kept` amp, master or pure.
    """

    shape: ModelShape
    method: str
    quantisation: str
    stack: Stack
    rank: int = 16
    targets: tuple[str, ...] = TARGETS
    adapter_params: float | None = None  # where the run states how many it trains
    embeddings_trained: bool = False
    micro_batch: int = 1
    grad_accum: int = 1
    length: int = 2048
    checkpointing: bool = True
    activations_offloaded: bool = False
    flash: bool = True
    optimizer: str = "adamw"  # adamw, adamw_8bit, adafactor, sgd, lion
    optimizer_offloaded: bool = False
    weights_kept: str = "amp"
    deepspeed: bool = False
    old_torch: bool = False  # 2.0 or older: AdamW makes two copies in its step instead of one
    old_bitsandbytes: bool = False  # before 0.42: inputs of 4-bit matrices are kept for the backward pass
    fused_loss: bool = False
    compiled: bool = False
    fp8: bool = False
    gpu: GpuCard | None = None
    gpus: int = 1
    sharding: str = "none"
    dataset_tokens: float | None = None
    epochs: float = 1.0
    assumptions: tuple[Assumption, ...] = ()

    @property
    def tokens_per_micro_step(self) -> int:
        """Tokens on one card in one forward pass."""
        return self.micro_batch * self.length

    @property
    def trained_adapter_params(self) -> float:
        """Parameters of the adapter; 0 in full fine-tuning."""
        if self.method == "full":
            return 0.0
        if self.adapter_params is not None:
            return self.adapter_params
        return self.rank * sum(sum(self.shape.adapter_widths(target)) for target in self.targets)
