"""Planned runs in the store: the same plan is the same run, whoever starts it and however often."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from secrets import token_hex
from typing import Final

from advisor.errors import InputError
from advisor.store.database import Store
from advisor.store.files import StoredFile
from advisor.store.jobs import Job
from advisor.tuning import job_orders
from advisor.tuning.data_folder import DataFolder, sha256_of
from advisor.tuning.plan import TunePlan

RUN: Final = "advisor_run"  # the key of the run's name in the metadata of its job


def checked_data(plan: TunePlan, plan_path: Path) -> Path:
    """The plan's data file, unchanged since it was planned with. Raises InputError."""
    path = Path(plan.data.file)
    path = path if path.is_absolute() or path.exists() else plan_path.parent / path
    if not path.is_file():
        raise InputError("the data file of the plan is gone", where=str(path), what_to_do="bring it back or plan again")
    if sha256_of(path) != plan.data.sha256:
        raise InputError(
            "the data were changed since the plan was made", where=str(path), what_to_do="plan again: it is another run"
        )
    return path


def begin(store: Store, data: DataFolder, plan: TunePlan, rows: Path, *, again: bool = False) -> Job:
    """The job of `plan`: the one that is there, else a new one on `rows`, a file that the service reads."""
    known = None if again else find(store, plan.run)
    if known:
        return known
    file = _kept(store, data, rows, plan)
    job = Job(
        f"ftjob-{token_hex(12)}",
        int(time.time()),
        plan.base_model,
        {"type": plan.method, plan.method: {"hyperparameters": dict(plan.order())}},
        plan.seed,
        plan.suffix or None,
        {RUN: plan.run},
        file.id,
        None,
    )
    job_orders.create(store, job, run=plan.run)
    return job


def find(store: Store, name: str) -> Job | None:
    """The newest job of a run, or the job of that id."""
    job = store.jobs.find(name)
    if job:
        return job
    found = store.jobs.page(metadata={RUN: name}, limit=1).items
    return found[0] if found else None


def _kept(store: Store, data: DataFolder, rows: Path, plan: TunePlan) -> StoredFile:
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
    size, name = data.file(id).stat().st_size, Path(plan.data.file).name
    file = StoredFile(id, size, int(time.time()), name, "fine-tune", sha256_of(data.file(id)))
    store.files.add(file)
    return file
