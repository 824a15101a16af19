"""Speed and hours of training on a given card: matrix products, memory traffic, launches and links.

docs/training-estimate.md derives every formula. Tokens per second are over all GPUs. Pure arithmetic: constants come
from `pricing/training_constants.yaml`, data sheets from `pricing/gpu_cards.yaml`.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from advisor.cost.training_knowledge import GpuCard, TrainingKnowledge
from advisor.cost.training_memory import Z90, layer_bytes, logit_bytes
from advisor.cost.training_run import FOUR_BITS, QUANTISATIONS, TrainingRun
from advisor.errors import InputError

SECONDS_PER_HOUR: Final = 3600.0
_CHANGES_SPEED: Final = ("shape", "length", "micro_batch", "checkpointing", "sharding")


class StepTime(NamedTuple):
    """Seconds of one forward and backward pass of one micro-batch on one card, by what takes them.

    `issue` is the least the step can take, however few tokens it has; `links` is what is waited for other cards.
    """

    products: float
    traffic: float
    dequantise: float
    optimiser: float
    issue: float
    links: float
    total: float


class SpeedRange(NamedTuple):
    """Tokens per second over all GPUs; one run in ten is slower than `p10`, one in ten faster than `p90`."""

    tokens_per_s_p10: float
    tokens_per_s_p50: float
    tokens_per_s_p90: float
    step: StepTime


class HoursRange(NamedTuple):
    """Hours on the clock, of all GPUs together at work; one run in ten takes less than `p10`, one more than `p90`."""

    hours_p10: float
    hours_p50: float
    hours_p90: float


def speed_range(run: TrainingRun, knowledge: TrainingKnowledge) -> SpeedRange:
    """Tokens per second of `run` on its card. Raises InputError where the run has no card."""
    step = step_time(run, knowledge)
    assert run.gpu is not None
    spread = knowledge.spread["time_a100" if "A100" in run.gpu.name else "time_other"].value
    missing = sum(taken.widening in _CHANGES_SPEED for taken in run.assumptions)
    factor = math.exp(Z90 * math.hypot(spread, knowledge.widening["speed"].value * math.sqrt(missing)))
    speed = run.gpus * run.tokens_per_micro_step / step.total
    return SpeedRange(speed / factor, speed, speed * factor, step)


def hours_range(run: TrainingRun, knowledge: TrainingKnowledge, tokens: float, epochs: float = 1.0) -> HoursRange:
    """Hours on the clock to pass `tokens` tokens `epochs` times through `run` on its card and number of GPUs.

    Raises InputError where tokens or epochs are not above 0, or the run has no card.
    """
    for name, value in (("tokens", tokens), ("epochs", epochs)):
        if not 0 < value < math.inf:
            raise InputError(f"{name} is {value}, but must be above 0", where=name, what_to_do=f"correct {name}")
    speed = speed_range(run, knowledge)
    seconds = tokens * epochs / SECONDS_PER_HOUR
    return HoursRange(
        seconds / speed.tokens_per_s_p90, seconds / speed.tokens_per_s_p50, seconds / speed.tokens_per_s_p10
    )


def step_time(run: TrainingRun, knowledge: TrainingKnowledge) -> StepTime:
    """Seconds of one micro-step of `run` on its card. Raises InputError where the run has no card."""
    if run.gpu is None:
        raise InputError("no known GPU is given, so there is no time", where="gpu", what_to_do="name the GPU")
    constants = {name: constant.value for name, constant in knowledge.time.items()}
    card, tokens = run.gpu, run.tokens_per_micro_step
    bandwidth = card.bandwidth_gb_s * 1e9
    passes = 3 + run.checkpointing  # forward 1, backward 2, recomputation 1

    products = _operations(run) * tokens / _speed(run, card, constants)
    traffic = tokens * _traffic_bytes(run, knowledge, constants, passes) / bandwidth
    dequantise = 0.0
    if run.quantisation in FOUR_BITS:
        each = constants["dequantise_gptq_bytes" if run.quantisation == "gptq" else "dequantise_bytes"]
        dequantise = (passes - 1) * run.shape.linear_params * each / bandwidth
    optimiser = _optimiser_seconds(run, card, constants) / run.grad_accum
    launch = run.shape.layers * passes * constants["launch_ms"] / 1000 * (0.5 if run.compiled else 1)
    reading = (passes - 1) * run.shape.params * QUANTISATIONS[run.quantisation] / bandwidth
    issue = math.hypot(launch, reading) + _gradient_seconds(run, card, constants)
    links = _link_seconds(run, card, constants, passes)
    power = constants["smooth_max"]
    work = products + traffic
    total = (work**power + issue**power) ** (1 / power) + dequantise + optimiser
    total = math.hypot(total, links)  # gathering overlaps with computing, but not wholly
    return StepTime(products, traffic, dequantise, optimiser, issue, links, total)


def _operations(run: TrainingRun) -> float:
    """Floating-point operations per token: 2 per weight and pass, and those of attention, which grow with length."""
    shape = run.shape
    layers, head = shape.active_linear_params, float(shape.vocab * shape.hidden)
    weight_passes = 3 if run.method == "full" else 2  # gradients of frozen weights are not computed
    linear = 2 * (layers * (weight_passes + run.checkpointing) + head * weight_passes)
    adapter = 2 * run.trained_adapter_params * (3 + run.checkpointing) if run.method != "full" else 0.0
    # Causal attention: half of 4 x length x width each way; the backward pass costs 2.5 forward passes.
    attention = 2 * shape.layers * run.length * shape.query_width * (3.5 + run.checkpointing)
    return linear + adapter + attention


def _speed(run: TrainingRun, card: GpuCard, constants: dict[str, float]) -> float:
    if run.fp8 and card.fp8_tflops > card.tflops:
        return card.fp8_tflops * 1e12 * constants["fp8_share"] * card.sustained
    return card.tflops * 1e12 * constants["matmul_share"] * card.sustained


def _traffic_bytes(run: TrainingRun, knowledge: TrainingKnowledge, constants: dict[str, float], passes: int) -> float:
    """Bytes per token that element-wise steps move through memory."""
    shape = run.shape
    # What the whole layer would keep, were it trained: a measure of the tensors that pass through.
    layer = layer_bytes(run._replace(method="full", quantisation="16bit"), 1.0)
    moved = shape.layers * layer * constants["traffic_share"] * (0.6 if run.compiled else 1)
    if run.method != "full":
        adapted = 2 * sum(sum(shape.adapter_widths(target)) for target in run.targets) / max(1, shape.experts)
        moved += adapted * constants["adapter_traffic_share"]
    logits = logit_bytes(run, {name: constant.value for name, constant in knowledge.memory.items()}) * shape.vocab
    return moved * passes + 2 * logits


def _optimiser_seconds(run: TrainingRun, card: GpuCard, constants: dict[str, float]) -> float:
    """Seconds of one optimiser step: states, gradients and weights are read and written once."""
    trained = run.shape.params if run.method == "full" else run.trained_adapter_params
    if run.embeddings_trained:
        trained += run.shape.embedding_params
    share = run.gpus if run.sharding != "none" else 1
    moved = 28 if run.weights_kept != "pure" else 14
    speed = constants["cpu_offload_gb_s"] if run.optimizer_offloaded else card.bandwidth_gb_s
    return trained / share * moved / (speed * 1e9)


def _gradient_seconds(run: TrainingRun, card: GpuCard, constants: dict[str, float]) -> float:
    """Seconds that full fine-tuning in mixed precision spends on its weights in each micro-step."""
    if run.method != "full" or run.weights_kept == "pure":
        return 0.0
    share = run.gpus if run.sharding == "zero3" else 1
    return run.shape.params / share * constants["gradient_bytes"] / (card.bandwidth_gb_s * 1e9)


def _link_seconds(run: TrainingRun, card: GpuCard, constants: dict[str, float], passes: int) -> float:
    """Seconds in which cards exchange weights (sharded) or gradients (once per optimiser step)."""
    if run.gpus == 1:
        return 0.0
    speed = card.link_gb_s * 1e9 * constants["link_share"]
    away = 1 - 1 / run.gpus
    trained = run.shape.params if run.method == "full" else run.trained_adapter_params
    if run.embeddings_trained:
        trained += run.shape.embedding_params
    gradients = 2 * 2 * trained * away / run.grad_accum
    weights = 0.0
    if run.sharding == "zero3":
        weights = (passes - 1) * run.shape.params * QUANTISATIONS[run.quantisation] * away
    return (gradients + weights) / speed
