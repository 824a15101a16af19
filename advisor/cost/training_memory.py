"""Memory that training needs on each GPU, from the shape of the model and the settings of the run.

docs/training-estimate.md derives every formula. Results are GiB (2**30 bytes) per GPU at the peak of PyTorch's
allocator. Pure arithmetic: constants come from `pricing/training_constants.yaml`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from advisor.cost.training_knowledge import TrainingKnowledge
from advisor.cost.training_run import FOUR_BITS, QUANTISATIONS, TrainingRun

GIB: Final = 2.0**30
Z90: Final = 1.2816  # the 90th percentile of the normal distribution


class MemoryParts(NamedTuple):
    """GiB per GPU by what holds them, at the moment of the peak (`moment` is forward, backward or optimiser step)."""

    weights: float
    adapter: float
    gradients: float
    optimiser: float
    activations: float
    logits: float
    overhead: float
    moment: str

    @property
    def total(self) -> float:
        """All parts together."""
        return sum(_figures(self))


class MemoryRange(NamedTuple):
    """GiB per GPU: in one run of ten less than `p10_gib` is needed, in one of ten more than `p90_gib`."""

    p10_gib: float
    p50_gib: float
    p90_gib: float
    parts: MemoryParts


def memory_range(run: TrainingRun, knowledge: TrainingKnowledge) -> MemoryRange:
    """The range of GiB per GPU that `run` needs at the allocator's peak.

    The spread of measured runs, and what each input that was not given adds to it, joined as independent errors. P10
    never falls below the weights.
    """
    parts = memory_parts(run, knowledge)
    middle = parts.total
    spread = knowledge.spread[run.method].value
    lower, upper = [middle * (1 - math.exp(-Z90 * spread))], [middle * (math.exp(Z90 * spread) - 1)]
    for taken in run.assumptions:
        if taken.widening:
            least, most = _otherwise(run, knowledge, taken.widening, middle)
            lower.append(max(0.0, middle - least))
            upper.append(max(0.0, most - middle))
    low = max(middle - math.hypot(*lower), parts.weights)
    return MemoryRange(low, middle, middle + math.hypot(*upper), parts)


def _otherwise(run: TrainingRun, knowledge: TrainingKnowledge, widening: str, middle: float) -> tuple[float, float]:
    """GiB at P10 and P90 of the one input that was not given."""
    value = knowledge.widening[widening].value
    less, more = math.exp(-Z90 * value), math.exp(Z90 * value)
    if widening in ("length", "micro_batch"):
        given = run.length if widening == "length" else run.micro_batch
        counts = (max(1, round(given * less)), max(1, math.ceil(given * more)))
        found = [
            memory_parts(
                run._replace(length=count) if widening == "length" else run._replace(micro_batch=count), knowledge
            ).total
            for count in counts
        ]
        return found[0], found[1]
    if widening in ("checkpointing", "attention"):
        flipped = (
            run._replace(checkpointing=not run.checkpointing, activations_offloaded=False)
            if widening == "checkpointing"
            else run._replace(flash=not run.flash)
        )
        other = memory_parts(flipped, knowledge).total
        return min(middle, other), max(middle, middle + value * (other - middle))
    return middle * less, middle * more


def memory_parts(run: TrainingRun, knowledge: TrainingKnowledge) -> MemoryParts:
    """Where the memory goes at the peak.

    The same run with fewer savings bounds it from above: recomputation could not cost more than keeping everything,
    an adapter not more than training all weights, 4-bit weights not more than 16-bit ones.
    """
    parts = _peak(run, knowledge)
    for larger in _with_fewer_savings(run):
        other = _peak(larger, knowledge)
        if other.total < parts.total:
            share = other.total / parts.total
            parts = _parts([part * share for part in _figures(parts)], parts.moment)
    return parts


def _with_fewer_savings(run: TrainingRun) -> list[TrainingRun]:
    methods = [run]
    if run.method == "qlora":
        methods.append(run._replace(method="lora", quantisation="16bit"))
    if run.method != "full":
        methods.append(run._replace(method="full", quantisation="16bit", embeddings_trained=False))
    return [
        changed._replace(checkpointing=False, activations_offloaded=False) if everything else changed
        for changed in methods
        for everything in ((False, True) if run.checkpointing else (False,))
        if everything or changed is not run
    ]


def _peak(run: TrainingRun, knowledge: TrainingKnowledge) -> MemoryParts:
    constants = {name: constant.value for name, constant in knowledge.memory.items()}
    tokens = run.tokens_per_micro_step
    split = run.gpus if run.sharding == "zero3" else 1
    grad_split = run.gpus if run.sharding in ("zero2", "zero3") else 1
    state_split = run.gpus if run.sharding != "none" else 1

    frozen, trained = _weight_bytes(run)
    param, grad, state, step = _bytes_per_trained(run)
    count = _trained(run)
    copies, copied_count = _copied_embeddings(run)

    weights = (frozen + trained) / split + _gathered(run, constants["zero3_live_params"])
    adapter = (count * param + copied_count * copies[0]) / split if run.method != "full" else 0.0
    gradients = (count * grad + copied_count * copies[1]) / grad_split
    states = 0.0 if run.optimizer_offloaded else (count * state + copied_count * copies[2]) / state_split
    in_step = 0.0 if run.optimizer_offloaded else (count * step + copied_count * copies[3]) / state_split

    layer = layer_bytes(run, constants["activation_share"]) * tokens
    backward = run.shape.hidden * 4 * tokens + run.shape.active_ffn * 4 * tokens
    if run.checkpointing:
        kept = 0.0 if run.activations_offloaded else run.shape.layers * 2 * run.shape.hidden * tokens
    else:
        kept = run.shape.layers * layer
    logits = logit_bytes(run, constants) * run.shape.vocab * tokens
    dequantised = _largest_matrix(run) * 2 if run.quantisation in FOUR_BITS else 0.0

    waiting = gradients if run.grad_accum > 1 else 0.0
    one_layer = backward + (layer if run.checkpointing else 0.0) + dequantised
    moments = (
        ("forward", waiting, states, kept, logits + dequantised),
        ("backward", waiting, states, kept + one_layer, 0.0),
        ("optimiser step", gradients, states + in_step, 0.0, 0.0),
    )
    moment = max(moments, key=lambda found: sum(found[1:]))
    held = weights + adapter + sum(moment[1:])
    overhead = _overhead(run, constants) * GIB
    if run.stack.overhead == "hf" or run.deepspeed:
        overhead += constants["cached_share"] * held
    parts = (weights, adapter, moment[1], moment[2], moment[3], moment[4], overhead)
    return _parts([part / GIB for part in parts], moment[0])


def _figures(parts: MemoryParts) -> tuple[float, ...]:
    weights, adapter, gradients, optimiser, activations, logits, overhead, _ = parts
    return weights, adapter, gradients, optimiser, activations, logits, overhead


def _parts(gib: Sequence[float], moment: str) -> MemoryParts:
    weights, adapter, gradients, optimiser, activations, logits, overhead = gib
    return MemoryParts(weights, adapter, gradients, optimiser, activations, logits, overhead, moment)


def _weight_bytes(run: TrainingRun) -> tuple[float, float]:
    """Bytes of frozen weights, and of trained ones without gradients and states."""
    shape = run.shape
    if run.method == "full":
        return 0.0, shape.params * (4 if run.weights_kept == "amp" else 2)
    embedding = 4 if run.stack.wide_embeddings and run.quantisation in ("nf4", "nf4_dq", "int8") else 2
    return shape.linear_params * QUANTISATIONS[run.quantisation] + shape.embedding_params * embedding, 0.0


def _trained(run: TrainingRun) -> float:
    return run.shape.params if run.method == "full" else run.trained_adapter_params


def _copied_embeddings(run: TrainingRun) -> tuple[tuple[float, float, float, float], float]:
    """PEFT's modules_to_save: a trained copy of embedding and output in 16 bits, where these are trained too."""
    if run.method == "full" or not run.embeddings_trained:
        return (0.0, 0.0, 0.0, 0.0), 0.0
    if run.deepspeed:
        return (2.0, 2.0, 12.0, 4.0), run.shape.embedding_params
    return (2.0, 2.0, *_optimiser_bytes(run.optimizer, 2, old_torch=run.old_torch)), run.shape.embedding_params


def _bytes_per_trained(run: TrainingRun) -> tuple[float, float, float, float]:
    """Bytes per trained parameter of itself, its gradient, its optimiser state, and of the step's temporaries."""
    if run.method == "full":
        kept = run.weights_kept
    elif run.deepspeed:
        kept = "master"
    else:
        kept = "amp" if run.stack.adapter_bits == 32 else "pure"
    if kept == "master":
        state, _ = _optimiser_bytes(run.optimizer, 4, old_torch=False)
        return 2.0, 2.0, 4 + state, 4.0  # the copy in 32 bits, and gradients in 32 bits for the step
    width = 4 if kept == "amp" else 2
    state, step = _optimiser_bytes(run.optimizer, width, old_torch=run.old_torch)
    return width, width, state, 0.0 if run.stack.fused_optimizer else step


def _optimiser_bytes(optimizer: str, width: int, *, old_torch: bool) -> tuple[float, float]:
    """Bytes per parameter of the optimiser's state, and of the temporaries of its step."""
    copies = 2 * width if old_torch else width
    return {
        "adamw": (2.0 * width, float(copies)),
        "adamw_8bit": (2.03, 0.0),  # two moments in 8 bits with a 32-bit scale for 256; one kernel
        "lion": (float(width), 0.0),
        "sgd": (0.0, 0.0),
        "adafactor": (0.02, float(width)),
    }[optimizer]


def layer_bytes(run: TrainingRun, share: float) -> float:
    """Bytes that one layer keeps for the backward pass, per token."""
    shape, hidden, ffn = run.shape, run.shape.hidden, run.shape.active_ffn
    query = shape.query_width
    norms = 2 * 2 * hidden if shape.layer_norm else 2 * (4 if run.stack.eager_norm else 2) * hidden
    attention = 8 * query  # query, key and value repeated to all heads, result
    kept = float(norms + attention + (6 if shape.gated else 2) * ffn)
    inputs = {"q": 2 * hidden, "o": 2 * query, "up": 2 * hidden, "down": 2 * ffn}
    if run.method == "full":
        kept += sum(inputs.values())
    else:
        adapted = {"k": "q", "v": "q", "gate": "up"}
        wanted = {adapted.get(target, target) for target in run.targets}
        wanted = set(inputs) if run.quantisation in FOUR_BITS and run.old_bitsandbytes else wanted
        kept += sum(inputs[name] for name in wanted)
        kept += 1.5 * sum(inputs[adapted.get(target, target)] for target in run.targets)  # dropout: mask and result
    if not run.flash:
        kept += 6 * shape.heads * run.length  # scores: softmax in 32 bits and its 16-bit copy
    return kept * share


def logit_bytes(run: TrainingRun, constants: dict[str, float]) -> float:
    """Bytes per logit at the peak of the loss."""
    if run.fused_loss or run.stack.loss == "fused":
        return constants["logits_fused_bytes"]
    plain = run.stack.loss == "16bit" or (run.stack.qlora_by_deepspeed and run.deepspeed)
    return constants["logits_16bit_bytes" if plain else "logits_fp32_bytes"]


def _largest_matrix(run: TrainingRun) -> float:
    return float(run.shape.hidden * max(run.shape.ffn, run.shape.query_width))


def _gathered(run: TrainingRun, live_params: float) -> float:
    """Bytes of weights that ZeRO-3 or FSDP gathers: embedding and output, and layers in flight."""
    if run.sharding != "zero3" or run.gpus == 1:
        return 0.0
    shape = run.shape
    width = QUANTISATIONS[run.quantisation]
    in_flight = 2 * live_params if run.deepspeed else 2 * shape.linear_params / shape.layers
    away = 1 - 1 / run.gpus
    return away * (2 * shape.embedding_params + width * min(in_flight, shape.linear_params))


def _overhead(run: TrainingRun, constants: dict[str, float]) -> float:
    found = constants[f"overhead_{run.stack.overhead}_gib"]
    return found + (constants["overhead_deepspeed_gib"] if run.deepspeed else 0.0)
