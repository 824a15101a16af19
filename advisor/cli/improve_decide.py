"""`advisor improve list`, `show`, `approve`, `refuse` and `take-back`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli.deployment_store import deed_in, deployment_in, workspace_option
from advisor.cli.tune_store import data_option, data_path, opened
from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.operation.improvement_steps import Workplace
    from advisor.store.database import Store
    from advisor.store.improvement_runs import ImprovementRun

note_option = click.option("--note", required=True, help="Why; kept with the run.")


@click.command("list")
@data_option
@workspace_option
@click.argument("name")
def list_runs(data: Path | None, workspace: str, name: str) -> None:
    """The runs of a deployment, newest first."""
    with opened(data) as store:
        runs = store.improvement_runs.page(deployment_in(store, name, workspace).id, limit=50).items
    for run in runs:
        click.echo(f"{run.id}  {run.status.replace('_', ' ')}  {run.step.replace('_', ' ')}  {run.reason}")
    if not runs:
        click.echo(f"{name} was not trained anew yet; `advisor improve check {name}` says whether it is due")


@click.command()
@data_option
@workspace_option
@click.argument("run_id", metavar="RUN")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(data: Path | None, workspace: str, run_id: str, form: str) -> None:
    """A run: what each step left, each gate, and what became of it."""
    from advisor.operation.improvement_shown import run_lines

    with opened(data) as store:
        run = _run_in(store, run_id, workspace)
    if form == "json":
        click.echo(json.dumps({"schema": "advisor/improvement/v1", **run._asdict()}, indent=2, ensure_ascii=False))
        return
    for line in run_lines(run):
        click.echo(line)


@click.command()
@data_option
@workspace_option
@click.argument("run_id", metavar="RUN")
@note_option
def approve(data: Path | None, workspace: str, run_id: str, note: str) -> None:
    """Let a model that passed its gates out to its first users."""
    from advisor.operation import improvement_loop as loop

    deed = deed_in(workspace)
    _decide(data, workspace, run_id, lambda place, run: loop.approve(place, run, deed, note))


@click.command()
@data_option
@workspace_option
@click.argument("run_id", metavar="RUN")
@note_option
def refuse(data: Path | None, workspace: str, run_id: str, note: str) -> None:
    """End a run that waits; nothing is changed."""
    from advisor.operation import improvement_loop as loop

    deed = deed_in(workspace)
    _decide(data, workspace, run_id, lambda place, run: loop.refuse(place, run, deed, note))


@click.command("take-back")
@data_option
@workspace_option
@click.argument("run_id", metavar="RUN")
def take_back(data: Path | None, workspace: str, run_id: str) -> None:
    """Train again on the corrections of an ended run, which were set aside since its model was worse."""
    from advisor.operation import improvement_loop as loop

    deed = deed_in(workspace)
    _decide(data, workspace, run_id, lambda place, run: loop.take_back(place, run, deed))


def _decide(
    data: Path | None, workspace: str, run_id: str, decide: Callable[[Workplace, ImprovementRun], ImprovementRun]
) -> None:
    from datetime import UTC, datetime

    from advisor.operation.improvement_shown import run_lines
    from advisor.operation.improvement_steps import Workplace
    from advisor.store.improvement_runs import RunChanged
    from advisor.tuning.data_folder import DataFolder

    with opened(data) as store:
        place = Workplace(store, DataFolder(data_path(data)), datetime.now(UTC).date())
        try:
            decided = decide(place, _run_in(store, run_id, workspace))
        except RunChanged:
            raise InputError(
                "somebody else changed the run just now", what_to_do="look at it again, then repeat the command"
            ) from None
    for line in run_lines(decided):
        click.echo(line)


def _run_in(store: Store, run_id: str, workspace: str) -> ImprovementRun:
    """The run of a deployment in the workspace. Raises InputError."""
    run = store.improvement_runs.find(run_id)
    deployment = store.deployments.of(run.deployment_id) if run else None
    if run is None or deployment is None or deployment.workspace != workspace:
        raise InputError(
            f"there is no run {run_id} in the workspace {workspace}",
            what_to_do="`advisor improve list NAME` shows those of a deployment",
        )
    return run
