"""`advisor cost training`: one run, a table of runs, and what is wrong with them."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.cli import advisor
from advisor.cost.card_prices import card_prices
from advisor.cost.training_batch import RESULTS, estimated_table
from advisor.cost.training_run_reader import COLUMNS, run_from_cells
from advisor.errors import InputError
from advisor.files import load_pricebook, load_training_knowledge
from tests.score_training import FILE

KNOWLEDGE = load_training_knowledge()
LLAMA = ("--model", "hf/meta-llama/Llama-3.1-8B")


def run(*arguments: str) -> Result:
    """Run the command; an AdvisorError stays in `result.exception`."""
    return CliRunner().invoke(advisor, ["cost", "training", *arguments])


def test_text_fits_80_columns_and_names_everything() -> None:
    """Parts, range, cards, hours, assumptions and sources."""
    result = run(*LLAMA, "--method", "lora", "--tokens", "1000000", "--epochs", "3", "--gpu", "A100 80GB")
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= 80
    for said in ("weights", "activations", "logits", "P10 to P90", "A100 SXM 80GB", "tokens/s", "hours", "Sources:"):
        assert said in result.output


def test_json_adds_up() -> None:
    """The parts are the whole, and every card says whether it fits."""
    result = run(*LLAMA, "--method", "qlora", "--format", "json")
    found = json.loads(result.output)
    parts = [value for name, value in found["memory_parts_gib"].items() if name != "moment"]
    assert math.isclose(sum(parts), found["memory_gib"]["p50"])
    assert {card["fits"] for card in found["cards"]} <= {"yes", "tight", "no"}
    assert all(card["tokens_per_s"] is None for card in found["cards"] if card["fits"] == "no")


def test_a_card_that_is_too_small_names_one_that_holds() -> None:
    """K-2: 70B in 4 bits on 24 GB; no speed is shown for it."""
    result = run("--model", "Llama-2-70b", "--method", "qlora", "--gpu", "RTX 4090")
    assert result.exit_code == 0
    words = " ".join(result.output.split())
    assert "RTX 4090 24GB (23.5 GiB) cannot hold this run" in words
    assert "the smallest card in the table that does is" in words
    assert "On the card:" not in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "Lama-3.1-8X", "--method", "lora"), "is not in the table and its size is not given; did you mean"),
        (("--method", "lora"), "neither the model nor its size"),
        (LLAMA, "the method is not given"),
        ((*LLAMA, "--method", "lroa"), "did you mean lora?"),
        ((*LLAMA, "--method", "lora", "--gpu", "RTX 409O"), "is not a card in the table; did you mean RTX 4090"),
        ((*LLAMA, "--method", "lora", "--micro-batch", "0"), "must be above 0"),
        ((*LLAMA, "--method", "lora", "--length", "-5"), "must be above 0"),
        ((*LLAMA, "--method", "lora", "--rank", "nan"), "says nothing"),
        ((*LLAMA, "--method", "lora", "--tokens", "inf"), "is no number"),
        ((*LLAMA, "--method", "lora", "--length", "1e300"), "more than can be"),
        ((*LLAMA, "--method", ""), "says nothing"),
        (("--params-b", "0", "--method", "lora"), "must be above 0"),
        (("--batch", "x.csv"), "--out is missing"),
        (("--batch", "x.csv", "--out", "y.csv", *LLAMA), "says nothing beside a table"),
    ],
)
def test_wrong_input_is_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    """Every mistake is an InputError with what to do; nothing is shown."""
    result = run(*arguments)
    assert isinstance(result.exception, InputError)
    assert said in str(result.exception)
    assert "What to do:" in str(result.exception)
    assert result.output == ""


def test_config_json_is_read(tmp_path: Path) -> None:
    """A model that is not listed is estimated from its config.json."""
    config = {"hidden_size": 2048, "num_hidden_layers": 20, "num_attention_heads": 16, "vocab_size": 50000}
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    result = run("--config", str(file), "--method", "full", "--format", "json")
    # 20 x (4 x 2048 x 2048 + 3 x 2048 x 8192) + 2 x 50000 x 2048 = 1.547e9
    assert json.loads(result.output)["params_b"] == pytest.approx(1.547, abs=0.001)
    file.write_text("[]", encoding="utf-8")
    assert "no config.json" in str(run("--config", str(file), "--method", "full").exception)


def test_a_table_keeps_its_rows_and_columns(tmp_path: Path) -> None:
    """The measured runs: every row and column as it was, the results after them, a number or a note in each row."""
    out = tmp_path / "out.csv"
    result = run("--batch", str(FILE), "--out", str(out))
    assert result.exit_code == 0
    with FILE.open(encoding="utf-8", newline="") as before, out.open(encoding="utf-8", newline="") as after:
        old, new = list(csv.reader(before)), list(csv.reader(after))
    assert new[0] == old[0] + list(RESULTS)
    assert [row[: len(old[0])] for row in new[1:]] == old[1:]
    for row in new[1:]:
        low, middle, high = map(float, row[len(old[0]) :][:3])
        assert 0 < low < middle < high


def test_rows_that_cannot_be_estimated_say_why() -> None:
    """Empty cells and a note; the rows around them are estimated."""
    table = (
        "model_arch,method,seq_len,gpu,dataset_tokens\n"
        "meta-llama/Llama-2-7b,lora,1024,A100,1000000\n"
        "acme/secret,lora,1024,A100,\n"
        "meta-llama/Llama-2-7b,prayer,1024,A100,\n"
        "meta-llama/Llama-2-7b,lora,-1,A100,\n"
        "meta-llama/Llama-2-70b,lora,1024,RTX 4090,5\n"
        "meta-llama/Llama-2-7b,lora\n"
    )
    rows = list(csv.DictReader(io.StringIO(estimated_table(table, "t.csv", KNOWLEDGE))))
    numbers = RESULTS[:-1]
    assert all(float(rows[0][name]) > 0 for name in numbers)
    for place, said in ((1, "not in the table"), (2, "no estimate for the method"), (3, "must be above 0")):
        assert not any(rows[place][name] for name in numbers)
        assert said in rows[place]["note"]
    assert float(rows[4]["memory_gb_p50"]) > 100
    assert rows[4]["tokens_per_s_p50"] == rows[4]["hours_p50"] == ""
    assert "are needed on each GPU" in rows[4]["note"]
    assert float(rows[5]["memory_gb_p50"]) > 12
    assert "seq_len taken as" in rows[5]["note"]


@pytest.mark.parametrize("table", ["", "a,b\n1,2\n", "model_arch,model_arch\nx,y\n"])
def test_a_table_that_is_none_is_refused(table: str) -> None:
    """No header, no column for the model, a column twice."""
    with pytest.raises(InputError, match="What to do"):
        estimated_table(table, "t.csv", KNOWLEDGE)


WORDS = st.sampled_from(
    [
        "", "0", "-1", "1e9", "8", "4 (per device)", "2k", "nan", "none", "inf", "yes", "no (memory)", "yes+offload",
        "sdpa", "bnb.nf4-dq", "int4-gptq", "none(bf16)", "8bit", "q,v", "c_attn,c_proj,w1,w2", "all-linear", "lora",
        "qlora", "full", "lora+emb", "pretrain", "SFT", "A100-SXM4-80GB", "8xH100", "T4", "litgpt (bnb 0.41.1)",
        "Qwen finetune.py (HF Trainer, PyTorch 2.0) + DeepSpeed ZeRO-3", "unsloth", "adamw 8bit paged", "Adafactor",
        "Qwen/Qwen-7B", "mistralai/Mixtral-8x7B", "acme/llm-13B", "7.6", "13B", "€", "(", "[x", "\\",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(COLUMNS, WORDS)))
def test_any_cells_give_numbers_or_a_note(cells: dict[str, str]) -> None:
    """Whatever stands in the cells: finite numbers above 0 in order, or empty cells and a note."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerow(cells)
    row = next(csv.DictReader(io.StringIO(estimated_table(out.getvalue(), "t.csv", KNOWLEDGE))))
    for names in (RESULTS[:3], RESULTS[3:6]):
        values = [row[name] for name in names]
        if any(values):
            numbers = [float(value) for value in values]
            assert all(0 < number < math.inf for number in numbers)
            assert numbers == sorted(numbers)
        else:
            assert row["note"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"lora_targets": "c_attn,c_proj,w1,w2 (default)"}, {"targets": ("q", "k", "v", "o", "gate", "up", "down")}),
        ({"lora_targets": "q,v (trainable 1,572,864)"}, {"targets": ("q", "v"), "adapter_params": 1_572_864.0}),
        ({"lora_targets": "['q_proj', 'v_proj']"}, {"targets": ("q", "v")}),
        ({"lora_targets": "query_key_value"}, {"targets": ("q", "k", "v")}),
        ({"lora_targets": "W_pack"}, {"targets": ("q", "k", "v")}),
        ({"lora_targets": "attention"}, {"targets": ("q", "k", "v", "o")}),
        ({"lora_targets": "w1,w2,w3"}, {"targets": ("gate", "up", "down")}),
        ({"method": "lora", "quant": "4bit nf4"}, {"method": "qlora", "quantisation": "nf4"}),
        ({"method": "Q-LoRA", "quant": ""}, {"method": "qlora", "quantisation": "nf4_dq"}),
        ({"method": "qlora", "quant": "int4-gptq"}, {"quantisation": "gptq"}),
        ({"method": "lora", "quant": "llm.int8"}, {"method": "lora", "quantisation": "int8"}),
        ({"method": "SFT (full)"}, {"method": "full"}),
        ({"optimizer": "AdamW (8-bit where stated)"}, {"optimizer": "adamw"}),
        ({"optimizer": "paged_adamw_8bit"}, {"optimizer": "adamw_8bit", "optimizer_offloaded": True}),
        ({"grad_ckpt": "no (not needed)"}, {"checkpointing": False}),
        ({"grad_ckpt": "yes+offload"}, {"checkpointing": True, "activations_offloaded": True}),
        ({"flash_attn": "eager"}, {"flash": False}),
        ({"seq_len": "2k"}, {"length": 2048}),
        ({"seq_len": "4,096"}, {"length": 4096}),
        ({"seq_len": "auto"}, {"length": 2048}),
        ({"micro_batch": "bs8"}, {"micro_batch": 8}),
        ({"params_b": "13B", "model_arch": "acme/new"}, {"method": "lora"}),
        ({"dataset_tokens": "1.5M tokens"}, {"dataset_tokens": 1_500_000.0}),
        ({"gpu": "8x A100"}, {"gpus": 8}),
        ({"framework": "DeepSpeed-Chat ZeRO-3", "num_gpus": "8"}, {"sharding": "zero3", "deepspeed": True}),
        ({"framework": "HF Trainer + DeepSpeed (zero2 per scripts)", "num_gpus": "4"}, {"sharding": "zero2"}),
        ({"framework": "Accelerate FSDP", "num_gpus": "4"}, {"sharding": "zero3"}),
        ({"framework": "litgpt bf16-true", "method": "full"}, {"weights_kept": "pure"}),
        ({"framework": "NeMo FP8"}, {"fp8": True}),
    ],
)  # fmt: skip
def test_cells_as_people_write_them(cells: dict[str, str], expected: dict[str, object]) -> None:
    """What each spelling is read as."""
    found = run_from_cells({"model_arch": "meta-llama/Llama-2-7b", "method": "lora", **cells}, KNOWLEDGE)
    assert {name: getattr(found, name) for name in expected} == expected


def test_dollars_are_hours_times_the_price_of_the_day() -> None:
    """For every card with an on-demand offer: hours x USD an hour x cards; none without an offer."""
    words = ["cost", "training", "--model", "mistral-7b", "--method", "qlora", "--tokens", "2000000", "--gpus", "2"]
    result = CliRunner().invoke(advisor, [*words, "--as-of", "2026-11-21", "--format", "json"])
    cards = {card["gpu"]: card for card in json.loads(result.output)["cards"]}
    price = card_prices(load_pricebook(), load_training_knowledge(), date(2026, 11, 21))["H100 SXM 80GB"].usd
    found = cards["H100 SXM 80GB"]
    assert float(found["usd"]["p50"]) == pytest.approx(found["hours"]["p50"] * float(price) * 2, abs=0.01)
    assert cards["RTX 3060 12GB"]["usd"] is None
