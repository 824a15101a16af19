"""Checkpoints that a job kept; each answers under a name of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from advisor.store.page import Page, read_page
from advisor.store.tables import CHECKPOINTS


class KeptCheckpoint(NamedTuple):
    """A checkpoint; `model` is the name it answers under, `folder` is relative to the data folder."""

    id: str
    job_id: str
    created_at: int
    step: int
    model: str
    folder: str
    metrics: Mapping[str, Any]


_COLUMNS = tuple(CHECKPOINTS.c[name] for name in KeptCheckpoint._fields)


class Checkpoints:
    """The table of checkpoints."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, checkpoint: KeptCheckpoint) -> bool:
        """Keep a checkpoint once: false where it is known."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(CHECKPOINTS).values(checkpoint._asdict()))
        except IntegrityError:
            return False
        return True

    def find_model(self, model: str) -> KeptCheckpoint | None:
        """The checkpoint that answers under the name `model`."""
        with self._engine.connect() as connection:
            row = connection.execute(select(*_COLUMNS).where(CHECKPOINTS.c.model == model)).one_or_none()
        return KeptCheckpoint(*row) if row else None

    def page(self, job_id: str, *, after: str | None = None, limit: int = 10) -> Page[KeptCheckpoint]:
        """Checkpoints of a job, newest first. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(CHECKPOINTS.c.job_id == job_id)
        with self._engine.connect() as connection:
            found = read_page(connection, query, CHECKPOINTS, after=after, limit=limit, oldest_first=False)
        return Page(tuple(KeptCheckpoint(*row) for row in found.rows), found.has_more)
