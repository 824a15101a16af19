"""Planned runs in the store: the same plan is the same run, whoever starts it and however often."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Final, NamedTuple

from advisor.errors import InputError
from advisor.ledger.kept import keep
from advisor.store.database import Store
from advisor.store.files import StoredFile
from advisor.store.jobs import Job
from advisor.store.tables import DEFAULT_WORKSPACE
from advisor.tuning import job_orders
from advisor.tuning.data_folder import DataFolder, sha256_of
from advisor.tuning.learned import foreseen
from advisor.tuning.plan import DataFile, TunePlan, read_plan, write_plan

RUN: Final = "advisor_run"  # the key of the run's name in the metadata of its job
PLAN: Final = "plan.yaml"  # in the folder of the job


class RunData(NamedTuple):
    """The files of a run, in one of the formats that are read."""

    train: Path
    validation: Path | None


def checked_data(plan: TunePlan, plan_path: Path) -> RunData:
    """The plan's data files, unchanged since it was planned with them. Raises InputError."""
    held_out = plan.data.validation
    return RunData(_checked(plan.data, plan_path), _checked(held_out, plan_path) if held_out else None)


def _checked(file: DataFile, plan_path: Path) -> Path:
    path = Path(file.file)
    path = path if path.is_absolute() or path.exists() else plan_path.parent / path
    if not path.is_file():
        raise InputError("the data file of the plan is gone", where=str(path), what_to_do="bring it back or plan again")
    if sha256_of(path) != file.sha256:
        raise InputError(
            "the data were changed since the plan was made", where=str(path), what_to_do="plan again: it is another run"
        )
    return path


@contextmanager
def as_read_by_the_service(rows: RunData, plan: TunePlan) -> Iterator[RunData]:
    """The rows as lines of OpenAI's format, which the service reads; files in it already are taken as they are."""
    wanted = "openai_preference" if plan.method == "dpo" else "openai_chat"
    if plan.data.format == wanted and rows.train.suffix == ".jsonl":
        yield rows
        return
    from advisor.data_convert import convert_file

    with tempfile.TemporaryDirectory() as folder:
        made = [Path(folder) / f"{number}.jsonl" for number, path in enumerate(rows) if path]
        for path, out in zip(rows, made, strict=False):
            assert path is not None
            convert_file(path, out, wanted, form=plan.data.format, drop=True)
        yield RunData(made[0], made[1] if len(made) > 1 else None)


def begin(
    store: Store,
    data: DataFolder,
    plan: TunePlan,
    rows: RunData,
    *,
    again: bool = False,
    workspace: str = DEFAULT_WORKSPACE,
    public_host_only: bool = False,
) -> Job:
    """The job of `plan`: the one that is there, else a new one on `rows`, files that the service reads.

    `public_host_only` where somebody who is not at this machine asks: the plan's host is then checked at each
    connection. The same plan in another workspace is another run. `again` makes a new one, with a number
    behind the plan's name.
    """
    name = plan.run
    known = _of_run(store, name, workspace)
    if known and not again:
        return known
    number = 2
    while known:
        name, number = f"{plan.run}-{number}", number + 1
        known = _of_run(store, name, workspace)
    train = _kept(store, data, rows.train, plan.data, workspace)
    held_out = plan.data.validation
    validation = _kept(store, data, rows.validation, held_out, workspace).id if rows.validation and held_out else None
    job = Job(
        f"ftjob-{token_hex(12)}",
        int(time.time()),
        plan.base_model,
        {"type": plan.method, plan.method: {"hyperparameters": dict(plan.order())}},
        plan.seed,
        plan.suffix or None,
        {RUN: name},
        train.id,
        validation,
        workspace=workspace,
    )
    folder = data.run(job.id)
    folder.mkdir(parents=True)
    write_plan(plan.model_copy(update={"public_host_only": public_host_only}), folder / PLAN)
    # Before there is a job: what is foreseen only once it runs is no prediction.
    keep(store, name, foreseen(plan), context={"job": job.id, "made_on": plan.made_on.isoformat()}, workspace=workspace)
    job_orders.create(store, job, run=name)
    return job


def name_of(job: Job) -> str:
    """The name of the job's run; a job that no plan made is known by its id."""
    return (job.metadata or {}).get(RUN, job.id)


def plan_in(folder: Path) -> TunePlan | None:
    """The plan that a job's folder belongs to; None for a job that was created without one. Raises InputError."""
    return read_plan(folder / PLAN) if (folder / PLAN).exists() else None


def find(store: Store, name: str) -> Job | None:
    """The job of a run, or the job of that id."""
    return store.jobs.find(name) or _of_run(store, name)


def _of_run(store: Store, name: str, workspace: str | None = None) -> Job | None:
    found = store.jobs.page(metadata={RUN: name}, limit=1, workspace=workspace).items
    return found[0] if found else None


def _kept(store: Store, data: DataFolder, rows: Path, planned: DataFile, workspace: str) -> StoredFile:
    """The rows as a file of the service; its bytes are in place before anything speaks of them."""
    id = f"file-{token_hex(12)}"
    upload = data.uploads / id
    try:
        shutil.copyfile(rows, upload)
        upload.replace(data.file(id))
    except OSError as error:
        upload.unlink(missing_ok=True)
        raise InputError(
            f"the rows cannot be kept: {error.strerror}", where=str(data.path), what_to_do="make room, and start again"
        ) from None
    size, name = data.file(id).stat().st_size, Path(planned.file).name
    file = StoredFile(id, size, int(time.time()), name, "fine-tune", sha256_of(data.file(id)), workspace)
    store.files.add(file)
    return file
