"""Jobs, events and checkpoints as OpenAI writes them."""

from __future__ import annotations

from typing import Any, Final

from advisor.store import jobs as status
from advisor.store.checkpoints import KeptCheckpoint
from advisor.store.events import Event
from advisor.store.jobs import Job
from advisor.tuning.registration import ORGANISATION

# The SDK's type of a job has no word for a paused one; it waits for somebody, so it is shown as queued.
_SHOWN: Final = {status.PAUSED: status.QUEUED}


def job_object(job: Job) -> dict[str, Any]:
    """A job as OpenAI writes it."""
    method = dict(job.method)
    given = (method.get("supervised") or {}).get("hyperparameters") or {}
    # Those of the other methods stand under the method alone.
    shown = (
        {name: given.get(name, "auto") for name in ("n_epochs", "batch_size", "learning_rate_multiplier")}
        if method["type"] == "supervised"
        else {}
    )
    return {
        "id": job.id,
        "object": "fine_tuning.job",
        "created_at": job.created_at,
        "model": job.base_model,
        "fine_tuned_model": job.fine_tuned_model,
        "organization_id": f"org-{ORGANISATION}",
        "status": _SHOWN.get(job.status, job.status),
        "error": job.error,
        "finished_at": job.finished_at,
        "estimated_finish": None,
        "hyperparameters": shown,
        "method": method,
        "seed": job.seed,
        "training_file": job.training_file,
        "validation_file": job.validation_file,
        "result_files": list(job.result_files),
        "trained_tokens": job.trained_tokens,
        "integrations": [],
        "metadata": job.metadata,
    }


def event_object(event: Event) -> dict[str, Any]:
    """An event as OpenAI writes it."""
    return {
        "id": event.id,
        "object": "fine_tuning.job.event",
        "created_at": event.created_at,
        "level": event.level,
        "message": event.message,
        "type": event.type,
        "data": event.data or {},
    }


def checkpoint_object(kept: KeptCheckpoint) -> dict[str, Any]:
    """A checkpoint as OpenAI writes it."""
    return {
        "id": kept.id,
        "object": "fine_tuning.job.checkpoint",
        "created_at": kept.created_at,
        "fine_tuning_job_id": kept.job_id,
        "fine_tuned_model_checkpoint": kept.model,
        "step_number": kept.step,
        "metrics": dict(kept.metrics),
    }
