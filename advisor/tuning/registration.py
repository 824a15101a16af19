"""What is kept of a job that was trained: checkpoints, the model with its lineage, its papers and its metrics."""

from __future__ import annotations

import csv
import hashlib
import io
import platform
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from advisor import __version__
from advisor.files import write_whole
from advisor.store.checkpoints import KeptCheckpoint
from advisor.store.database import Store
from advisor.store.files import StoredFile
from advisor.store.jobs import Job
from advisor.store.models import TunedModel
from advisor.tuning.back_ends import back_end_of
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.plan import TunePlan
from advisor.tuning.prediction import compared, lineage_of, paid_usd
from advisor.tuning.runs import RUN, plan_in
from advisor.tuning.training_step import hyperparameters_of

ORGANISATION: Final = "advisor"
_COLUMNS: Final = (
    "step",
    "epoch",
    "train_loss",
    "train_mean_token_accuracy",
    "valid_loss",
    "valid_mean_token_accuracy",
    "tokens_per_s",
    "memory_gib",
)
_PACKAGES: Final = {
    "linear": ("numpy", "scikit-learn"),
    "lora": ("numpy", "torch", "transformers", "peft", "accelerate", "trl"),
}


def model_id(job: Job) -> str:
    """`ft:base:org:suffix:id`; the last part comes from the job's id, so that the same job makes the same model."""
    base = job.base_model.rstrip("/").rpartition("/")[2].replace(":", "-")
    return f"ft:{base}:{ORGANISATION}:{job.suffix or ''}:{_tail(job.id, 8)}"


def keep_checkpoint(store: Store, data: DataFolder, job: Job, kept: Mapping[str, Any]) -> str:
    """Register one checkpoint of a training summary, once; its name."""
    name = f"{model_id(job)}:ckpt-step-{kept['step']}"
    metrics = {key: value for key, value in kept["metrics"].items() if key in _CHECKPOINT_METRICS}
    store.checkpoints.add(
        KeptCheckpoint(
            "ftckpt_" + _tail(f"{job.id}-{kept['step']}", 24),
            job.id,
            int(time.time()),
            kept["step"],
            name,
            data.relative(data.run(job.id) / kept["folder"]),
            metrics,
        )
    )
    return name


_CHECKPOINT_METRICS: Final = frozenset(
    {"step", "train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy"}
)


def metrics_file_id(job: Job) -> str:
    """The id of the file with the metrics of a job's steps."""
    return f"file-{_tail(f'{job.id}-metrics', 24)}"


def keep_metrics(store: Store, data: DataFolder, job: Job) -> str:
    """Write the metrics of every step to a CSV file among the files, once; its id."""
    id = metrics_file_id(job)
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(dict(event.data or {}) for event in store.events.metrics(job.id))
    content = text.getvalue().encode()
    write_whole(data.file(id), content)
    digest = hashlib.sha256(content).hexdigest()
    store.files.add(
        StoredFile(id, len(content), int(time.time()), "step_metrics.csv", "fine-tune-results", digest, job.workspace)
    )
    return id


def register(store: Store, data: DataFolder, job: Job, summary: Mapping[str, Any]) -> TunedModel:
    """Register the model of a training summary with its lineage, once, and write its papers."""
    from advisor.tuning.bill_of_materials import bill_of_materials
    from advisor.tuning.model_card import model_card

    model = TunedModel(
        model_id(job),
        int(time.time()),
        job.id,
        job.base_model,
        data.relative(data.run(job.id) / summary["folder"]),
        _lineage(store, job, summary, plan_in(data.run(job.id))),
        job.workspace,
    )
    # A model that is known keeps its first papers.
    model = store.models.find(model.id) or model
    write_whole(data.run(job.id) / "README.md", model_card(model))
    write_whole(data.run(job.id) / "bom.cdx.json", bill_of_materials(model))
    store.models.add(model)
    return model


def _lineage(store: Store, job: Job, summary: Mapping[str, Any], plan: TunePlan | None) -> dict[str, Any]:
    hosted = plan is not None and plan.back_end == "openai_api"
    known = None if hosted else back_end_of(job.base_model)
    usd = paid_usd(plan.cost if plan else None, summary["trained_tokens"])
    memory_gib = summary["metrics"].get("memory_gib") or None
    figures = compared(plan, seconds=summary["seconds"], memory_gib=memory_gib, usd=usd) if plan else ()
    return {
        "what": summary["what"],
        "base_model": job.base_model,
        "method": job.method["type"],
        "hyperparameters": hyperparameters_of(job),
        "seed": job.seed,
        "data": {
            "training": _data(store, job.training_file, summary["rows"]),
            "validation": _data(store, job.validation_file, summary["validation_rows"])
            if job.validation_file
            else None,
        },
        "trained_tokens": summary["trained_tokens"],
        "metrics": summary["metrics"],
        "cost": {
            "training_seconds": summary["seconds"],
            "usd": str(usd),
            "note": "trained tokens x the plan's price" if hosted else "trained on the user's own machine",
        },
        "plan": lineage_of(plan, (job.metadata or {}).get(RUN, ""), figures) if plan else None,
        "versions": _versions(known.name if known else ""),
        "metadata": dict(job.metadata or {}),
    }


def _data(store: Store, id: str, rows: int) -> dict[str, Any]:
    file = store.files.find(id)
    return {"file": id, "rows": rows, "sha256": file.sha256 if file else None, "name": file.filename if file else None}


def _versions(back_end: str) -> dict[str, str]:
    versions = {"advisor": __version__, "python": platform.python_version()}
    for name in _PACKAGES.get(back_end, ()):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def _tail(text: str, length: int) -> str:
    """Letters and digits that stand for `text`: the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]
