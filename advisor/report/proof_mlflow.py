"""A proof as runs of MLflow (extra `mlflow`): one for the proof, and one below it for each arm."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from advisor.errors import HostError, InputError
from advisor.evaluation.proof import CHUNKS, ITEMS, PROOF, ArmResult, ProofFiles
from advisor.report.proof_page import proof_page
from advisor.report.visible_text import on_one_line

EXPERIMENT: Final = "advisor prove"
_LONGEST: Final = 500  # characters of a parameter, which every version takes


def log_proof(files: ProofFiles, folder: Path, uri: str) -> str:
    """Log the proof whose files lie in `folder` to the tracking store at `uri`, and return the id of its run.

    Raises InputError where MLflow is not installed, HostError where the store refuses.
    """
    try:
        from mlflow import MlflowClient
        from mlflow.entities import Metric, Param
        from mlflow.exceptions import MlflowException
    except ModuleNotFoundError:
        raise InputError(
            "MLflow is not installed", where="--mlflow", what_to_do="install it with `pip install 'advisor[mlflow]'`"
        ) from None
    proof = files.proof
    try:
        client = MlflowClient(tracking_uri=uri)
        found = client.get_experiment_by_name(EXPERIMENT)
        experiment = found.experiment_id if found else client.create_experiment(EXPERIMENT)
        now = int(time.time() * 1000)
        tags = {"mlflow.runName": on_one_line(proof.run, _LONGEST), "advisor.verdict": proof.verdict.answer}
        parent: str = client.create_run(experiment, start_time=now, tags=tags).info.run_id
        client.log_batch(parent, params=[Param(name, value) for name, value in _params(files)])
        for arm in proof.arms:
            if not arm.ran:
                continue
            tags = {"mlflow.runName": on_one_line(arm.name, _LONGEST), "mlflow.parentRunId": parent}
            child = client.create_run(experiment, start_time=now, tags=tags).info.run_id
            client.log_batch(
                child,
                metrics=[Metric(name, value, now, 0) for name, value in _metrics(arm)],
                params=[Param("kind", arm.kind), Param("what", on_one_line(arm.what, _LONGEST))],
            )
            client.set_terminated(child)
        for name in (PROOF, ITEMS, CHUNKS):
            if (folder / name).exists():
                client.log_artifact(parent, str(folder / name))
        client.log_text(parent, proof_page(files), "proof.html")
        client.set_terminated(parent)
    except MlflowException as error:
        raise HostError(
            on_one_line(f"MLflow refuses: {error}", _LONGEST), where=uri, what_to_do="check the URI of the store"
        ) from None
    return parent


def _params(files: ProofFiles) -> Iterator[tuple[str, str]]:
    proof = files.proof
    yield from {
        "title": on_one_line(proof.title, _LONGEST),
        "made_on": proof.made_on.isoformat(),
        "task_kind": proof.task_kind,
        "metric": proof.metric,
        "seed": str(proof.seed),
        "is_partial": str(proof.is_partial),
        "test_rows": str(proof.test_set.rows),
        "test_sha256": on_one_line(proof.test_set.sha256, _LONGEST),
        "leaked_rows": str(proof.test_set.leaked_rows),
        "verdict": proof.verdict.answer,
        "best_arm": on_one_line(proof.verdict.best_arm or "", _LONGEST),
        "why": on_one_line(proof.verdict.why, _LONGEST),
    }.items()


def _metrics(arm: ArmResult) -> Iterator[tuple[str, float]]:
    for score in arm.scores:
        name = re.sub(r"[^\w./ -]", "_at_" if "@" in score.metric else "_", score.metric, flags=re.ASCII)
        yield from {name: score.value, f"{name}.low": score.low, f"{name}.high": score.high}.items()
    if arm.latency_ms and arm.latency_ms.p50 is not None and arm.latency_ms.p95 is not None:
        yield from {"latency_ms.p50": arm.latency_ms.p50, "latency_ms.p95": arm.latency_ms.p95}.items()
    if arm.usd and arm.usd.total is not None:
        yield "usd.total", float(arm.usd.total)
    if arm.usd and arm.usd.per_correct is not None:
        yield "usd.per_correct", float(arm.usd.per_correct)
    yield "correct_items", float(arm.correct_items)
    yield "empty_items", float(arm.empty_items)
    yield "failed_items", float(arm.failed_items)
