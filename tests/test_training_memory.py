"""Memory of training: hand-worked values, properties, and the accuracy that is promised."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.cost.model_shape import ModelShape, shape_from_config, usual_shape
from advisor.cost.training_estimate import fits
from advisor.cost.training_memory import GIB, memory_parts, memory_range
from advisor.cost.training_run import TrainingRun
from advisor.cost.training_run_reader import find_card, find_shape, run_from_cells
from advisor.errors import InputError
from advisor.files import content, load_training_knowledge, read_document
from tests.score_training import fitted, foretold_memory, leave_one_source_out, measured_runs

KNOWLEDGE = load_training_knowledge()
SHAPES = sorted({shape.id for shape in KNOWLEDGE.shapes.values()})
FRAMEWORKS = ["", "HF Trainer", "litgpt", "torchtune", "unsloth", "LLaMA-Factory", "TRL + DeepSpeed ZeRO-3", "NeMo"]


def shape_of(name: str) -> ModelShape:
    """The shape in the table."""
    found = find_shape(name, KNOWLEDGE)
    assert found is not None, name
    return found


def run(**cells: str) -> TrainingRun:
    """A run with these cells and usual others."""
    usual = {
        "model_arch": "meta-llama/Llama-2-7b",
        "method": "lora",
        "lora_rank": "8",
        "lora_targets": "q,v",
        "micro_batch": "1",
        "grad_accum": "1",
        "seq_len": "1024",
        "grad_ckpt": "no",
        "flash_attn": "yes",
        "optimizer": "adamw",
        "framework": "litgpt",
    }
    return run_from_cells({**usual, **cells}, KNOWLEDGE)


def gib(**cells: str) -> float:
    """P50 of that run."""
    return memory_range(run(**cells), KNOWLEDGE).p50_gib


def test_every_shape_has_its_published_size() -> None:
    """The parameter count that follows from the widths is the published one to 3 %: no width is wrong."""
    published = {
        row["id"]: float(row["params_b"])
        for row in read_document(content("pricing") / "model_shapes.yaml").value["models"]
    }
    assert len(published) > 120
    for shape in KNOWLEDGE.shapes.values():
        assert shape.params / 1e9 == pytest.approx(published[shape.id], rel=0.03), shape.id


def test_llama_2_7b_by_hand() -> None:
    """6.738e9 weights: 32 x (4 x 4096 x 4096 + 3 x 4096 x 11008) + 2 x 32000 x 4096, times 2 bytes is 12.55 GiB.

    Rank 8 on q and v adds 8 x 2 x (4096 + 4096) x 32 = 4,194,304, which is what litgpt prints.
    """
    parts = memory_parts(run(), KNOWLEDGE)
    assert parts.weights == pytest.approx(2 * 6_738_149_376 / GIB, rel=1e-9)
    assert run().trained_adapter_params == 4_194_304
    assert parts.adapter == pytest.approx(2 * 4_194_304 / GIB)
    # Logits: 1024 x 32000 x 8 bytes; per layer and token 8 x 4096 (norms) + 8 x 4096 (attention) + 6 x 11008 (gated
    # part) + 2 x 4096 (input of q and v) + 1.5 x 2 x 2 x 4096 (dropout of q and v) = 164,352, times activation_share.
    assert parts.logits == pytest.approx(1024 * 32000 * 8 / GIB)
    share = KNOWLEDGE.memory["activation_share"].value
    per_layer = 8 * 4096 + 8 * 4096 + 6 * 11008 + 2 * 4096 + 1.5 * 2 * 2 * 4096
    assert per_layer == 164_352
    assert parts.activations == pytest.approx(share * 1024 * 32 * per_layer / GIB, rel=1e-9)


def test_full_bytes_per_weight_by_hand() -> None:
    """Mixed precision with AdamW: 4 + 4 + 8 bytes, 4 more in the step: 20; with PyTorch 2.0 24; pure 16 bits 10."""
    params = shape_of("Qwen-1_8B").params / GIB
    short = {"model_arch": "Qwen/Qwen-1_8B", "method": "full", "seq_len": "16", "grad_ckpt": "yes"}
    for framework, size in (("HF Trainer", 20), ("HF Trainer, PyTorch 2.0", 24), ("litgpt", 10), ("torchtune", 8)):
        parts = memory_parts(run(**short, framework=framework), KNOWLEDGE)
        assert parts.moment == "optimiser step"
        assert parts.total - parts.overhead == pytest.approx(size * params, rel=1e-9), framework


def test_k2_70b_in_4_bits_does_not_fit_24_gb() -> None:
    """K-2: 68.45e9 weights of the layers at 0.516 bytes and 0.52e9 at 2 are 36.4 GB, above 35, whatever the batch."""
    smallest = run(
        model_arch="Llama-2-70b", method="qlora", quant="nf4-dq", seq_len="1", lora_rank="1", grad_ckpt="yes"
    )
    found = memory_range(smallest, KNOWLEDGE)
    assert found.parts.weights * GIB / 1e9 == pytest.approx(36.4, abs=0.1)
    assert found.p10_gib >= found.parts.weights
    for name, answer in (("RTX 4090", "no"), ("A10G", "no"), ("A100 80GB", "yes")):
        card = find_card(name, KNOWLEDGE)
        assert card is not None
        assert fits(found, card, KNOWLEDGE) == answer, name


def test_zero3_divides_weights_and_states() -> None:
    """On 8 cards full fine-tuning by ZeRO-3 keeps an eighth of 16 bytes per weight on each, and buffers."""
    cells = {"method": "full", "framework": "HF Trainer + DeepSpeed ZeRO-3", "grad_ckpt": "yes", "seq_len": "512"}
    one, eight = gib(**cells, num_gpus="1"), gib(**cells, num_gpus="8")
    params = shape_of("Llama-2-7b").params / GIB
    assert one > 20 * params
    assert 20 * params / 8 < eight < 20 * params / 8 + 10


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("micro_batch", ["1", "2", "4", "16"]),
        ("seq_len", ["128", "1024", "8192"]),
        ("lora_rank", ["1", "16", "256"]),
        ("grad_accum", ["1", "8"]),
        ("lora_targets", ["q", "q,v", "attention", "all"]),
        ("model_arch", ["Qwen2.5-0.5B", "Qwen2.5-3B", "Qwen2.5-7B", "Qwen2.5-14B", "Qwen2.5-72B"]),
    ],
)
@pytest.mark.parametrize("method", ["lora", "qlora", "full"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("checkpointing", ["yes", "no"])
def test_more_never_needs_less(cell: str, values: list[str], method: str, framework: str, checkpointing: str) -> None:
    """More batch, length, rank, targets or parameters never lowers P50 or P90."""
    found = [
        memory_range(run(method=method, framework=framework, grad_ckpt=checkpointing, **{cell: value}), KNOWLEDGE)
        for value in values
    ]
    assert [one.p50_gib for one in found] == sorted(one.p50_gib for one in found)
    assert [one.p90_gib for one in found] == sorted(one.p90_gib for one in found)


@settings(max_examples=150, deadline=None)
@given(
    model=st.sampled_from(SHAPES),
    framework=st.sampled_from(FRAMEWORKS),
    rank=st.integers(1, 512),
    batch=st.integers(1, 64),
    length=st.integers(1, 65_536),
    gpus=st.sampled_from([1, 2, 8]),
    flash=st.sampled_from(["yes", "no"]),
    checkpointing=st.sampled_from(["yes", "no"]),
)
def test_order_of_methods_and_checkpointing(
    model: str, framework: str, rank: int, batch: int, length: int, gpus: int, flash: str, checkpointing: str
) -> None:
    """QLoRA needs no more than LoRA, LoRA no more than full; checkpointing and flash attention never need more."""
    cells = {
        "model_arch": model,
        "framework": f"{framework} FSDP" if gpus > 1 else framework,
        "lora_rank": str(rank),
        "lora_targets": "all",
        "micro_batch": str(batch),
        "seq_len": str(length),
        "num_gpus": str(gpus),
        "flash_attn": flash,
        "grad_ckpt": checkpointing,
    }
    qlora, lora, full = (gib(**{**cells, "method": method}) for method in ("qlora", "lora", "full"))
    assert 0 < qlora <= lora * (1 + 1e-9)
    assert lora <= full * (1 + 1e-9)
    assert gib(**{**cells, "grad_ckpt": "yes"}) <= gib(**{**cells, "grad_ckpt": "no"}) * (1 + 1e-9)
    assert gib(**{**cells, "flash_attn": "yes"}) <= gib(**{**cells, "flash_attn": "no"}) * (1 + 1e-9)
    found = memory_range(run(**cells), KNOWLEDGE)
    assert found.p10_gib <= found.p50_gib <= found.p90_gib < math.inf


def test_more_parameters_of_an_unlisted_model_never_need_less() -> None:
    """The usual shape grows with the parameter count."""
    sizes = [0.1 * 1.15**step for step in range(60)]
    for checkpointing in ("yes", "no"):
        found = [gib(model_arch="acme/new", params_b=f"{size:.4f}", grad_ckpt=checkpointing) for size in sizes]
        for before, after in pairwise(found):
            assert after > before * 0.97


@pytest.mark.parametrize(
    "name", ["Llama-2-7b", "Llama-2-13b", "Llama-3.1-8B", "Qwen2.5-32B", "Llama-2-70b", "Mistral-7B"]
)
def test_usual_shape_is_near_the_real_one(name: str) -> None:
    """A model that is not listed is estimated within 20 % of the real shape, 7 to 70 billion parameters."""
    real = shape_of(name)
    usual = usual_shape(real.params / 1e9, name)
    assert usual.params == pytest.approx(real.params, rel=0.01)
    for cells in ({"grad_ckpt": "yes"}, {"grad_ckpt": "no"}, {"method": "qlora", "grad_ckpt": "yes"}):
        plain = run(**cells)
        near = memory_parts(plain._replace(shape=usual), KNOWLEDGE).total
        assert near == pytest.approx(memory_parts(plain._replace(shape=real), KNOWLEDGE).total, rel=0.2)


def test_what_is_not_given_widens_the_range() -> None:
    """Without length and batch the range is wider, and both are named."""
    known = memory_range(run(), KNOWLEDGE)
    unknown = run(seq_len="", micro_batch="", grad_ckpt="")
    wide = memory_range(unknown, KNOWLEDGE)
    assert {"seq_len", "micro_batch", "grad_ckpt"} <= {taken.input for taken in unknown.assumptions}
    assert wide.p90_gib / wide.p10_gib > 1.2 * known.p90_gib / known.p10_gib


def test_config_json_gives_the_table_shape() -> None:
    """Llama-3.1-8B's config.json gives the shape that the table has."""
    config = {
        "model_type": "llama",
        "hidden_size": 4096,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "intermediate_size": 14336,
        "vocab_size": 128256,
        "max_position_embeddings": 131072,
        "tie_word_embeddings": False,
    }
    found, listed = shape_from_config(config, "config.json"), shape_of("Llama-3.1-8B")
    assert found._replace(id=listed.id, source=listed.source) == listed
    with pytest.raises(InputError, match="does not say hidden_size"):
        shape_from_config({}, "config.json")
    with pytest.raises(InputError, match="must be a whole number above 0"):
        shape_from_config({**config, "num_hidden_layers": -1}, "config.json")


@pytest.mark.slow
def test_memory_is_as_accurate_as_promised() -> None:
    """Leave one source out: within 10 % for LoRA, 12 % for QLoRA, 18 % for full; at most 10 % above P90."""
    memory, _ = leave_one_source_out()
    core = [one for one in memory if one.row.core]
    for method, limit in (("lora", 0.10), ("qlora", 0.12), ("full", 0.18)):
        assert statistics.mean(abs(one.error) for one in core if one.row.run.method == method) <= limit, method
    assert statistics.mean(one.measured > one.p90 for one in core) <= 0.10
    assert statistics.mean(one.p10 <= one.measured <= one.p90 for one in core) >= 0.75
    shipped = foretold_memory(measured_runs(KNOWLEDGE), KNOWLEDGE)
    assert statistics.median((one.p90 - one.p10) / one.p50 for one in shipped) <= 0.35


@pytest.mark.slow
def test_shipped_constants_are_the_fitted_ones() -> None:
    """What all sources give together, to 5 %: no constant was set by hand after the fit."""
    found = fitted(KNOWLEDGE, measured_runs(KNOWLEDGE))
    for shipped, anew in ((KNOWLEDGE.memory, found.memory), (KNOWLEDGE.time, found.time)):
        for name, constant in shipped.items():
            if constant.prior_sd:
                assert constant.value == pytest.approx(anew[name].value, rel=0.05), name
