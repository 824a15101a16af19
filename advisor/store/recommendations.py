"""Recommendations that were given: never changed, with everything that is needed to make them again."""

from __future__ import annotations

import hashlib
import threading
from typing import NamedTuple

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from advisor.store.audit import AuditEntry, Deed, entry_of, note_all
from advisor.store.case_tables import RECOMMENDATIONS, SNAPSHOTS
from advisor.store.page import Page, read_page


class Given(NamedTuple):
    """A recommendation and where it comes from; `created_at` in seconds since 1970, `as_of` an ISO day."""

    id: str
    created_at: int
    actor: str
    case_id: str | None
    as_of: str
    status: str
    approach: str
    title: str
    case_sha256: str
    record_sha256: str
    rules_version: str
    rules_sha256: str
    prices_version: str
    prices_sha256: str
    workspace: str


class Texts(NamedTuple):
    """The case and the record of a recommendation as JSON."""

    case: str
    record: str


class _Waiting:
    """A recommendation that is to be written, and what came of it."""

    def __init__(self, given: Given, entry: AuditEntry) -> None:
        self.given = given
        self.entry = entry
        self.done = False
        self.error: SQLAlchemyError | None = None


_COLUMNS = tuple(RECOMMENDATIONS.c[name] for name in Given._fields)
_KNOWN_MOST = 4_096
_ADD = insert(RECOMMENDATIONS)


def sha256_of_text(text: str) -> str:
    """The name under which a text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


class Recommendations:
    """The tables of recommendations and of the texts in them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._one_writes = threading.Lock()
        self._one_lists = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._kept: set[str] = set()  # texts that are known to be in the table, which nothing is ever removed from

    def add(self, given: Given, texts: Texts, deed: Deed) -> None:
        """Keep a recommendation; a text that is kept already is not kept twice."""
        for sha256, text in ((given.case_sha256, texts.case), (given.record_sha256, texts.record)):
            if sha256 not in self._kept:
                self._keep(sha256, text)
        mine = _Waiting(given, entry_of(deed, "recommendation.create", given.id))
        with self._one_lists:
            self._waiting.append(mine)
        # One thread writes for all that wait, in one transaction; the others find theirs written when it is their turn.
        with self._one_writes:
            if not mine.done:
                self._write_waiting()
        if mine.error is not None:
            raise mine.error

    def _write_waiting(self) -> None:
        with self._one_lists:
            taken, self._waiting = self._waiting, []
        try:
            with self._engine.begin() as connection:
                connection.execute(_ADD, [one.given._asdict() for one in taken])
                note_all(connection, [one.entry for one in taken])
        except SQLAlchemyError as error:
            for one in taken:
                one.error = error
        for one in taken:
            one.done = True

    def find(self, id: str, workspace: str) -> Given | None:
        """The recommendation with that id in the workspace."""
        query = select(*_COLUMNS).where(RECOMMENDATIONS.c.id == id, RECOMMENDATIONS.c.workspace == workspace)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return Given(*row) if row else None

    def texts(self, given: Given) -> Texts:
        """The case and the record of a recommendation that was found."""
        with self._engine.connect() as connection:
            return Texts(_text(connection, given.case_sha256), _text(connection, given.record_sha256))

    def page(
        self, workspace: str, *, after: str | None = None, limit: int = 20, case_id: str | None = None
    ) -> Page[Given]:
        """Recommendations of a workspace, or of one case in it, newest first. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(RECOMMENDATIONS.c.workspace == workspace)
        if case_id is not None:
            query = query.where(RECOMMENDATIONS.c.case_id == case_id)
        with self._engine.connect() as connection:
            found = read_page(connection, query, RECOMMENDATIONS, after=after, limit=limit, oldest_first=False)
        return Page(tuple(Given(*row) for row in found.rows), found.has_more)

    def _keep(self, sha256: str, text: str) -> None:
        try:
            with self._engine.begin() as connection:
                if connection.execute(select(SNAPSHOTS.c.sha256).where(SNAPSHOTS.c.sha256 == sha256)).first() is None:
                    connection.execute(insert(SNAPSHOTS).values(sha256=sha256, text=text))
        except IntegrityError:
            pass  # another process kept the same text at the same moment
        if len(self._kept) >= _KNOWN_MOST:
            self._kept.clear()
        self._kept.add(sha256)


def _text(connection: Connection, sha256: str) -> str:
    text: str = connection.execute(select(SNAPSHOTS.c.text).where(SNAPSHOTS.c.sha256 == sha256)).scalar_one()
    return text
