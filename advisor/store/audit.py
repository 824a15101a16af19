"""The audit log: who did what, when, to which object, from where. Rows are added, never changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from secrets import token_hex
from typing import NamedTuple

from sqlalchemy import Connection, Engine, insert, select

from advisor.store.account_tables import AUDIT_LOG
from advisor.store.page import Page, read_page


class Deed(NamedTuple):
    """Who acts, in which workspace, from which address: what every change says of its author."""

    actor: str
    workspace: str
    address: str


class AuditEntry(NamedTuple):
    """One change; `at` in seconds since 1970."""

    id: str
    at: int
    actor: str
    action: str
    object: str
    address: str
    workspace: str


_ADD = insert(AUDIT_LOG)
_COLUMNS = tuple(AUDIT_LOG.c[name] for name in AuditEntry._fields)


def note(connection: Connection, deed: Deed, action: str, object: str) -> None:
    """Write an entry in the transaction of the change itself, so that neither is there without the other."""
    connection.execute(_ADD, entry_of(deed, action, object)._asdict())


def note_all(connection: Connection, entries: Sequence[AuditEntry]) -> None:
    """Write the entries of several changes of one transaction."""
    connection.execute(_ADD, [entry._asdict() for entry in entries])


def entry_of(deed: Deed, action: str, object: str) -> AuditEntry:
    """A new entry, not yet written."""
    return AuditEntry(
        f"audit-{token_hex(12)}",
        int(time.time()),
        deed.actor[:255],
        action[:64],
        object[:255],
        deed.address[:64],
        deed.workspace,
    )


class Audit:
    """The audit log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, deed: Deed, action: str, object: str) -> None:
        """Write an entry about something that was done elsewhere than in this database."""
        with self._engine.begin() as connection:
            note(connection, deed, action, object)

    def page(self, workspace: str, *, after: str | None = None, limit: int = 50) -> Page[AuditEntry]:
        """Entries of a workspace, newest first. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(AUDIT_LOG.c.workspace == workspace)
        with self._engine.connect() as connection:
            found = read_page(connection, query, AUDIT_LOG, after=after, limit=limit, oldest_first=False)
        return Page(tuple(AuditEntry(*row) for row in found.rows), found.has_more)
