"""Every table as lines of JSON: an export for other programs, and a backup of PostgreSQL where pg_dump is missing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, delete, insert, select, text

from advisor.errors import InputError
from advisor.store.account_tables import API_KEYS, IDEMPOTENCY_KEYS, SESSIONS, USERS
from advisor.store.proof_tables import BALLOTS
from advisor.store.tables import METADATA

SCHEMA: Final = "advisor/database/v1"
_PASSING: Final = (SESSIONS, IDEMPOTENCY_KEYS)  # of no use to anybody after a while
# What lets somebody in, or would help to find it out, and keys of blind ballots; an export has none of it.
_SECRET: Final = {(USERS.name, "password_hash"), (API_KEYS.name, "digest"), (BALLOTS.name, "sealed_key")}
_AT_ONCE: Final = 500


def table_lines(engine: Engine, *, secrets: bool) -> Iterator[str]:
    """One line that says what this is, then one for each row, from one moment; hashes of secrets only if asked for."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        else:
            connection.execute(text("BEGIN"))
        yield json.dumps({"schema": SCHEMA, "revision": revision(connection), "secrets": secrets})
        for table in _tables():
            names = [name for name in _names(table) if secrets or (table.name, name) not in _SECRET]
            rows = connection.execute(select(*(table.c[name] for name in names)).order_by(*table.primary_key))
            for row in rows:
                yield json.dumps({"table": table.name, "row": dict(zip(names, row, strict=True))}, ensure_ascii=False)


def fill_tables(engine: Engine, lines: Iterable[str], name: str) -> None:
    """Put the rows of a backup in the place of all that is there, wholly or not at all. Raises InputError."""
    known = {table.name: table for table in _tables()}
    found = iter(lines)
    head = _json(next(found, ""), name, 1)
    if head.get("schema") != SCHEMA or not head.get("secrets"):
        raise InputError(
            "this is no backup of the database", where=name, what_to_do="name a file that `advisor db backup` wrote"
        )
    with engine.begin() as connection:
        if revision(connection) != head.get("revision"):
            raise InputError(
                f"the backup is of revision {head.get('revision')}, the database of {revision(connection)}",
                where=name,
                what_to_do="restore it with the version of advisor that wrote it, then upgrade",
            )
        for table in reversed(METADATA.sorted_tables):
            connection.execute(delete(table))
        waiting: list[dict[str, Any]] = []
        current: Table | None = None
        for number, line in enumerate(found, 2):
            value = _json(line, name, number)
            table, row = known.get(str(value.get("table"))), value.get("row")
            if table is None or not isinstance(row, dict) or set(row) != set(_names(table)):
                raise InputError(
                    "this is no row of a table", where=f"{name}:{number}", what_to_do="take another backup"
                )
            if waiting and (table is not current or len(waiting) == _AT_ONCE):
                assert current is not None
                connection.execute(insert(current), waiting)
                waiting = []
            current = table
            waiting.append(row)
        if waiting and current is not None:
            connection.execute(insert(current), waiting)
        if engine.dialect.name == "postgresql":
            _go_on_counting(connection)


def revision(connection: Connection) -> str:
    """The number of the last migration."""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def _tables() -> list[Table]:
    return [table for table in METADATA.sorted_tables if table not in _PASSING]


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _json(line: str, name: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InputError("this is no line of a backup", where=f"{name}:{number}", what_to_do="take another backup")
    return value


def _go_on_counting(connection: Connection) -> None:
    """Let new rows have numbers above those that were put in."""
    for table in METADATA.sorted_tables:
        if "number" in table.c:
            last = f"(SELECT coalesce(max(number), 0) + 1 FROM {table.name})"  # noqa: S608 - names of our own tables
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'number'), {last}, false)"))
