"""`advisor improve set`, `check` and `run`."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from advisor.cli.deployment_store import changed, deed_in, deployment_in, workspace_option
from advisor.cli.tune_store import data_option, data_path, opened

if TYPE_CHECKING:
    from advisor.service.resources import Resources
    from advisor.store.deployments import Deployment
    from advisor.store.improvement_runs import ImprovementRun

_LOOK_EVERY_S: Final = 0.5


@click.command("set")
@data_option
@workspace_option
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def set_settings(data: Path | None, workspace: str, name: str, file: Path) -> None:
    """Say in a YAML FILE how the deployment NAME is trained anew.

    \b
    A whole file; paths are from where it lies:
      case: case.yaml            # its limits hold for every training
      data: split/train.jsonl    # the training part of `advisor data split`
      documents: handbook/       # where retrieval is a baseline to beat
      back_end: linear           # or lora, openai_api; as the case advises
      model: advisor-linear      # the base model; as the case advises
      policy: approval           # or canary: a pilot begins by itself
      least_accuracy: 0.9        # on reviewed answers; below it, train anew
      probes: true               # general ability, bias and safety
      spend_up_to_usd: 20        # ceiling of each training and each proof

    Only `case` and `data` must be there.
    """
    from advisor.operation.improvement_settings import KEY, read_improvement_settings
    from advisor.store.deployment_events import Happened

    found = read_improvement_settings(file)
    with opened(data) as store:
        known = deployment_in(store, name, workspace)
        settings = dict(known.settings) | {KEY: json.loads(found.model_dump_json(exclude_none=True))}
        deed = deed_in(workspace)
        happened = Happened("settings", f"{deed.actor} said how it is trained anew")
        changed(lambda: store.deployments.change(known, known._replace(settings=settings), happened, deed))
    click.echo(f"{name} is trained anew from {found.data}; `advisor serve` looks every minute whether it is due")


@click.command()
@data_option
@workspace_option
@click.argument("name", required=False)
def check(data: Path | None, workspace: str, name: str | None) -> None:
    """Say whether a deployment is due, and what came since its last training; without NAME of all."""
    from advisor.operation.improvement_loop import since_last
    from advisor.operation.improvement_settings import improvement_settings
    from advisor.operation.improvement_trigger import due
    from advisor.operation.rule_files import load_improvement_rules

    limits = load_improvement_rules().thresholds
    with opened(data) as store:
        for known in [deployment_in(store, name, workspace)] if name else store.deployments.all(workspace):
            settings = improvement_settings(known.settings)
            if settings is None:
                click.echo(f"{known.name}: nothing says how it is trained anew; `advisor improve set` does")
                continue
            seen = since_last(store, known, int(time.time()))
            run, why = store.improvement_runs.open_of(known.id), due(seen, limits, settings.least_accuracy)
            state = f"{run.id} is at the step {run.step}" if run else f"due: {why}" if why else "not due"
            click.echo(f"{known.name}: {state}")
            months = "not known when it was trained" if seen.months is None else f"{seen.months:.1f} months"
            click.echo(f"  since then: {seen.corrections} reviewed corrections, {months}")


@click.command()
@data_option
@workspace_option
@click.argument("name")
@click.option("--now", "why", metavar="WHY", help="Begin although it is not due, and say why.")
@click.option("--wait/--no-wait", default=True, help="Work on it here until it waits or has ended.  [default: --wait]")
def run(data: Path | None, workspace: str, name: str, why: str | None, wait: bool) -> None:
    """Begin the run of NAME if it is due, or go on with the one under way.

    Where `advisor serve` works on the same data folder, it does the training, and this command watches. Stopping it
    loses nothing: the same command goes on. The exit code is 1 where the run ended without a new model in production.
    """
    from advisor.operation.improvement_shown import run_lines
    from advisor.store import improvement_runs as status

    with opened(data) as store:
        known = deployment_in(store, name, workspace)
        found = store.improvement_runs.open_of(known.id)
    if found is None or wait:
        found = _worked(data, known, why, wait=wait)
    if found is None:
        click.echo(f"{name} is not due; `advisor improve check {name}` says why, --now WHY begins all the same")
        return
    for line in run_lines(found):
        click.echo(line)
    if found.status in (status.ENDED, status.FAILED, status.ROLLED_BACK):
        sys.exit(1)


def _worked(data: Path | None, known: Deployment, why: str | None, *, wait: bool) -> ImprovementRun | None:
    """The run after this process did what it could; None where nothing is due."""
    from advisor.errors import FolderHeldError
    from advisor.operation import improvement_loop as loop
    from advisor.operation.improvement_steps import Workplace
    from advisor.service.resources import environment, open_resources
    from advisor.tuning.data_folder import DataFolder

    resources: Resources | None = None
    if wait:
        try:
            resources = open_resources(data_path(data), environment().database_url)
        except FolderHeldError:
            click.echo("`advisor serve` works on this folder and trains; watching", err=True)
    try:
        with opened(data) as store:
            folder = DataFolder(data_path(data))
            folder.prepare()
            place = Workplace(store, folder, datetime.now(UTC).date(), _bar)
            found = store.improvement_runs.open_of(known.id)
            if found is None and why:
                found = loop.begin(place, known, why, deed_in(known.workspace))
            found = found or loop.begin_if_due(place, known)
            return _until_it_waits(place, found) if found and wait else found
    finally:
        if resources:
            resources.close()


def _until_it_waits(place: object, found: ImprovementRun) -> ImprovementRun:
    from advisor.errors import FolderHeldError
    from advisor.operation import improvement_loop as loop
    from advisor.operation.improvement_steps import WATCH, Workplace
    from advisor.store.improvement_runs import RUNNING

    assert isinstance(place, Workplace)
    shown = ""
    while found.status == RUNNING:
        if found.step != shown:
            click.echo(f"{found.id}: {found.step.replace('_', ' ')}", err=True)
            shown = found.step
        before = found.revision
        try:
            found = loop.go_on(place, found)
        except FolderHeldError:
            found = place.store.improvement_runs.find(found.id) or found
        if found.revision == before:
            if found.step == WATCH:
                break  # a roll-out takes days
            time.sleep(_LOOK_EVERY_S)
    return found


def _bar(arm: str, done: int, items: int) -> None:
    if done == items:
        click.echo(f"  {arm}: {items} questions", err=True)
