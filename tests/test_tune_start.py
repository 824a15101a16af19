"""Planned runs on this machine: started once however often, worked on, stopped and gone on with."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from advisor.cli import advisor
from advisor.cli.tune_store import data_path, opened
from advisor.data_split import split_file
from advisor.dataset.conversation import said
from advisor.dataset.split import Shares
from advisor.errors import InputError
from advisor.files import content
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.loaded_models import LoadedModels
from advisor.tuning.trainer import Asked
from tests.tuning_host import tuning_host

pytestmark = pytest.mark.slow  # a real service, over HTTP


def write_rows(path: Path, count: int) -> Path:
    """Rows of two classes that a linear head can tell apart."""
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"{'battery low' if number % 2 else 'login failed'} on device {number}"},
                {"role": "assistant", "content": "Power" if number % 2 else "Security"},
            ]
        }
        for number in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with rows and a plan for the linear head, and a data folder of its own."""
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path / "data"))
    write_rows(tmp_path / "train.jsonl", 40)
    planned(tmp_path)
    return tmp_path


def planned(folder: Path, *words: str) -> None:
    """plan.yaml for the rows in `folder`."""
    case = str(content("examples") / "iot-log-classifier.yaml")
    line = ["tune", "plan", case, "--data", str(folder / "train.jsonl"), "--out", str(folder / "plan.yaml")]
    CliRunner().invoke(advisor, [*line, "--as-of", "2026-11-21", *words], catch_exceptions=False)


def tune(*words: str, typed: str = "") -> Result:
    """`advisor tune` with these words."""
    return CliRunner().invoke(advisor, ["tune", *words], input=typed, catch_exceptions=False)


def test_the_same_plan_is_one_run_and_waiting_trains_it(place: Path) -> None:
    """Started twice it is one job; with --wait it is trained here; --again makes another."""
    plan = str(place / "plan.yaml")
    first = tune("start", plan, "--yes")
    name = first.stdout.strip()
    assert name.startswith("run-") and tune("start", plan, "--yes").stdout.strip() == name
    assert tune("list").stdout.count(name) == 1
    done = tune("start", plan, "--yes", "--wait")
    assert done.exit_code == 0 and "ft:advisor-linear:" in done.stdout.splitlines()[-1]
    assert "succeeded" in tune("list").stdout
    assert "The job has successfully completed" in tune("events", name).stdout
    assert json.loads(tune("events", name, "--format", "json").stdout)[0]["level"] == "info"
    assert ", planned 1 (0.2 to 4.1)" in done.stdout
    assert tune("start", plan, "--yes", "--again").stdout.strip() == f"{name}-2"
    assert tune("start", plan, "--yes").stdout.strip() == name
    assert tune("list").stdout.count(name) == 2


def test_nothing_starts_without_a_yes_or_on_other_data(place: Path) -> None:
    """The plan is shown first; changed rows are another run."""
    refused = tune("start", str(place / "plan.yaml"), typed="n\n")
    assert refused.exit_code == 1 and "advisor-linear" in refused.stderr
    assert "there are no jobs" in tune("list").stdout
    write_rows(place / "train.jsonl", 41)
    with pytest.raises(InputError, match="the data were changed since the plan was made"):
        tune("start", str(place / "plan.yaml"), "--yes")
    (place / "train.jsonl").unlink()
    with pytest.raises(InputError, match="the data file of the plan is gone"):
        tune("start", str(place / "plan.yaml"), "--yes")


def test_the_validation_part_of_a_split_is_used(place: Path) -> None:
    """A plan on a split's training part validates on its validation part; changed, it is refused."""
    words = "pump valve filter sensor gauge motor relay fuse tank hose".split()
    rows = place / "train.csv"
    lines = [
        f"{one} {other} {'battery' if place % 2 else 'login'},{place % 2}"
        for one in words
        for place, other in enumerate(words)
    ]
    rows.write_text("text,label\n" + "\n".join(lines) + "\n")
    split_file(rows, place / "parts", Shares(0.6, 0.2, 0.2), 1, date(2026, 11, 21))
    case = str(content("examples") / "iot-log-classifier.yaml")
    train, plan = str(place / "parts" / "train.csv"), str(place / "split.yaml")
    assert tune("plan", case, "--data", train, "--out", plan, "--as-of", "2026-11-21").exit_code == 0
    done = tune("start", plan, "--yes", "--wait")
    assert done.exit_code == 0
    with opened(None) as store:
        (model,) = store.models.all()
    assert model.lineage["data"]["validation"]["rows"] == 20 and model.lineage["metrics"]["validation_accuracy"] > 0.8
    assert model.lineage["plan"]["data"]["split"]["part"] == "train"
    with (place / "parts" / "validation.csv").open("a") as file:
        file.write("x,out\n")
    with pytest.raises(InputError, match="the data were changed since the plan was made"):
        tune("start", plan, "--yes")


def test_runs_are_paused_gone_on_with_and_cancelled(place: Path) -> None:
    """Only from states in which that means something."""
    name = tune("start", str(place / "plan.yaml"), "--yes").stdout.strip()
    with pytest.raises(InputError, match="the job is validating_files"):
        tune("pause", name)
    assert "cancelled" in tune("cancel", name).stdout
    with pytest.raises(InputError, match="the job is cancelled"):
        tune("cancel", name)
    with pytest.raises(InputError, match="the job is cancelled"):
        tune("resume", name)
    with pytest.raises(InputError, match="there is no run run-0"):
        tune("watch", "run-0")
    assert tune("watch", name).exit_code == 1


def test_a_run_at_a_host_is_one_job_there(place: Path) -> None:
    """It is worked on as any other run: started twice, nothing is uploaded or created again; its model answers."""
    with tuning_host(statuses=["succeeded"]) as host:
        planned(place, "--base-url", host.base_url, "--model", "gpt-x")
        for _ in range(2):
            done = tune("start", str(place / "plan.yaml"), "--yes", "--wait")
            assert done.exit_code == 0 and "ft:gpt-x:advisor::" in done.stdout.splitlines()[-1]
        assert len(host.jobs) == len(host.files) == 1
        name = done.stdout.split()[0]
        assert host.jobs[0]["metadata"] == {"advisor_run": name} and name in tune("list").stdout
        with opened(None) as store:
            (model,) = store.models.all()
            assert "ft:gpt-x:org:job-1 at 127.0.0.1" in model.lineage["what"]
            assert model.lineage["plan"]["data"]["rows"] == 40
            models = LoadedModels(store, DataFolder(data_path(None)), {})
            assert models.model(model.id).answer(Asked([said("user", "hi")])).text == "tuned answer"
        assert tune("start", str(place / "plan.yaml"), "--yes", "--wait", "--again").exit_code == 0
        assert [job["metadata"]["advisor_run"] for job in host.jobs] == [name, f"{name}-2"]


def test_an_export_is_written_for_other_tools(place: Path) -> None:
    """Settings and rows as files; starting it here is refused with the way to go."""
    planned(place, "--backend", "export", "--model", "hf/Qwen/Qwen3-4B-Instruct-2507")
    with pytest.raises(InputError, match="an export is trained elsewhere"):
        tune("start", str(place / "plan.yaml"), "--yes")
    done = tune("export", str(place / "plan.yaml"), str(place / "job"), "--tool", "trl", "--cluster", "slurm")
    assert done.exit_code == 0 and "train_trl.py" in done.stdout
    assert len((place / "job" / "train.jsonl").read_text().splitlines()) == 40
    assert "Qwen/Qwen3-4B-Instruct-2507" in (place / "job" / "train_trl.py").read_text()
