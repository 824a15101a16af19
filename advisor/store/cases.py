"""Cases with all their versions. A change names the version it was made from, so that none is lost."""

from __future__ import annotations

import hashlib
import time
from secrets import token_hex
from typing import NamedTuple

from sqlalchemy import Engine, delete, insert, select, update

from advisor.store.audit import Deed, note
from advisor.store.case_tables import CASE_VERSIONS, CASES, TICKS
from advisor.store.page import Page, read_page


class CaseText(NamedTuple):
    """A checked case as it is kept: `text` is its JSON with the keys in the order of the questions."""

    title: str
    client: str
    text: str

    @property
    def etag(self) -> str:
        """The hash of the version."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class StoredCase(NamedTuple):
    """A case at its newest version; times in seconds since 1970."""

    id: str
    title: str
    client: str
    version: int
    etag: str
    created_at: int
    updated_at: int
    workspace: str


class CaseVersion(NamedTuple):
    """One version, the first being 1."""

    case_id: str
    version: int
    etag: str
    text: str
    created_at: int
    actor: str


class Changed(Exception):  # noqa: N818  an answer about the version, not an error of ours
    """The case is at another version than the one that the change was made from."""


_COLUMNS = tuple(CASES.c[name] for name in StoredCase._fields)
_VERSION = tuple(CASE_VERSIONS.c[name] for name in CaseVersion._fields)


class Cases:
    """The tables of cases and versions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, case: CaseText, deed: Deed) -> StoredCase:
        """Keep a new case."""
        now = int(time.time())
        id = f"case-{token_hex(12)}"
        stored = StoredCase(id, case.title, case.client, 1, case.etag, now, now, deed.workspace)
        version = CaseVersion(stored.id, 1, case.etag, case.text, now, deed.actor)
        with self._engine.begin() as connection:
            connection.execute(insert(CASES).values(stored._asdict()))
            connection.execute(insert(CASE_VERSIONS).values(version._asdict()))
            note(connection, deed, "case.create", stored.id)
        return stored

    def find(self, id: str, workspace: str) -> StoredCase | None:
        """The case with that id in the workspace."""
        query = select(*_COLUMNS).where(CASES.c.id == id, CASES.c.workspace == workspace)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return StoredCase(*row) if row else None

    def version(self, id: str, number: int, workspace: str) -> CaseVersion | None:
        """One version of a case in the workspace."""
        query = select(*_VERSION).join(CASES, CASES.c.id == CASE_VERSIONS.c.case_id)
        query = query.where(CASES.c.id == id, CASES.c.workspace == workspace, CASE_VERSIONS.c.version == number)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return CaseVersion(*row) if row else None

    def versions(self, id: str, workspace: str) -> list[CaseVersion]:
        """Every version of a case, the newest first."""
        query = select(*_VERSION).join(CASES, CASES.c.id == CASE_VERSIONS.c.case_id)
        query = query.where(CASES.c.id == id, CASES.c.workspace == workspace)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(CASE_VERSIONS.c.version.desc()))
            return [CaseVersion(*row) for row in rows]

    def page(self, workspace: str, *, after: str | None = None, limit: int = 20) -> Page[StoredCase]:
        """Cases of a workspace, newest first. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(CASES.c.workspace == workspace)
        with self._engine.connect() as connection:
            found = read_page(connection, query, CASES, after=after, limit=limit, oldest_first=False)
        return Page(tuple(StoredCase(*row) for row in found.rows), found.has_more)

    def change(self, known: StoredCase, case: CaseText, deed: Deed) -> StoredCase:
        """Keep a new version of `known`; the same content makes none. Raises Changed where it is not the newest."""
        if case.etag == known.etag:
            return known
        changed = known._replace(
            title=case.title,
            client=case.client,
            version=known.version + 1,
            etag=case.etag,
            updated_at=int(time.time()),
        )
        same = (CASES.c.id == known.id, CASES.c.version == known.version, CASES.c.workspace == deed.workspace)
        version = CaseVersion(known.id, changed.version, case.etag, case.text, changed.updated_at, deed.actor)
        with self._engine.begin() as connection:
            if not connection.execute(update(CASES).where(*same).values(changed._asdict())).rowcount:
                raise Changed(known.id)
            connection.execute(insert(CASE_VERSIONS).values(version._asdict()))
            note(connection, deed, "case.change", known.id)
        return changed

    def remove(self, known: StoredCase, deed: Deed) -> None:
        """Forget a case, its versions and its ticks. Raises Changed where `known` is not the newest version."""
        same = (CASES.c.id == known.id, CASES.c.version == known.version, CASES.c.workspace == deed.workspace)
        with self._engine.begin() as connection:
            if connection.execute(select(CASES.c.id).where(*same).with_for_update()).first() is None:
                raise Changed(known.id)
            connection.execute(delete(TICKS).where(TICKS.c.case_id == known.id))
            connection.execute(delete(CASE_VERSIONS).where(CASE_VERSIONS.c.case_id == known.id))
            if not connection.execute(delete(CASES).where(*same)).rowcount:
                raise Changed(known.id)
            note(connection, deed, "case.remove", known.id)
