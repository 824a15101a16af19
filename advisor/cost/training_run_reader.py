"""Reads a run from text cells as people write them: `yes (finetune/*.sh)`, `A100-SXM4-80GB`, `4 per GPU`.

An empty cell is unknown: the usual value is taken, named in the run's `assumptions`, and makes the range wider.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from advisor.cost.adapter_targets import adapter_in
from advisor.cost.cell_numbers import count_in, number_in
from advisor.cost.model_shape import ModelShape, name_key, params_in_name, usual_shape
from advisor.cost.training_knowledge import GpuCard, Stack, TrainingKnowledge
from advisor.cost.training_run import FOUR_BITS, Assumption, TrainingRun
from advisor.errors import InputError
from advisor.question import nearest

COLUMNS: Final = [
    "model_arch",
    "params_b",
    "method",
    "quant",
    "lora_rank",
    "lora_targets",
    "micro_batch",
    "grad_accum",
    "seq_len",
    "grad_ckpt",
    "flash_attn",
    "optimizer",
    "framework",
    "gpu",
    "num_gpus",
    "dataset_tokens",
    "epochs",
]
UNKNOWN: Final = frozenset(("", "-", "?", "n/a", "na", "nan", "none", "null", "unknown", "not stated", "unspecified"))


def run_from_cells(cells: Mapping[str, str], knowledge: TrainingKnowledge) -> TrainingRun:
    """The run described by `cells`, whose names are in COLUMNS; others are ignored.

    Raises InputError with a sentence where the run cannot be estimated: no model, no method, a number that cannot be.
    """
    text = {name: (cells.get(name) or "").strip() for name in COLUMNS}
    text = {name: "" if value.lower() in UNKNOWN and name != "quant" else value for name, value in text.items()}
    taken: list[Assumption] = []
    method, embeddings = _method(text)
    stack = _stack(text["framework"], knowledge)
    everything = f"{text['framework']} {text['method']} {text['optimizer']}".lower()
    full = method == "full"
    if not text["framework"]:
        what = f"{stack.full} weights" if full else "as Hugging Face Trainer"
        taken.append(Assumption("framework", what, stack.source, "framework_full" if full else "framework"))
    quantisation = _quantisation(text["quant"].lower(), method, taken)
    if quantisation in FOUR_BITS and method == "lora":
        method = "qlora"
    shape = _shape(text, knowledge, taken)
    gpu, gpus = _cards(text, knowledge, taken)
    deepspeed = "deepspeed" in everything or bool(re.search(r"\bzero[- ]?[123]|\bds_z", everything))
    deepspeed = deepspeed or (stack.qlora_by_deepspeed and method == "qlora")
    adapter_params, targets = adapter_in(text["lora_targets"], method, taken)
    rank = count_in(text, "lora_rank", 16, taken if not full and adapter_params is None else [], "adapter")
    micro_batch = count_in(text, "micro_batch", 1, taken, "micro_batch")
    length = count_in(text, "seq_len", min(2048, shape.context), taken, "length")
    grad_accum = count_in(text, "grad_accum", 4, taken, "")
    checkpointing, offloaded = _checkpointing(text["grad_ckpt"], stack, taken)
    optimizer = _optimizer(text["optimizer"].lower(), taken, full=full)
    tokens = number_in(text, "dataset_tokens")
    epochs = number_in(text, "epochs")
    return TrainingRun(
        shape=shape,
        method=method,
        quantisation=quantisation,
        stack=stack,
        rank=rank,
        targets=targets,
        adapter_params=adapter_params,
        embeddings_trained=embeddings,
        micro_batch=micro_batch,
        grad_accum=grad_accum,
        length=length,
        checkpointing=checkpointing,
        activations_offloaded=offloaded,
        flash=_flash(text["flash_attn"], stack, taken),
        optimizer=optimizer,
        optimizer_offloaded=bool(
            re.search(r"paged|(cpu|optim\w*|zero)[ -]?\d?[ -]?(adam)?[ -]?offload|offload\w* optim", everything)
        ),
        weights_kept=_kept(text["quant"].lower(), everything, stack, deepspeed=deepspeed),
        deepspeed=deepspeed,
        old_torch=bool(re.search(r"torch[ =v]*(1\.\d+|2\.0)", everything)),
        old_bitsandbytes=bool(re.search(r"(bnb|bitsandbytes)[ =v]*0\.([123]\d|4[01])\b", everything)),
        fused_loss=bool(re.search(r"liger|chunked|fused (ce|cross)|cut cross", everything)),
        compiled="compile" in everything,
        fp8=bool(re.search(r"fp8|float8|transformer engine", f"{everything} {text['quant'].lower()}")),
        gpu=gpu,
        gpus=gpus,
        sharding=_sharding(everything, stack, gpus, full, shape, gpu, taken),
        dataset_tokens=tokens,
        epochs=1.0 if epochs is None else epochs,
        assumptions=tuple(taken),
    )


def find_shape(name: str, knowledge: TrainingKnowledge) -> ModelShape | None:
    """The shape of the model called `name` in the table, in any spelling, with or without `hf/`; None if unknown."""
    return knowledge.shapes.get(name_key(name))


def find_card(name: str, knowledge: TrainingKnowledge) -> GpuCard | None:
    """The card called `name` in any spelling, such as `NVIDIA A100-SXM4-80GB`; None where there is none."""
    exact = next((card for card in knowledge.cards if card.name == name), None)
    if exact:  # without the patterns below, which take longer than everything else
        return exact
    lower = name.lower()

    def occurs(word: str) -> bool:
        if word.isdigit():
            return bool(re.search(rf"(?<!\d){word}(?!\d)", lower))
        return bool(re.search(rf"(?<![a-z]){word}(?![a-z0-9])", lower))

    for card in knowledge.cards:
        if any(all(map(occurs, words)) for words in card.spellings):
            return card
    return None


def _shape(text: Mapping[str, str], knowledge: TrainingKnowledge, taken: list[Assumption]) -> ModelShape:
    name = text["model_arch"]
    params_b = number_in(text, "params_b")
    known = find_shape(name, knowledge) if name else None
    if known:
        return known
    params_b = params_b or params_in_name(name)
    if params_b is None:
        if not name:
            raise InputError("neither the model nor its size is given", what_to_do="give model_arch or params_b")
        spellings = [shape.id for shape in dict.fromkeys(knowledge.shapes.values())]
        plain = {spelling.rpartition("/")[2].lower(): spelling for spelling in spellings}
        raise InputError(
            f"the model {name} is not in the table and its size is not given"
            f"{nearest(name.rpartition('/')[2].lower(), plain)}",
            what_to_do="correct the name, or give params_b or the model's config.json",
        )
    shape = usual_shape(params_b, name)
    taken.append(Assumption("model", f"usual shape of {params_b:g}B", "the model is not in the table", "shape"))
    return shape


def _method(text: Mapping[str, str]) -> tuple[str, bool]:
    lower = text["method"].lower()
    embeddings = bool(re.search(r"emb", lower))
    if re.search(r"q-?lora|4-?bit|qdora|qpissa", lower):
        return "qlora", embeddings
    if re.search(r"lora|dora|pissa|adapter|peft", lower):
        return "lora", embeddings
    if re.search(r"full|sft|pre-?train|continued|fine-?tun|\bft\b|all weights", lower):
        return "full", False
    if not lower:
        if text["lora_rank"]:
            return "lora", False
        raise InputError("the method is not given", what_to_do="give method: lora, qlora or full")
    raise InputError(
        f"there is no estimate for the method {text['method'][:60]}{nearest(lower, ('lora', 'qlora', 'full'))}",
        what_to_do="give lora, qlora or full",
    )


def _quantisation(lower: str, method: str, taken: list[Assumption]) -> str:
    if method == "full":
        return "16bit"
    if re.search(r"8-?bit|int-?8", lower) and not re.search(r"4-?bit|nf4|int-?4", lower):
        return "int8"
    if re.search(r"gptq|awq|int-?4|hqq|aqlm", lower):
        return "gptq"
    if re.search(r"nf4|4-?bit|fp4|bnb|\bq4|bitsandbytes", lower):
        return "nf4_dq" if re.search(r"dq|double", lower) else "nf4"
    if method == "qlora":
        if lower not in ("nf4", ""):
            taken.append(Assumption("quant", "4 bits, NF4", "QLoRA means 4 bits", ""))
        else:
            taken.append(Assumption("quant", "4 bits, NF4, double", "as in the QLoRA paper", ""))
        return "nf4_dq"
    return "32bit" if re.search(r"fp32|float32|32-?true|tf32", lower) and "16" not in lower else "16bit"


def _kept(quant: str, everything: str, stack: Stack, *, deepspeed: bool) -> str:
    if re.search(r"true|pure", f"{quant} {everything}"):
        return "pure"
    if deepspeed or re.search(r"fsdp|megatron|nemo", everything):
        return "pure" if stack.full == "pure" else "master"
    return "amp" if "mixed" in quant or "amp" in quant else stack.full


def _stack(framework: str, knowledge: TrainingKnowledge) -> Stack:
    lower = framework.lower()
    return next(
        (stack for stack in knowledge.stacks if any(word in lower for word in stack.words)), knowledge.stacks[-1]
    )


def _cards(
    text: Mapping[str, str], knowledge: TrainingKnowledge, taken: list[Assumption]
) -> tuple[GpuCard | None, int]:
    name = text["gpu"]
    card = find_card(name, knowledge) if name else None
    if card is None:
        why = "no GPU is given" if not name else f"{name[:40]} is not in the table"
        taken.append(Assumption("gpu", "none: no time, no check whether it fits", why, ""))
    in_name = re.match(r"\s*(\d{1,5})\s*(?:[x×*]|gpus?\b)\s*", name.lower())
    if not text["num_gpus"] and in_name and int(in_name[1]) > 0:
        return card, int(in_name[1])
    return card, count_in(text, "num_gpus", 1, taken, "sharding" if not text["num_gpus"] else "")


def _checkpointing(words: str, stack: Stack, taken: list[Assumption]) -> tuple[bool, bool]:
    lower = words.lower()
    offloaded = "offload" in lower or (stack.id == "unsloth" and not _says_no(lower))
    if lower:
        kept = _says_no(lower) or "selective" in lower
        return not kept, offloaded and not kept
    usual = "on" if stack.checkpointing else "off"
    taken.append(Assumption("grad_ckpt", usual, f"usual with {stack.id}", "checkpointing"))
    return stack.checkpointing, offloaded and stack.checkpointing


def _flash(words: str, stack: Stack, taken: list[Assumption]) -> bool:
    lower = words.lower()
    if lower:
        return not (_says_no(lower) or "eager" in lower)
    taken.append(Assumption("flash_attn", "on" if stack.flash else "off", f"usual with {stack.id}", "attention"))
    return stack.flash


def _says_no(lower: str) -> bool:
    return bool(re.match(r"(no|not|false|off|0|none|without|disabled?|n)\b", lower))


def _optimizer(lower: str, taken: list[Assumption], *, full: bool) -> str:
    plain = re.sub(r"\(.*?where.*?\)", " ", lower)
    if re.search(r"8-?bit|int-?8|bnb", plain):
        return "adamw_8bit"
    for name in ("adafactor", "lion", "sgd"):
        if name in plain:
            return name
    if not plain.strip():
        taken.append(Assumption("optimizer", "adamw", "the usual one", "optimizer_full" if full else ""))
    return "adamw"


def _sharding(
    everything: str,
    stack: Stack,
    gpus: int,
    full: bool,
    shape: ModelShape,
    gpu: GpuCard | None,
    taken: list[Assumption],
) -> str:
    if gpus == 1:
        return "none"
    stage = re.search(r"zero[- ]?(?:stage[- ]?)?([123])|stage[- ]?([123])|ds_z([123])", everything)
    if stage:
        return f"zero{next(group for group in stage.groups() if group)}"
    if "ddp" in everything.split() or "data parallel" in everything:
        return "none"
    if stack.sharded or "fsdp" in everything:
        return "zero3"
    room = gpu.memory_gib if gpu else 80
    sharded = full or shape.params * 2 / 2**30 > 0.6 * room
    what = "sharded as ZeRO-3" if sharded else "each card holds the whole model"
    taken.append(Assumption("sharding", what, "the framework does not say", "sharding"))
    return "zero3" if sharded else "none"
