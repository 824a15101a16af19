"""Reads `pricing/training_constants.yaml` and `pricing/gpu_cards.yaml` into checked values."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.cost.model_shape import ModelShape
from advisor.cost.training_knowledge import Constant, GpuCard, Stack, TrainingKnowledge
from advisor.decision.fields import Fields
from advisor.strict_yaml import Document

_MEMORY = [
    "overhead_native_gib",
    "overhead_hf_gib",
    "overhead_deepspeed_gib",
    "cached_share",
    "activation_share",
    "logits_fp32_bytes",
    "logits_16bit_bytes",
    "logits_fused_bytes",
    "context_gib",
    "zero3_live_params",
]
_TIME = [
    "matmul_share",
    "traffic_share",
    "adapter_traffic_share",
    "launch_ms",
    "dequantise_bytes",
    "dequantise_gptq_bytes",
    "link_share",
    "gradient_bytes",
    "smooth_max",
    "cpu_offload_gb_s",
    "fp8_share",
]
_SPREAD = ["lora", "qlora", "full", "time_a100", "time_other"]
_WIDENING = [
    "shape",
    "length",
    "micro_batch",
    "checkpointing",
    "attention",
    "optimizer_full",
    "framework",
    "framework_full",
    "adapter",
    "sharding",
    "speed",
]


def build_training_knowledge(
    constants: Document, cards: Document, shapes: Mapping[tuple[str, ...], ModelShape]
) -> TrainingKnowledge:
    """Constants, stacks, cards and shapes together. Raises RuleBookError with file:line."""
    top = Fields(constants, (), "the file")
    top.text("as_of")
    found = {
        part: _constants(top, part, names)
        for part, names in (("memory", _MEMORY), ("time", _TIME), ("spread", _SPREAD), ("widening", _WIDENING))
    }
    stacks = tuple(_stack(fields) for fields in top.rows("stacks", "a stack"))
    top.done()
    if not stacks or stacks[-1].words:
        raise top.error("the last stack must have no words: it is taken where none fits", "stacks")
    return TrainingKnowledge(
        shapes, _cards(cards), stacks, found["memory"], found["time"], found["spread"], found["widening"]
    )


def _constants(top: Fields, part: str, names: list[str]) -> Mapping[str, Constant]:
    read: dict[str, Constant] = {}
    for name, fields in top.group(part, "a constant").items():
        top.must_be_known(name, names, "constant", part, name)
        value = _positive(fields, "value")
        read[name] = Constant(
            value,
            _positive(fields, "prior", value),
            _positive(fields, "prior_sd", 0),
            fields.text("meaning"),
            fields.text("source"),
        )
        fields.done()
    missing = [name for name in names if name not in read]
    if missing:
        raise top.error(f"`{part}` lacks {', '.join(missing)}", part, what_to_do=f"add `{missing[0]}:`")
    return read


def _stack(fields: Fields) -> Stack:
    stack = Stack(
        id=fields.text("id"),
        words=fields.texts("words"),
        overhead=fields.one_of("overhead", ("native", "hf"), "overhead"),
        full=fields.one_of("full", ("amp", "master", "pure"), "way to keep weights"),
        loss=fields.one_of("loss", ("fp32", "16bit", "fused"), "loss"),
        adapter_bits=int(_positive(fields, "adapter_bits")),
        eager_norm=fields.truth("eager_norm"),
        checkpointing=fields.truth("checkpointing"),
        flash=fields.truth("flash"),
        sharded=fields.truth("sharded"),
        qlora_by_deepspeed=fields.truth("qlora_by_deepspeed"),
        wide_embeddings=fields.truth("wide_embeddings"),
        fused_optimizer=fields.truth("fused_optimizer"),
        source=fields.text("source"),
    )
    fields.done()
    return stack


def _cards(document: Document) -> tuple[GpuCard, ...]:
    top = Fields(document, (), "the file")
    top.text("as_of")
    named = top.raw("sources")
    if not isinstance(named, dict):
        raise top.error("the file needs `sources`, texts by letter", what_to_do="add `sources:`")
    cards: list[GpuCard] = []
    for fields in top.rows("cards", "a card"):
        spellings = fields.raw("spelling")
        if not isinstance(spellings, list) or not all(
            isinstance(words, list) and words and all(isinstance(word, str) for word in words) for words in spellings
        ):
            raise fields.error("`spelling` must be lists of words", "spelling", what_to_do='write [[h100, "80"]]')
        bf16 = fields.raw("bf16")
        tflops = _positive(fields, "tflops")
        cards.append(
            GpuCard(
                name=fields.text("gpu"),
                spellings=tuple(tuple(words) for words in spellings),
                tflops=tflops,
                fp8_tflops=_positive(fields, "fp8_tflops", tflops),
                memory_gib=_positive(fields, "memory_gib"),
                bandwidth_gb_s=_positive(fields, "bandwidth_gb_s"),
                link_gb_s=_positive(fields, "link_gb_s"),
                sustained=_positive(fields, "sustained", 1),
                bf16=bf16 is not False,
                source=named[fields.one_of("source", named, "source")],
            )
        )
        fields.done()
    top.done()
    return tuple(cards)


def _positive(fields: Fields, name: str, default: float | None = None) -> float:
    value = fields.number(name)
    if value is None:
        if default is None:
            raise fields.error(f"{fields.what} needs `{name}`, a number", what_to_do=f"add `{name}: ...`")
        return default
    if value <= 0:
        raise fields.error(f"{name} must be above 0, not {value}", name, what_to_do="correct it")
    return float(value)
