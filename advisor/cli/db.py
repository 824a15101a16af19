"""`advisor db`: bring the database up to date, back it up, restore it, export it."""

from __future__ import annotations

from pathlib import Path

import click

from advisor.cli.tune_store import data_option, opened


@click.group()
def db() -> None:
    """Upgrade, back up, restore or export the database of the service."""


@db.command()
@data_option
def upgrade(data: Path | None) -> None:
    """Make the tables, or bring those of an older version up to date. Every start does this too."""
    from advisor.store.table_rows import revision

    with opened(data) as store, store.engine.connect() as connection:
        click.echo(f"the database is at revision {revision(connection)}")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
def backup(file: Path, data: Path | None) -> None:
    """Write a backup to FILE while the service goes on working.

    It has the hashes of passwords and keys, so keep it as safe as the database. The files of data sets and models lie
    beside the database in the data folder, and are copied with it.
    """
    from advisor.store.backup import back_up

    with opened(data) as store:
        how = back_up(store.engine, file)
    click.echo(f"{file}: written ({how})")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Replace what the database holds.")
@data_option
def restore(file: Path, yes: bool, data: Path | None) -> None:
    """Restore the backup in FILE. A database that holds something is replaced only with --yes.

    Stop the service first: what it does meanwhile is lost.
    """
    from advisor.store.backup import restore as put_back

    with opened(data) as store:
        put_back(store.engine, file, overwrite=yes)
    with opened(data):
        click.echo(f"{file}: restored")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
def export(file: Path, data: Path | None) -> None:
    """Write every table to FILE as lines of JSON, without hashes of passwords and keys."""
    from advisor.store.backup import export as write_export

    with opened(data) as store:
        write_export(store.engine, file)
    click.echo(f"{file}: written")
