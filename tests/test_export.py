"""Plans written for other trainers: golden texts, the tools' own parsers where installed, and the data rows."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from advisor.dataset.conversation import Conversation, said
from advisor.errors import InputError
from advisor.tuning.export import export, exported_files
from advisor.tuning.export_check import check
from advisor.tuning.export_cluster import Tool, kubernetes_file, slurm_file
from advisor.tuning.export_order import ExportOrder, Hardware
from advisor.tuning.export_rows import preference_lines, supervised_lines
from tests.orders import row

GOLDEN = Path(__file__).parent / "exports"
TOOLS = get_args(Tool)
SUPERVISED = ExportOrder(
    name="Pump codes",
    base_model="hf/Qwen/Qwen3-8B",
    method="supervised",
    adapter="lora",
    train_file="train.jsonl",
    validation_file="validation.jsonl",
    output_folder="out",
    hyperparameters={"n_epochs": 2, "batch_size": 32, "learning_rate_multiplier": "auto"},
    seed=7,
    hardware=Hardware(gpus=4, gpu="h100", image="pytorch/pytorch:2.13.0-cuda13.0-cudnn9-devel"),
)
DPO = SUPERVISED._replace(
    method="dpo",
    adapter="qlora",
    validation_file=None,
    hyperparameters={"beta": 0.2, "lora_targets": ["q_proj", "v_proj"]},
)
ORDERS = {"supervised": SUPERVISED, "dpo": DPO}


@pytest.mark.parametrize("method", ORDERS)
@pytest.mark.parametrize("tool", TOOLS)
def test_the_files_are_those_that_were_reviewed(tool: Tool, method: str) -> None:
    """Each file equals the golden one, which a change of the builders must change on purpose."""
    for file in exported_files(ORDERS[method], tool):
        golden = GOLDEN / method / file.name
        assert file.text == golden.read_text(encoding="utf-8"), f"write it anew: {golden}"


@pytest.mark.parametrize("tool", TOOLS)
def test_cluster_jobs_are_those_that_were_reviewed(tool: Tool) -> None:
    """The jobs of Slurm and Kubernetes for each tool."""
    for file in (slurm_file(tool, SUPERVISED), kubernetes_file(tool, SUPERVISED)):
        golden = GOLDEN / "jobs" / f"{tool}-{file.name}"
        assert file.text == golden.read_text(encoding="utf-8"), f"write it anew: {golden}"


@pytest.mark.slow
@pytest.mark.parametrize("method", ORDERS)
@pytest.mark.parametrize("tool", TOOLS)
def test_the_tools_own_parsers_take_the_files(tool: Tool, method: str) -> None:
    """axolotl's schema, LLaMA-Factory's parser and TRL's dataclasses, as far as they are installed."""
    done = [checked for file in exported_files(ORDERS[method], tool) if (checked := check(file)).ran]
    assert not [one.problem for one in done if one.problem]
    if not done:
        pytest.skip(f"{tool} is not installed")


@pytest.mark.slow
def test_a_wrong_file_is_found() -> None:
    """A key or argument that the tool does not know is reported, not passed over."""
    pytest.importorskip("trl")
    (script,) = exported_files(SUPERVISED, "trl")
    assert "max_lenth" in check(script._replace(text=script.text.replace("max_length", "max_lenth"))).problem


def test_files_parse_and_agree() -> None:
    """YAML and JSON are read back, the script compiles, and all tools train with the same numbers."""
    (axolotl,) = exported_files(SUPERVISED, "axolotl")
    factory, described = exported_files(SUPERVISED, "llama_factory")
    (script,) = exported_files(SUPERVISED, "trl")
    first, second = yaml.safe_load(axolotl.text), yaml.safe_load(factory.text)
    assert first["learning_rate"] == second["learning_rate"] == 2e-4
    assert first["gradient_accumulation_steps"] == second["gradient_accumulation_steps"] == 4  # 32 rows, 2 on 4 cards
    assert json.loads(described.text)["train"]["file_name"] == "train.jsonl"
    arguments = [node for node in ast.walk(ast.parse(script.text)) if isinstance(node, ast.keyword)]
    assert {one.arg: ast.literal_eval(one.value) for one in arguments if one.arg == "learning_rate"} == {
        "learning_rate": 2e-4
    }


@pytest.mark.parametrize("name", ["Q\"uo'te", "\\n {x}", "$(rm)", "é: #"])
def test_odd_names_break_no_file(name: str) -> None:
    """Quotes, braces and shell signs in names stay text."""
    order = SUPERVISED._replace(name=name, base_model=name, train_file=name, output_folder=name)
    for tool in TOOLS:
        for file in exported_files(order, tool, "slurm"):
            if file.name.endswith(".py"):
                assert repr(name) in file.text
                ast.parse(file.text)
            elif file.name.endswith(".yaml"):
                assert name in yaml.safe_load(file.text).values()
            elif file.name.endswith(".slurm"):
                assert "$(rm)" not in file.text


def test_each_answer_to_learn_is_a_row_of_its_own() -> None:
    """Answers of weight 0 are context only, and only the last message of a row is marked to be learnt."""
    turns = (
        said("developer", "Be brief."),
        said("user", "a"),
        said("assistant", "A"),
        said("user", "b"),
        {**said("assistant", "B"), "weight": 0},
        said("user", "c"),
        said("assistant", "C"),
    )
    rows = [json.loads(line)["messages"] for line in supervised_lines([Conversation(turns)])]
    assert [[one["content"] for one in messages if one["training"]] for messages in rows] == [["A"], ["C"]]
    assert [len(messages) for messages in rows] == [3, 7]
    assert rows[0][0]["role"] == "system"


def test_pairs_are_written_with_one_message_each() -> None:
    """Rows without two answers are left out."""
    pair = Conversation((said("user", "a"),), (said("assistant", "good"),), (said("assistant", "bad"),))
    (line,) = preference_lines([pair, row("a", "b")])
    assert json.loads(line)["chosen"] == said("assistant", "good")


def test_everything_is_written_and_checked(tmp_path: Path) -> None:
    """The folder holds configuration, job and data."""
    written = export(tmp_path, SUPERVISED, [row("a", "A")], [row("b", "B")], "llama_factory", "slurm")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"llama_factory.yaml", "dataset_info.json", "job.slurm", "train.jsonl", "validation.jsonl"}
    assert {one.path.name for one in written} == names - {"train.jsonl", "validation.jsonl"}


@pytest.mark.parametrize(
    ("changed", "tool", "cluster", "problem"),
    [
        ({"method": "ppo"}, "trl", None, "cannot be exported"),
        ({"hardware": Hardware(nodes=2)}, "axolotl", "slurm", "only written for TRL"),
        ({"hardware": Hardware(nodes=2)}, "trl", "kubernetes", "one node"),
        ({"hardware": Hardware()}, "trl", "kubernetes", "container image"),
    ],
)
def test_what_is_refused(changed: dict[str, Any], tool: Tool, cluster: Any, problem: str) -> None:
    """What the files could not do is an error with a way out."""
    with pytest.raises(InputError, match=problem):
        exported_files(SUPERVISED._replace(**changed), tool, cluster)


def test_several_nodes_meet_through_slurm() -> None:
    """TRL on two nodes is started once on each."""
    text = slurm_file("trl", SUPERVISED._replace(hardware=Hardware(nodes=2, gpus=8))).text
    assert "srun torchrun --nnodes=2 --nproc-per-node=8" in text
    assert "#SBATCH --ntasks-per-node=1" in text


@pytest.mark.slow
@pytest.mark.parametrize("method", ORDERS)
def test_the_script_of_trl_trains(method: str, tmp_path: Path) -> None:
    """The script as it is written, but for bfloat16 and four bits, runs on the tiny model and leaves an adapter."""
    for needed in ("trl", "peft", "datasets"):
        pytest.importorskip(needed)
    from tests.tiny_llama import save_tiny_llama

    pair = Conversation((said("user", "a"),), (said("assistant", "good"),), (said("assistant", "bad"),))
    order = ORDERS[method]._replace(
        base_model=str(save_tiny_llama(tmp_path / "base")), adapter="lora", hardware=Hardware(), validation_file=None
    )
    export(tmp_path, order, [pair if method == "dpo" else row("a", "b")] * 8, [], "trl")
    script = tmp_path / "train_trl.py"
    script.write_text(
        script.read_text().replace("bf16=True", "bf16=False, use_cpu=True").replace("bfloat16", "float32")
    )
    for _ in range(2):  # the second time from the last checkpoint
        done = subprocess.run([sys.executable, script.name], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()
