"""`advisor tune start`: the run of a plan, on this machine or at a host."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from advisor.cli.tune_jobs import follow
from advisor.cli.tune_store import data_option, data_path, opened
from advisor.errors import FolderHeldError, InputError


@click.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Begin without being asked.")
@click.option("--wait", is_flag=True, help="Stay until it has ended; train here if nothing else does.")
@click.option("--again", is_flag=True, help="A new run of the same plan.")
@data_option
def start(plan_file: Path, yes: bool, wait: bool, again: bool, data: Path | None) -> None:
    """Start the run of a PLAN that `advisor tune plan` made, and print its name.

    What it costs and what leaves this machine is shown first. Starting the same plan again is the same run: nothing is
    created or paid twice. The data must be what they were when they were planned with. `advisor serve` or
    `advisor worker` works on it, or this command with --wait, also where the training is done by a host: it goes on
    there when you stop waiting, and is found again. With --wait the exit code is 1 where it failed.
    """
    from advisor.cli.tune_plan import plan_lines
    from advisor.store.jobs import CANCELLED, FAILED, SUCCEEDED
    from advisor.tuning import runs
    from advisor.tuning.data_folder import DataFolder
    from advisor.tuning.hosted import HostedTrainer
    from advisor.tuning.plan import read_plan
    from advisor.tuning_rules import load_tuning_rules

    plan = read_plan(plan_file)
    rows = runs.checked_data(plan, plan_file)
    for line in plan_lines(plan):
        click.echo(line, err=True)
    if plan.cost and plan.spend_up_to_usd is not None and plan.cost.p90 > plan.spend_up_to_usd:
        raise InputError(f"it could cost ${plan.cost.p90}, above the ceiling of ${plan.spend_up_to_usd}")
    if not yes and not click.confirm("Begin?", err=True):
        raise click.Abort
    if plan.back_end == "export":
        raise InputError("an export is trained elsewhere", what_to_do="write it with `advisor tune export`")
    if plan.back_end == "openai_api":
        host = load_tuning_rules().hosts.at(plan.base_url)
        HostedTrainer(host, plan.base_url, plan.run)  # that a key is missing is said before anything is kept
    folder = DataFolder(data_path(data))
    folder.prepare()
    with opened(data) as store:
        with runs.as_read_by_the_service(rows, plan) as chat:
            job = runs.begin(store, folder, plan, chat, again=again)
        click.echo(runs.name_of(job))
        click.echo(f"{job.id}: {job.status}", err=True)
        if job.status in (FAILED, CANCELLED):
            click.echo("the same plan is the same run; --again makes a new one", err=True)
        elif not wait and job.status != SUCCEEDED:
            click.echo("`advisor serve` works on it; `advisor tune watch` shows how far it is", err=True)
    if wait:
        _work_until_done(job.id, data)


def _work_until_done(job_id: str, data: Path | None) -> None:
    """Work on the job in this process, unless another one holds the folder and does; end with 1 where it failed."""
    from advisor.service.resources import environment, open_resources

    try:
        resources = open_resources(data_path(data), environment().database_url)
    except FolderHeldError:
        with opened(data) as store:
            sys.exit(follow(store, job_id))
    try:
        sys.exit(follow(resources.store, job_id))
    finally:
        resources.close()
