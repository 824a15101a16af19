"""Recommendations that were given: never changed, with everything that is needed to make them again."""

from __future__ import annotations

import hashlib
import threading
from typing import NamedTuple

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError

from advisor.store.audit import Deed, note
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
        # Threads wait for each other here: SQLite would let them sleep and try again.
        self._one_writes = threading.Lock()
        self._kept: set[str] = set()  # texts that are known to be in the table, which nothing is ever removed from

    def add(self, given: Given, texts: Texts, deed: Deed) -> None:
        """Keep a recommendation; a text that is kept already is not kept twice."""
        for sha256, text in ((given.case_sha256, texts.case), (given.record_sha256, texts.record)):
            if sha256 not in self._kept:
                self._keep(sha256, text)
        with self._one_writes, self._engine.begin() as connection:
            connection.execute(_ADD, given._asdict())
            note(connection, deed, "recommendation.create", given.id)

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
