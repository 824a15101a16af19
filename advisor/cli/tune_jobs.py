"""`advisor tune list`, `watch`, `events`, `cancel`, `pause` and `resume`."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from advisor.cli.tune_store import data_option, data_path, job_in, opened
from advisor.errors import FolderHeldError, InputError

if TYPE_CHECKING:
    from advisor.store.database import Store

form_option = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
_LOOK_EVERY_S: Final = 0.3
_BAR: Final = 24  # characters


@click.command("list")
@data_option
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many at most.")
@form_option
def list_jobs(data: Path | None, limit: int, form: str) -> None:
    """List jobs, newest first."""
    from advisor.tuning.runs import name_of

    with opened(data) as store:
        jobs = store.jobs.page(limit=limit).items
    if form == "json":
        click.echo(json.dumps([job._asdict() for job in jobs], indent=2))
        return
    for job in jobs:
        made = f"  {job.fine_tuned_model}" if job.fine_tuned_model else ""
        click.echo(f"{name_of(job):<30}  {_time(job.created_at)}  {job.status:<16}  {job.base_model}{made}")
    if not jobs:
        click.echo("there are no jobs")


@click.command()
@data_option
@click.argument("job_id", metavar="RUN")
@form_option
def events(data: Path | None, job_id: str, form: str) -> None:
    """Show everything that happened to a job, oldest first."""
    with opened(data) as store:
        job_id = job_in(store, job_id).id
        found = store.events.page(job_id, limit=1_000_000, oldest_first=True).items
    if form == "json":
        click.echo(json.dumps([event._asdict() for event in found], indent=2))
        return
    for event in found:
        click.echo(f"{_time(event.created_at)}  {event.level:<5}  {event.message}")


@click.command()
@data_option
@click.argument("job_id", metavar="RUN")
def watch(data: Path | None, job_id: str) -> None:
    """Follow a job until it ends: progress, loss, speed and time left.

    The exit code is 0 where the job succeeded, else 1.
    """
    with opened(data) as store:
        job_id = job_in(store, job_id).id
        sys.exit(follow(store, job_id))


@click.command()
@data_option
@click.argument("job_id", metavar="RUN")
def cancel(data: Path | None, job_id: str) -> None:
    """Stop a job for good; its trainer notices within seconds."""
    from advisor.tuning import job_orders

    with opened(data) as store:
        job = job_in(store, job_id)
        if not job_orders.cancel(store, job):
            raise InputError(f"the job is {job.status}", where=job.id, what_to_do="nothing: there is nothing to stop")
    click.echo(f"{job.id} is cancelled")


@click.command()
@data_option
@click.argument("job_id", metavar="RUN")
def pause(data: Path | None, job_id: str) -> None:
    """Stop a job so that it can go on from its last checkpoint."""
    from advisor.tuning import job_orders

    with opened(data) as store:
        job = job_in(store, job_id)
        if not job_orders.pause(store, job):
            raise InputError(f"the job is {job.status}", where=job.id, what_to_do="pause one that is queued or running")
    click.echo(f"{job.id} is paused")


@click.command()
@data_option
@click.argument("job_id", metavar="RUN")
def resume(data: Path | None, job_id: str) -> None:
    """Go on with a job that was paused, or that was left unfinished when its process died.

    Where `advisor serve` runs on the same folder, it does the work; else this command does, until the job ends.
    """
    from advisor.service.resources import environment, open_resources
    from advisor.store import jobs as status
    from advisor.tuning import job_orders

    with opened(data) as store:
        job = job_in(store, job_id)
        job_id = job.id
        if job.status not in status.UNFINISHED:
            raise InputError(f"the job is {job.status}", where=job_id, what_to_do="create a new one")
        job_orders.resume(store, job)
    try:
        resources = open_resources(data_path(data), environment().database_url)
    except FolderHeldError:
        click.echo(f"{job_id} goes on in the service that runs; follow it with `advisor tune watch {job_id}`")
        return
    try:
        sys.exit(follow(resources.store, job_id))
    finally:
        resources.close()


def follow(store: Store, job_id: str) -> int:
    """Show a job's events and a line of progress until it ends; the exit code."""
    from advisor.store import jobs as status

    after: str | None = None
    begun: dict[str, float] = {}
    while True:
        job = job_in(store, job_id)
        page = store.events.page(job_id, after=after, limit=1_000, oldest_first=True)
        for event in page.items:
            after = event.id
            if event.type == "metrics":
                _progress(dict(event.data or {}), begun)
            else:
                click.echo(f"{_time(event.created_at)}  {event.message}")
        if page.has_more:
            continue
        if job.status in (status.SUCCEEDED, status.FAILED, status.CANCELLED, status.PAUSED):
            if job.status == status.SUCCEEDED:
                click.echo(f"{job.fine_tuned_model} is ready")
            return 0 if job.status == status.SUCCEEDED else 1
        time.sleep(_LOOK_EVERY_S)


def _progress(step: dict[str, Any], begun: dict[str, float]) -> None:
    """One step as a bar with loss, speed and time left."""
    now = time.monotonic()
    done, steps = step["step"], step["total_steps"]
    first = begun.setdefault("step", done)
    since = now - begun.setdefault("at", now)
    filled = round(_BAR * done / steps)
    parts = [f"{'█' * filled}{'·' * (_BAR - filled)} {done}/{steps}"]
    if "train_loss" in step:
        parts.append(f"loss {step['train_loss']:.4f}")
    if "tokens_per_s" in step:
        parts.append(f"{step['tokens_per_s']:,.0f} tokens/s")
    if done > first:
        parts.append(f"{since / (done - first) * (steps - done):,.0f} s left")
    last = done == steps
    rewrite = sys.stdout.isatty()
    if rewrite or last or done % max(1, steps // 20) == 0:
        click.echo(("\r" if rewrite else "") + "  ".join(parts), nl=last or not rewrite)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
