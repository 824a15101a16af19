"""`advisor worker`: works on fine-tuning jobs without serving."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from advisor.service.log_format import Format


@click.command()
@click.option("--name", help="Name of this worker; keep it over restarts.  [default: the host's name and -0]")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the files, the same for all workers.  [default: ADVISOR_DATA, else the user's data folder]",
)
@click.option(
    "--log-format",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How the log on standard error is written.",
)
def worker(name: str | None, data: Path | None, log_format: Format) -> None:
    """Work on the fine-tuning jobs and proofs of a PostgreSQL database that other processes share.

    ADVISOR_DATABASE_URL names the database. Each worker trains one job at a time and takes up what it left unfinished
    under the same name. The data folder must be one that every worker and `advisor serve` sees.
    """
    from advisor.errors import InputError
    from advisor.service.log_format import set_up_logs
    from advisor.service.resources import DATABASE_URL, environment, open_resources

    settings = environment()
    if settings.database_url is None:
        raise InputError(
            "a worker shares a database, and none is named",
            where=DATABASE_URL,
            what_to_do="set it to postgresql+psycopg://…; with the embedded database `advisor serve` works on the jobs",
        )
    set_up_logs(log_format)
    name = name or f"{gethostname()}-0"
    resources = open_resources(data or settings.data, settings.database_url, name=name)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    click.echo(f"advisor worker {name} is ready")
    try:
        stop.wait()
    finally:
        resources.close()
