"""What a person may ask of a job: to stop for good, to pause, to go on. Each says so in the job's events."""

from __future__ import annotations

import time

from advisor.store import jobs as status
from advisor.store.database import Store
from advisor.store.events import Event
from advisor.store.jobs import Job
from advisor.tuning.training_step import event_id


def said(job_id: str, key: str, message: str, *, level: str = "info") -> Event:
    """An event in words; the same key says the same once for a job."""
    return Event(f"{event_id(job_id)}-{key}", job_id, int(time.time()), level, message)


def create(store: Store, job: Job, *, run: str = "") -> None:
    """Keep a new job, of the planned run of that name if there is one."""
    store.jobs.add(job, said(job.id, "created", f"Created fine-tuning job: {job.id}{run and f', {run}'}"))


def cancel(store: Store, job: Job) -> bool:
    """Stop a job for good, its trainer within seconds; false where it has ended."""
    event = said(job.id, "cancelled", "The job was cancelled")
    return store.jobs.change(
        job.id, status.UNFINISHED, event=event, status=status.CANCELLED, finished_at=event.created_at
    )


def pause(store: Store, job: Job) -> bool:
    """Stop a job so that it can go on from its last checkpoint; false where it does not wait or run."""
    event = said(job.id, f"paused-{job.attempt}", "The job was paused; resume it to go on from its last checkpoint")
    return store.jobs.change(job.id, (status.QUEUED, status.RUNNING), event=event, status=status.PAUSED)


def resume(store: Store, job: Job) -> bool:
    """Queue the next attempt of a paused job; false where it is not paused."""
    event = said(job.id, f"resumed-{job.attempt}", "The job was resumed")
    return store.jobs.try_again(job.id, (status.PAUSED,), event=event)
