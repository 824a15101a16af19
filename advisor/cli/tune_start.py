"""`advisor tune start`: the run of a plan, on this machine or at a host."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli.tune_jobs import follow
from advisor.cli.tune_store import data_option, data_path, opened
from advisor.errors import FolderHeldError, InputError

if TYPE_CHECKING:
    from advisor.tuning.plan import TunePlan


@click.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Begin without being asked.")
@click.option("--wait", is_flag=True, help="Stay until it has ended; train here if nothing else does.")
@click.option("--again", is_flag=True, help="A new run of the same plan.")
@data_option
def start(plan_file: Path, yes: bool, wait: bool, again: bool, data: Path | None) -> None:
    """Start the run of a PLAN that `advisor tune plan` made, and print its name.

    What it costs and what leaves this machine is shown first. Starting the same plan again is the same run: nothing is
    created or paid twice. The data must be what they were when they were planned with. Runs on this machine are worked
    on by `advisor serve` or `advisor worker`, or here with --wait; a run at a host is watched here, and goes on at the
    host when you stop watching. With --wait the exit code is 1 where it failed.
    """
    from advisor.cli.tune_plan import plan_lines
    from advisor.tuning import runs
    from advisor.tuning.data_folder import DataFolder
    from advisor.tuning.plan import read_plan

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
        _at_host(plan, rows, data)
        return
    folder = DataFolder(data_path(data))
    folder.prepare()
    with opened(data) as store:
        with _as_chat(rows, plan) as chat:
            job = runs.begin(store, folder, plan, chat, again=again)
        click.echo(plan.run)
        click.echo(f"{job.id}: {job.status}", err=True)
        if not wait:
            click.echo("`advisor serve` works on it; `advisor tune watch` shows how far it is", err=True)
    if wait:
        _work_until_done(job.id, data)


@contextmanager
def _as_chat(rows: Path, plan: TunePlan) -> Iterator[Path]:
    """The rows as lines of OpenAI's format, which the service reads; a file in it already is taken as it is."""
    wanted = "openai_preference" if plan.method == "dpo" else "openai_chat"
    if plan.data.format == wanted and rows.suffix == ".jsonl":
        yield rows
        return
    from advisor.data_convert import convert_file

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "rows.jsonl"
        convert_file(rows, out, wanted, form=plan.data.format, drop=True)
        yield out


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


def _at_host(plan: TunePlan, rows: Path, data: Path | None) -> None:
    """Train at the plan's host, watched from here; what was done is kept under the run's name."""
    from advisor.data_examples import rows_of
    from advisor.tuning.hosted import HostedTrainer
    from advisor.tuning.trainer import Metric, Order
    from advisor.tuning_rules import load_tuning_rules

    class Shown:
        """Says each step."""

        def report(self, metric: Metric) -> None:
            """One line."""
            loss = "" if metric.loss is None else f", loss {metric.loss:.4f}"
            click.echo(f"step {metric.step} of {metric.steps}{loss}", err=True)

        def wanted(self) -> bool:
            """Until it has ended; an interrupt leaves the job running at the host."""
            return True

    host = load_tuning_rules().hosts.at(plan.base_url)
    trainer = HostedTrainer(host, plan.base_url, plan.run, suffix=plan.suffix)
    click.echo(plan.run)
    conversations = [row.conversation for row in rows_of(rows, plan.data.format)]
    folder = data_path(data) / "hosted" / plan.run
    order = Order(plan.base_model, plan.method, conversations, (), plan.order(), plan.seed, folder)
    click.echo(trainer.train(order, Shown()).what)
