"""Plans of training runs that were made over the API."""

from __future__ import annotations

import time
from collections.abc import Mapping
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import Engine, insert, select

from advisor.store.audit import Deed, note
from advisor.store.case_tables import PLANS
from advisor.store.page import Page, read_page


class StoredPlan(NamedTuple):
    """A plan as JSON, and the file that it was made for."""

    id: str
    created_at: int
    file_id: str
    plan: Mapping[str, Any]
    workspace: str


_COLUMNS = tuple(PLANS.c[name] for name in StoredPlan._fields)


class Plans:
    """The table of plans."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, file_id: str, plan: Mapping[str, Any], deed: Deed) -> StoredPlan:
        """Keep a plan."""
        stored = StoredPlan(f"plan-{token_hex(12)}", int(time.time()), file_id, plan, deed.workspace)
        with self._engine.begin() as connection:
            connection.execute(insert(PLANS).values(stored._asdict()))
            note(connection, deed, "plan.create", stored.id)
        return stored

    def find(self, id: str, workspace: str) -> StoredPlan | None:
        """The plan with that id in the workspace."""
        query = select(*_COLUMNS).where(PLANS.c.id == id, PLANS.c.workspace == workspace)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return StoredPlan(*row) if row else None

    def page(self, workspace: str, *, after: str | None = None, limit: int = 20) -> Page[StoredPlan]:
        """Plans of a workspace, newest first. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(PLANS.c.workspace == workspace)
        with self._engine.connect() as connection:
            found = read_page(connection, query, PLANS, after=after, limit=limit, oldest_first=False)
        return Page(tuple(StoredPlan(*row) for row in found.rows), found.has_more)
