"""The store that the commands of `advisor tune` look at: the one that `advisor serve` uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.ledger.correction import Correction
    from advisor.store.database import Store
    from advisor.store.jobs import Job

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the database and the files.  [default: ADVISOR_DATA, else the user's data folder]",
)


def data_path(data: Path | None) -> Path:
    """The data folder that is named or set."""
    from advisor.service.resources import environment

    return (data or environment().data).resolve()


@contextmanager
def opened(data: Path | None) -> Iterator[Store]:
    """The store in the data folder or behind ADVISOR_DATABASE_URL."""
    from advisor.service.resources import environment
    from advisor.store.database import open_store

    store = open_store(data_path(data), environment().database_url)
    try:
        yield store
    finally:
        store.close()


def learned() -> Mapping[str, Correction]:
    """What the ledger teaches, by kind of prediction; nothing where no database was made yet."""
    from advisor.service.resources import environment
    from advisor.store.database import FILE

    if not environment().database_url and not (data_path(None) / FILE).is_file():
        return {}
    from advisor.ledger.kept import corrections

    with opened(None) as store:
        return corrections(store)


def job_in(store: Store, job_id: str) -> Job:
    """The job with that id, or the newest one of the run of that name. Raises InputError."""
    from advisor.tuning.runs import find

    job = find(store, job_id)
    if job is None:
        raise InputError(
            f"there is no run {job_id}",
            where=store.engine.url.render_as_string(hide_password=True),
            what_to_do="`advisor tune list` shows those that there are",
        )
    return job
