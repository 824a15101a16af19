"""What a trained job leaves in the registry: names, lineage, model card, bill of materials, deployments."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import yaml

from advisor.data_split import part_of_split, split_file
from advisor.dataset.split import Shares
from advisor.errors import InputError, ModelNameError
from advisor.store.database import Store, open_store
from advisor.store.files import StoredFile
from advisor.store.jobs import Job
from advisor.store.models import TunedModel
from advisor.tuning import registration, training_step
from advisor.tuning.bill_of_materials import bill_of_materials
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.deployment import deploy
from advisor.tuning.loaded_models import LoadedModels
from advisor.tuning.model_card import model_card
from advisor.tuning.plan import CostRange, DataSet, RangeOf, SplitOf, TunePlan, write_plan
from advisor.tuning.trainer import Asked, Control, Metric, Order, Trained
from advisor.tuning.training_step import StoreControl
from tests.memory_trainer import MemoryTrainer

DIGEST = "ab" * 32
SUMMARY: dict[str, Any] = {
    "folder": "model",
    "trained_tokens": 1200,
    "checkpoints": [],
    "metrics": {"accuracy": 0.875},
    "what": "a head on 4 labels",
    "seconds": 1.5,
    "rows": 40,
    "validation_rows": 0,
}


def job(base_model: str = "advisor-linear", **more: Any) -> Job:
    """A job that was trained."""
    method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3, "batch_size": "auto"}}}
    return Job("ftjob-1", 1, base_model, method, 7, "iot", {"k": "v"}, "file-1", None)._replace(**more)


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    """A data folder."""
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


@pytest.fixture
def store(data: DataFolder) -> Any:
    """A store with one training file."""
    opened = open_store(data.path)
    opened.files.add(StoredFile("file-1", 10, 1, "rows.jsonl", "fine-tune", DIGEST))
    yield opened
    opened.close()


def registered(store: Store, data: DataFolder, trained: Job) -> TunedModel:
    """The model of `trained`, with a folder that has its files."""
    store.jobs.add(trained)
    model = data.run(trained.id) / "model"
    model.mkdir(parents=True)
    (model / "answers.json").write_text(json.dumps({"hello": "Hello there."}))
    (model / "adapter_config.json").write_text(json.dumps({"r": 12, "base_model_name_or_path": "org/base"}))
    made = registration.register(store, data, trained, SUMMARY)
    assert store.models.find(made.id) == made
    return made


@pytest.mark.parametrize(
    ("base", "suffix", "begins"),
    [
        ("advisor-linear", None, "ft:advisor-linear:advisor::"),
        ("hf/org/Name-1B", "mine", "ft:Name-1B:advisor:mine:"),
        ("/models/a:b/", "x", "ft:a-b:advisor:x:"),
    ],
)
def test_names(base: str, suffix: str | None, begins: str) -> None:
    """A name has five parts, and the same job always makes the same one."""
    name = registration.model_id(job(base, suffix=suffix))
    assert name.startswith(begins)
    assert len(name.split(":")) == 5
    assert name == registration.model_id(job(base, suffix=suffix))
    assert name != registration.model_id(job(base, suffix=suffix, id="ftjob-2"))


def test_registered_once(store: Store, data: DataFolder) -> None:
    """A step that is done again changes nothing."""
    model = registered(store, data, job())
    papers = {path: path.read_bytes() for path in data.run("ftjob-1").glob("*.*")}
    registration.register(store, data, job(), {**SUMMARY, "seconds": 99})
    assert store.models.all() == [model]
    assert {path: path.read_bytes() for path in data.run("ftjob-1").glob("*.*")} == papers


def test_lineage_and_card(store: Store, data: DataFolder) -> None:
    """Data by hash, base, method, seed, versions, metrics and cost; the card says the same in words."""
    model = registered(store, data, job())
    lineage = model.lineage
    assert lineage["data"]["training"] == {"file": "file-1", "rows": 40, "sha256": DIGEST, "name": "rows.jsonl"}
    assert lineage["hyperparameters"] == {"n_epochs": 3}
    assert {"advisor", "python", "scikit-learn"} <= lineage["versions"].keys()
    assert lineage["cost"]["training_seconds"] == 1.5
    card = model_card(model)
    _, facts, words = card.split("---\n", 2)
    assert yaml.safe_load(facts)["library_name"] == "scikit-learn"
    for said in (model.id, DIGEST, "seed 7", "n_epochs 3", "| accuracy | 0.875 |", "1,200"):
        assert said in words


def test_what_was_planned_stands_beside_what_was(store: Store, data: DataFolder, tmp_path: Path) -> None:
    """A plan in the job's folder: its source, its split, its ranges, and what a host is paid by tokens."""
    rows = tmp_path / "source.jsonl"
    row = '{"messages": [{"role": "user", "content": "unit NUMBER"}, {"role": "assistant", "content": "LABEL"}]}\n'
    words = ["pump", "valve", "filter", "sensor", "gauge", "motor", "relay", "fuse", "tank", "hose"]
    numbered = [(word, number) for number, word in enumerate(words)]
    rows.write_text("".join(row.replace("NUMBER", word).replace("LABEL", "ab"[n % 2]) for word, n in numbered))
    split = split_file(rows, tmp_path / "parts", Shares(0.5, 0.0, 0.5), 1, date(2026, 11, 21))
    train = tmp_path / "parts" / "train.jsonl"
    found = part_of_split(train)
    assert found is not None and found.part == split.parts[0] and part_of_split(rows) is None
    plan = TunePlan(
        schema="advisor/tune-plan/v1", title="Case", made_on=date(2026, 11, 21), approach="fine_tune", technique=None,
        back_end="openai_api", base_model="gpt-x", base_model_why="", method="supervised", base_url="http://localhost/v1",
        data=DataSet(
            file=str(train), sha256=found.part.sha256, format="openai_chat", rows=5, tokens=20,
            split=SplitOf(manifest=str(found.manifest), manifest_sha256="ab12", part="train", test_sha256=None),
        ),
        hyperparameters={}, seed=0, suffix="", training_tokens=60,
        time=RangeOf(unit="hours", p10=0.001, p50=0.01, p90=0.1, because=""),
        memory=RangeOf(unit="GiB", p10=1, p50=2, p90=3, because=""),
        cost=CostRange(
            p10=Decimal(1), p50=Decimal(1), p90=Decimal(2), usd_per_mtok=Decimal(3), least_usd=Decimal("0.01"),
            formula="", source="",
        ),
        spend_up_to_usd=None, uploads=(), notes=(),
    )  # fmt: skip
    data.run("ftjob-1").mkdir()
    write_plan(plan, data.run("ftjob-1") / "plan.yaml")
    store.jobs.add(job("gpt-x"))
    metrics = {"memory_gib": 4.0}
    made = registration.register(store, data, job("gpt-x"), {**SUMMARY, "metrics": metrics, "trained_tokens": 500_000})
    assert made.lineage["cost"]["usd"] == "1.50"  # 500,000 x $3/1M
    figures = {figure["name"]: figure["place"] for figure in made.lineage["plan"]["figures"]}
    assert figures == {"time": "below", "memory": "above", "cost": "within"}  # 1.5 s are 0.0004 hours
    card = model_card(made)
    assert "train of the split with manifest SHA-256 `ab12`" in card
    assert "memory 4 GiB, planned 2 (1 to 3): above" in card


def test_a_kept_step_that_nobody_reported_is_reported(store: Store, data: DataFolder) -> None:
    """A process may die between a checkpoint and its report; once the run ends each kept step has its event, once."""
    wanted = job()._replace(status="running")
    store.jobs.add(wanted)
    row = '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n'
    data.file("file-1").write_text(row * 12)

    class Silent(MemoryTrainer):
        """Reports every second step only."""

        def train(self, order: Order, control: Control) -> Trained:
            class Half(StoreControl):
                def report(self, metric: Metric) -> None:
                    if metric.step % 2:
                        control.report(metric)

            return super().train(order, Half(store, wanted, Event()))

    assert training_step.train(store, data, wanted, Silent(), {"batch_size": 2}, Event()).end == "trained"
    steps = [dict(event.data or {})["step"] for event in store.events.metrics(wanted.id)]
    assert steps == [1, 2, 3, 4, 5, 6]


def test_card_of_a_hub_model(store: Store, data: DataFolder) -> None:
    """The hub finds the base model in the facts."""
    facts = yaml.safe_load(model_card(registered(store, data, job("hf/org/base"))).split("---\n")[1])
    assert facts["base_model"] == "org/base"


@pytest.mark.parametrize("base", ["advisor-linear", "hf/org/base"])
def test_bill_of_materials(store: Store, data: DataFolder, base: str) -> None:
    """The bill passes CycloneDX's own schema, names model, base, data and packages, and is the same each time."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    model = registered(store, data, job(base))
    text = bill_of_materials(model)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert text == bill_of_materials(model)
    bill = json.loads(text)
    assert bill["metadata"]["component"]["name"] == model.id
    named = {component["name"]: component for component in bill["components"]}
    assert base in named and ("scikit-learn" if base == "advisor-linear" else "numpy") in named
    assert named["rows.jsonl"]["hashes"] == [{"alg": "SHA-256", "content": DIGEST}]


def test_container(store: Store, data: DataFolder, tmp_path: Path) -> None:
    """A container's folder has the model alone, and the model answers from there."""
    model = registered(store, data, job())
    written = deploy(store, data, {"linear": MemoryTrainer}, model.id, "container", tmp_path / "out")
    assert written.loads
    assert "advisor serve" in (tmp_path / "out/Dockerfile").read_text().replace('", "', " ")
    folder = DataFolder(tmp_path / "out/data")
    copy = open_store(folder.path)
    answer = (
        LoadedModels(copy, folder, {"linear": MemoryTrainer})
        .model(model.id)
        .answer(Asked([{"role": "user", "content": "hello"}]))
    )
    copy.close()
    assert answer.text == "Hello there."


def test_ollama_and_vllm(store: Store, data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter is put on its base model; a linear head is refused."""
    monkeypatch.setenv("PATH", str(tmp_path))
    model = registered(store, data, job("hf/org/base"))
    ollama = deploy(store, data, {}, model.id, "ollama", tmp_path / "ollama")
    lines = (tmp_path / "ollama/Modelfile").read_text().splitlines()
    assert lines[1:3] == ["FROM org/base", "ADAPTER ./adapter"]
    assert ollama.loads is None and "not installed" in ollama.note
    deploy(store, data, {}, model.id, "vllm", tmp_path / "vllm")
    script = (tmp_path / "vllm/serve.sh").read_text()
    assert "vllm serve org/base --enable-lora --max-lora-rank 16" in script
    assert model.id in script and (tmp_path / "vllm/adapter/adapter_config.json").is_file()
    with pytest.raises(InputError, match="there already"):
        deploy(store, data, {}, model.id, "vllm", tmp_path / "vllm")
    store.models.remove(model.id)
    with pytest.raises(ModelNameError):
        deploy(store, data, {}, model.id, "vllm", tmp_path / "new")


def test_ollama_serves_no_linear_head(store: Store, data: DataFolder, tmp_path: Path) -> None:
    """What a target cannot serve is said before anything is written there."""
    model = registered(store, data, job())
    with pytest.raises(InputError, match="serves language models"):
        deploy(store, data, {}, model.id, "ollama", tmp_path / "out")


def test_ollama_that_is_installed_is_asked(
    store: Store, data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the tool is installed it is run, and what it says is told."""
    program = tmp_path / "ollama"
    program.write_text("#!/bin/sh\n[ -f Modelfile ] || exit 3\necho 'unsupported architecture' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    written = deploy(store, data, {}, registered(store, data, job("hf/org/base")).id, "ollama", tmp_path / "out")
    assert (written.loads, written.note) == (False, "unsupported architecture")
