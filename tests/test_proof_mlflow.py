"""A proof in MLflow: a run with its files, and a run below it for each arm."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import HostError, InputError
from advisor.evaluation.proof import write_proof
from advisor.report.proof_mlflow import EXPERIMENT, log_proof
from tests.proof_files import hostile_proof, small_proof


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # MLflow's own and those of what it brings
def test_runs_in_a_local_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures, verdict and files come back; hostile names are taken; an unknown store is refused in words."""
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)  # a database keeps files beside the working folder
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    write_proof(tmp_path, small_proof())
    parent = log_proof(small_proof(), tmp_path, uri)
    log_proof(hostile_proof(), tmp_path, uri)
    client = mlflow.MlflowClient(tracking_uri=uri)
    run = client.get_run(parent)
    assert run.info.status == "FINISHED" and run.data.tags["advisor.verdict"] == "not_shown_yet"
    assert run.data.params["test_rows"] == "4" and run.data.params["best_arm"] == "linear"
    files = {file.path for file in client.list_artifacts(parent)}
    assert files == {"proof.json", "items.jsonl", "chunks.jsonl", "proof.html"}
    experiment = client.get_experiment_by_name(EXPERIMENT)
    arms = {
        found.data.tags["mlflow.runName"]: found.data
        for found in client.search_runs([experiment.experiment_id])
        if found.data.tags.get("mlflow.parentRunId") == parent
    }
    assert set(arms) == {"few_shot", "linear", "rag"}
    assert arms["few_shot"].metrics["accuracy.low"] == 0.15
    assert arms["few_shot"].metrics["usd.per_correct"] == 0.0002
    assert "usd.total" not in arms["rag"].metrics
    with pytest.raises(HostError, match="MLflow refuses"):
        log_proof(small_proof(), tmp_path, "nonsense://x")


def test_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where MLflow is not there."""
    real = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name.startswith("mlflow"):
            raise ModuleNotFoundError(name)
        return real(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"advisor\[mlflow\]"):
        log_proof(small_proof(), tmp_path, "sqlite://")
