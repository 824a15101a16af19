"""The step of a job in which the model is trained: stopped when asked to, and gone on with after a crash."""

from __future__ import annotations

import errno
import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import Any, Final, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from advisor.errors import AdvisorError
from advisor.files import write_whole
from advisor.store.database import Store
from advisor.store.events import Event as JobEvent
from advisor.store.jobs import CANCELLED, PAUSED, RUNNING, Job
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.trainer import Metric, Order, Stopped, StopReason, Trained, Trainer
from advisor.tuning.training_data import read_rows

SUMMARY: Final = "trained.json"
_ASK_EVERY_S: Final = 0.25  # how often the store is asked whether the job is still wanted
_log = logging.getLogger(__name__)


class TrainingOutcome(NamedTuple):
    """How a training step ended: `trained`, `stopped`, `paused` (to go on later) or `failed`, with the error if any.

    `summary` is what `Trained` says, as plain JSON with folders relative to the run's folder.
    """

    end: str
    summary: Mapping[str, Any] | None = None
    code: str = ""
    message: str = ""


class StoreControl:
    """Writes each reported step to the store, and asks there whether the job is still wanted."""

    def __init__(self, store: Store, job: Job, ending: Event) -> None:
        """`ending` is set when the process is about to stop."""
        self._store = store
        self._ending = ending
        self._job = job
        self._asked = 0.0
        self._wanted = True

    def report(self, metric: Metric) -> None:
        """Keep a step as an event; a step that is done again after a crash is not kept twice."""
        loss = "" if metric.loss is None else f": training loss={metric.loss:.4f}"
        self._store.events.add(
            JobEvent(
                f"{event_id(self._job.id)}-step-{metric.step}",
                self._job.id,
                int(time.time()),
                "info",
                f"Step {metric.step}/{metric.steps}{loss}",
                "metrics",
                metric_data(metric),
            )
        )

    def wanted(self) -> bool:
        """Whether this attempt is still the one that should run."""
        if self._ending.is_set():
            return False
        now = time.monotonic()
        if self._wanted and now - self._asked >= _ASK_EVERY_S:
            self._asked = now
            job = self._store.jobs.find(self._job.id)
            self._wanted = job is not None and job.status == RUNNING and job.attempt == self._job.attempt
        return self._wanted

    def why_stopped(self) -> StopReason:
        """What the store says of the job."""
        now = self._store.jobs.status(self._job.id)
        return "cancelled" if now == CANCELLED else "paused" if now == PAUSED else "process_ends"


def train(
    store: Store, data: DataFolder, job: Job, trainer: Trainer, meant: Mapping[str, Any], ending: Event
) -> TrainingOutcome:
    """Train a job in its folder. Whatever goes wrong is an outcome with words for a person.

    `meant` are hyperparameters that the base model's name stands for; `ending` is set when the process is to stop.

    Raises SQLAlchemyError alone: the store is gone, and the step is to be tried again.
    """
    folder = data.run(job.id)
    done = folder / SUMMARY
    if done.is_file():
        return TrainingOutcome("trained", json.loads(done.read_bytes()))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        method = job.method["type"]
        order = Order(
            job.base_model,
            method,
            read_rows(data.file(job.training_file), method),
            read_rows(data.file(job.validation_file), method) if job.validation_file else (),
            {**hyperparameters_of(job), **meant},
            job.seed,
            folder,
        )
        begun = time.monotonic()
        control = StoreControl(store, job, ending)
        trained = trainer.train(order, control)
        for kept in trained.checkpoints:  # a step may have been kept by a process that died before it reported it
            control.report(kept.metric)
        summary = _summary(trained, folder, time.monotonic() - begun, len(order.train), len(order.validation))
        write_whole(done, json.dumps(summary, indent=2))
    except Stopped:
        return TrainingOutcome("stopped")
    except AdvisorError as error:
        if _disk_full(error):
            return TrainingOutcome("paused", code="disk_full", message=_DISK_FULL)
        return TrainingOutcome("failed", code="training_failed", message=str(error))
    except OSError as error:
        if _disk_full(error):
            return TrainingOutcome("paused", code="disk_full", message=_DISK_FULL)
        _log.exception("job %s: the training ended with an error of the system", job.id)
        return TrainingOutcome("failed", code="system_error", message=f"{error.strerror}: {error.filename}")
    except SQLAlchemyError:
        raise
    except MemoryError:
        return TrainingOutcome("failed", code="out_of_memory", message="there is not enough memory for this training")
    except Exception as error:  # noqa: BLE001
        # A job must end with words whatever a training library raises; the traceback goes to the log.
        _log.exception("job %s: the trainer broke", job.id)
        return TrainingOutcome("failed", code="internal_error", message=f"{type(error).__name__}: {error}")
    return TrainingOutcome("trained", summary)


_DISK_FULL: Final = (
    "the disk is full; the job is paused: make room, then resume it, and it goes on from its last checkpoint"
)


def hyperparameters_of(job: Job) -> dict[str, Any]:
    """The hyperparameters that were given; `auto` leaves the choice to the trainer."""
    given = (job.method.get(job.method["type"]) or {}).get("hyperparameters") or {}
    return {name: value for name, value in given.items() if value is not None and value != "auto"}


def event_id(job_id: str) -> str:
    """The stem of the ids of a job's events, `ftevent-…`."""
    return f"ftevent-{job_id.removeprefix('ftjob-')}"


def metric_data(metric: Metric) -> dict[str, Any]:
    """A step by the names of OpenAI's events and checkpoints, and what more the trainer knows."""
    known = {
        "step": metric.step,
        "total_steps": metric.steps,
        "epoch": metric.epoch,
        "train_loss": metric.loss,
        "train_mean_token_accuracy": metric.token_accuracy,
        "valid_loss": metric.validation_loss,
        "valid_mean_token_accuracy": metric.validation_token_accuracy,
        "tokens_per_s": metric.tokens_per_s,
        "memory_gib": metric.memory_gib,
    }
    return {name: value for name, value in known.items() if value is not None}


def _summary(trained: Trained, folder: Path, seconds: float, rows: int, validation_rows: int) -> dict[str, Any]:
    return {
        "folder": _below(trained.folder, folder),
        "trained_tokens": trained.trained_tokens,
        "checkpoints": [
            {"step": kept.step, "folder": _below(kept.folder, folder), "metrics": metric_data(kept.metric)}
            for kept in trained.checkpoints
        ],
        "metrics": dict(trained.metrics),
        "what": trained.what,
        "seconds": round(seconds, 3),
        "rows": rows,
        "validation_rows": validation_rows,
    }


def _below(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _disk_full(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
