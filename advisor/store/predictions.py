"""Predictions, and what really happened: each is made once and comes true once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from advisor.store.operation_tables import PREDICTIONS
from advisor.store.page import Page, read_page
from advisor.store.tables import DEFAULT_WORKSPACE


class Prediction(NamedTuple):
    """A prediction of one `kind` about one `subject`, such as a run; times in seconds since 1970.

    `context` holds the range before anything learned was applied (`raw`), and where it is from.
    """

    id: str
    created_at: int
    kind: str
    subject: str
    unit: str
    p10: float
    p50: float
    p90: float
    context: Mapping[str, Any]
    actual: float | None = None
    actual_at: int | None = None
    actual_source: str | None = None
    workspace: str = DEFAULT_WORKSPACE


_COLUMNS = tuple(PREDICTIONS.c[name] for name in Prediction._fields)


class Predictions:
    """The table of predictions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, prediction: Prediction) -> bool:
        """Keep a prediction; false where one of that kind about that subject is there, which stays as it is."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(PREDICTIONS).values(prediction._asdict()))
        except IntegrityError:
            return False
        return True

    def settle(
        self, kind: str, subject: str, actual: float, source: str, workspace: str, *, at: int | None = None
    ) -> bool:
        """Write down what really happened; false where no prediction waits for it. What is known is not changed."""
        mine = (PREDICTIONS.c.kind == kind, PREDICTIONS.c.subject == subject, PREDICTIONS.c.workspace == workspace)
        values = {"actual": actual, "actual_at": at or int(time.time()), "actual_source": source}
        query = update(PREDICTIONS).where(*mine, PREDICTIONS.c.actual.is_(None)).values(values)
        with self._engine.begin() as connection:
            return connection.execute(query).rowcount > 0

    def find(self, id: str, workspace: str) -> Prediction | None:
        """The prediction with that id in the workspace."""
        query = select(*_COLUMNS).where(PREDICTIONS.c.id == id, PREDICTIONS.c.workspace == workspace)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return Prediction(*row) if row else None

    def about(self, subject: str, workspace: str, kind: str | None = None) -> list[Prediction]:
        """What was predicted about a subject."""
        query = select(*_COLUMNS).where(PREDICTIONS.c.subject == subject, PREDICTIONS.c.workspace == workspace)
        if kind is not None:
            query = query.where(PREDICTIONS.c.kind == kind)
        with self._engine.connect() as connection:
            return [Prediction(*row) for row in connection.execute(query.order_by(PREDICTIONS.c.number))]

    def all(self, workspace: str) -> list[Prediction]:
        """Every prediction of a workspace, oldest first."""
        query = select(*_COLUMNS).where(PREDICTIONS.c.workspace == workspace).order_by(PREDICTIONS.c.number)
        with self._engine.connect() as connection:
            return [Prediction(*row) for row in connection.execute(query)]

    def page(self, workspace: str, *, after: str | None = None, limit: int = 20) -> Page[Prediction]:
        """Predictions of a workspace, newest first. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(PREDICTIONS.c.workspace == workspace)
        with self._engine.connect() as connection:
            found = read_page(connection, query, PREDICTIONS, after=after, limit=limit, oldest_first=False)
        return Page(tuple(Prediction(*row) for row in found.rows), found.has_more)


def new_prediction_id() -> str:
    """An id that no other prediction has."""
    return f"pred-{token_hex(12)}"
