"""What happened to a job, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from advisor.store.page import Page, read_page
from advisor.store.tables import EVENTS


class Event(NamedTuple):
    """One event; `level` is info, warn or error, `type` message or metrics."""

    id: str
    job_id: str
    created_at: int
    level: str
    message: str
    type: str = "message"
    data: Mapping[str, Any] | None = None


_COLUMNS = tuple(EVENTS.c[name] for name in Event._fields)


class Events:
    """The table of events."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, event: Event) -> bool:
        """Keep an event once: false where one with its id is known, as after a step that is done again."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(EVENTS).values(event._asdict()))
        except IntegrityError:
            return False
        return True

    def page(
        self, job_id: str, *, after: str | None = None, limit: int = 20, oldest_first: bool = False
    ) -> Page[Event]:
        """Events of a job, newest first unless asked otherwise. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(EVENTS.c.job_id == job_id)
        with self._engine.connect() as connection:
            found = read_page(connection, query, EVENTS, after=after, limit=limit, oldest_first=oldest_first)
        return Page(tuple(Event(*row) for row in found.rows), found.has_more)

    def find(self, id: str) -> Event | None:
        """The event with that id."""
        with self._engine.connect() as connection:
            row = connection.execute(select(*_COLUMNS).where(EVENTS.c.id == id)).one_or_none()
        return Event(*row) if row else None

    def latest_metrics(self, job_id: str) -> Event | None:
        """The last step that was reported."""
        query = select(*_COLUMNS).where(EVENTS.c.job_id == job_id, EVENTS.c.type == "metrics")
        with self._engine.connect() as connection:
            row = connection.execute(query.order_by(EVENTS.c.number.desc()).limit(1)).one_or_none()
        return Event(*row) if row else None

    def metrics(self, job_id: str) -> tuple[Event, ...]:
        """Every event with metrics, in order of their steps."""
        query = select(*_COLUMNS).where(EVENTS.c.job_id == job_id, EVENTS.c.type == "metrics")
        with self._engine.connect() as connection:
            found = [Event(*row) for row in connection.execute(query)]
        return tuple(sorted(found, key=lambda event: (event.data or {}).get("step", 0)))
