"""Backup and restore: SQLite by its online copy, PostgreSQL by pg_dump where it is installed, else as lines of JSON.

A backup has the hashes of passwords and keys, so that people can log in after it is restored: its file is readable by
its owner alone. An export has none of them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Final

from sqlalchemy import URL, Engine, func, inspect, select

from advisor.errors import InputError
from advisor.store.table_rows import fill_tables, table_lines
from advisor.store.tables import METADATA

_SQLITE_HEAD: Final = b"SQLite format 3\0"
_PG_DUMP_HEAD: Final = b"PGDMP"


def back_up(engine: Engine, path: Path) -> str:
    """Write a backup to `path`, whole or not at all, while others go on working; how it was made. Raises InputError."""
    with _whole(path) as beside:
        if engine.dialect.name == "sqlite":
            with closing(sqlite3.connect(str(engine.url.database))) as source, closing(sqlite3.connect(beside)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, not three
            return "copy of the SQLite database"
        if shutil.which("pg_dump"):
            _run(["pg_dump", "--format=custom", "--no-owner", "--file", str(beside)], engine.url)
            return "pg_dump"
        _write(beside, table_lines(engine, secrets=True))
        return "lines of JSON"


def export(engine: Engine, path: Path) -> None:
    """Write every table without secrets as lines of JSON. Raises InputError."""
    with _whole(path) as beside:
        _write(beside, table_lines(engine, secrets=False))


def restore(engine: Engine, path: Path, *, overwrite: bool) -> None:
    """Put a backup in the place of what the database holds. Raises InputError, also where it holds something."""
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(path), what_to_do="check the path") from None
    if not overwrite and not _is_empty(engine):
        raise InputError(
            "the database is not empty, and a restore replaces all that is in it",
            where=engine.url.render_as_string(hide_password=True),
            what_to_do="back it up first, then restore with --yes",
        )
    if head.startswith(_SQLITE_HEAD) and engine.dialect.name == "sqlite":
        _copy_back(engine, path)
    elif head.startswith(_PG_DUMP_HEAD) and engine.dialect.name == "postgresql":
        _run(
            ["pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname"],
            engine.url,
            path,
        )
    elif head.startswith(b"{"):
        with path.open(encoding="utf-8") as lines:
            fill_tables(engine, lines, str(path))
    else:
        raise InputError(
            f"this is no backup of a {engine.dialect.name} database",
            where=str(path),
            what_to_do="name a file that `advisor db backup` wrote for a database of this kind",
        )


def _copy_back(engine: Engine, path: Path) -> None:
    engine.dispose()
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as backup:
            if backup.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("its pages do not hold together")
            backup.execute("SELECT version_num FROM alembic_version").fetchone()
            with closing(sqlite3.connect(str(engine.url.database), timeout=30)) as database:
                backup.backup(database)
                database.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise InputError(
            f"this backup cannot be restored: {error}", where=str(path), what_to_do="take another backup"
        ) from None


def _is_empty(engine: Engine) -> bool:
    there = set(inspect(engine).get_table_names())
    with engine.connect() as connection:
        for table in METADATA.sorted_tables:
            least = 1 if table.name == "workspaces" else 0  # the first one is made with the tables
            if table.name in there and connection.execute(select(func.count()).select_from(table)).scalar_one() > least:
                return False
    return True


def _write(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in lines)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A new file for its owner alone, which takes the place of `path` when it is done."""
    beside = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield beside
        beside.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise InputError(
            f"the file cannot be written: {error}", where=str(path), what_to_do="choose another place"
        ) from None
    finally:
        beside.unlink(missing_ok=True)


def _run(command: list[str], url: URL, *last: Path) -> None:
    """A tool of PostgreSQL; the password goes by its environment, where no list of processes shows it."""
    place = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    named = {name: str(value) for name, value in place.items() if value is not None}
    database = {"PGDATABASE": url.database or ""}
    if command[-1] == "--dbname":
        command = [*command, url.database or "", *map(str, last)]
    done = subprocess.run(  # noqa: S603 - fixed commands
        command, env={**os.environ, **named, **database}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InputError(
            f"{command[0]} failed: {done.stderr.strip()[-500:]}",
            where=url.render_as_string(hide_password=True),
            what_to_do="read its message",
        )
