"""`advisor tune start|list|watch|events|cancel|pause|resume`: the runs on this machine."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.store.database import Store
    from advisor.store.jobs import Job
    from advisor.tuning.data_folder import DataFolder
    from advisor.tuning.plan import TunePlan

_LOOK_S = 0.5
_data_option = click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the database and the files.  [default: ADVISOR_DATA, else the user's data folder]",
)
_run_argument = click.argument("run")


@click.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Begin without being asked.")
@click.option("--wait", is_flag=True, help="Stay until it has ended; train here if nothing else does.")
@click.option("--again", is_flag=True, help="A new run of the same plan.")
@_data_option
def start(plan_file: Path, yes: bool, wait: bool, again: bool, folder: Path | None) -> None:
    """Start the run of a PLAN that `advisor tune plan` made, and print its name.

    What it costs and what leaves this machine is shown first. Starting the same plan again is the same run: nothing is
    created or paid twice. The data must be what they were when they were planned with. Runs on this machine are worked
    on by `advisor serve` or `advisor worker`, or here with --wait; a run at a host is watched here, and goes on at the
    host when you stop watching. With --wait the exit code is 1 where it failed.
    """
    from advisor.cli.tune_plan import plan_lines
    from advisor.tuning import runs
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
        raise InputError("an export is trained elsewhere", what_to_do="plan for another back end to train here")
    if plan.back_end == "openai_api":
        _at_host(plan, rows, folder)
        return
    with _store(folder) as (store, data):
        with _as_chat(rows, plan) as chat:
            job = runs.begin(store, data, plan, chat, again=again)
        click.echo(plan.run)
        click.echo(f"{job.id}: {job.status}", err=True)
        if not wait:
            click.echo("`advisor serve` works on it; `advisor tune watch` shows how far it is", err=True)
    if wait:
        _work_until_done(job.id, folder)


@click.command("list")
@_data_option
def list_runs(folder: Path | None) -> None:
    """List the runs on this machine, newest first."""
    from advisor.tuning.runs import RUN

    with _store(folder) as (store, _):
        jobs = store.jobs.page(limit=1000).items
        for job in jobs:
            name = (job.metadata or {}).get(RUN, job.id)
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created_at))
            click.echo(f"{name:<31} {job.status:<16} {when}  {job.fine_tuned_model or job.base_model}")
        if not jobs:
            click.echo("there are no runs; `advisor tune plan` begins one")


@click.command()
@_run_argument
@_data_option
def watch(run: str, folder: Path | None) -> None:
    """Show how far RUN is until it has ended."""
    from advisor.tuning import runs

    with _store(folder) as (store, _):
        _watch(store, runs.found(store, run).id, lambda: True)


@click.command()
@_run_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For reading or for programs.",
)
@_data_option
def events(run: str, form: str, folder: Path | None) -> None:
    """Print everything that happened in RUN."""
    from advisor.tuning import runs

    with _store(folder) as (store, _):
        job = runs.found(store, run)
        for event in store.events.page(job.id, limit=100_000, oldest_first=True).items:
            if form == "json":
                click.echo(json.dumps(event._asdict()))
            else:
                when = time.strftime("%H:%M:%S", time.localtime(event.created_at))
                click.echo(f"{when} {event.level:<5} {event.message}")


def _change(name: str, verb: str, text: str) -> click.Command:
    """A command that changes the state of a run by the function `name` of `advisor.tuning.runs`."""

    def change(run: str, folder: Path | None) -> None:
        from advisor.tuning import runs

        with _store(folder) as (store, _):
            job = runs.found(store, run)
            if not getattr(runs, name)(store, job):
                raise InputError(
                    f"{run} is {job.status} and cannot be {verb}", what_to_do="`advisor tune list` shows every state"
                )
            click.echo(f"{run}: {verb}")

    change.__doc__ = text
    return click.command(name)(_run_argument(_data_option(change)))


cancel = _change("cancel", "cancelled", "Stop RUN for good; its checkpoints are kept.")
pause = _change("pause", "paused", "Stop RUN so that it can go on later from its last checkpoint.")
resume = _change("resume", "resumed", "Let a paused RUN go on; `advisor serve` or `advisor worker` takes it up.")


@contextmanager
def _store(folder: Path | None) -> Iterator[tuple[Store, DataFolder]]:
    from advisor.service.resources import environment
    from advisor.store.database import open_store
    from advisor.tuning.data_folder import DataFolder

    settings = environment()
    data = DataFolder((folder or settings.data).resolve())
    data.prepare()
    store = open_store(data.path, settings.database_url)
    try:
        yield store, data
    finally:
        store.close()


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


def _work_until_done(job_id: str, folder: Path | None) -> None:
    """Work on the job in this process, unless another one holds the folder and does; end with 1 where it failed."""
    from advisor.service.resources import environment, open_resources

    settings = environment()
    try:
        resources = open_resources(folder or settings.data, settings.database_url)
    except InputError as error:
        if "another process works here" not in error.problem:
            raise
        with _store(folder) as (store, _):
            _watch(store, job_id, lambda: True)
        return
    try:
        resources.runner.wake()
        _watch(resources.store, job_id, lambda: True)
    finally:
        resources.close()


def _watch(store: Store, job_id: str, wanted: Callable[[], bool]) -> None:
    """Say what happens until the job has ended. Exits with 1 where it did not succeed."""
    from advisor.tuning.runs import ENDED

    seen = 0
    while wanted():
        job = store.jobs.find(job_id)
        assert job is not None
        happened = store.events.page(job_id, limit=100_000, oldest_first=True).items
        for event in happened[seen:]:
            click.echo(event.message, err=True)
        seen = len(happened)
        if job.status in ENDED:
            _end(job)
            return
        time.sleep(_LOOK_S)


def _end(job: Job) -> None:
    if job.status == "succeeded":
        click.echo(str(job.fine_tuned_model))
        return
    reason = (job.error or {}).get("message", "no reason was given")
    click.echo(f"{job.id} {job.status}" + (f": {reason}" if job.status == "failed" else ""), err=True)
    sys.exit(1)


def _at_host(plan: TunePlan, rows: Path, folder: Path | None) -> None:
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
    with _store(folder) as (_, data):
        conversations = [row.conversation for row in rows_of(rows, plan.data.format)]
        order = Order(
            plan.base_model, plan.method, conversations, (), plan.order(), plan.seed, data.path / "hosted" / plan.run
        )
        made: Any = trainer.train(order, Shown())
    click.echo(made.what)
