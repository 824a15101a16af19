"""What happened to deployments: changes of stage, alarms, approvals. Rows are added, never changed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, insert, select

from advisor.store.operation_tables import DEPLOYMENT_EVENTS
from advisor.store.page import Page, read_page


class Happened(NamedTuple):
    """Something that is to be kept: a word for its kind such as `rollback`, a sentence, and the numbers behind it."""

    kind: str
    message: str
    data: Mapping[str, Any] | None = None


class DeploymentEvent(NamedTuple):
    """Something that happened; `at_ms` in milliseconds since 1970."""

    id: str
    deployment_id: str
    at_ms: int
    kind: str
    message: str
    data: Mapping[str, Any] | None


_COLUMNS = tuple(DEPLOYMENT_EVENTS.c[name] for name in DeploymentEvent._fields)


def now_ms() -> int:
    """The time as it is kept, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def note_event(connection: Connection, deployment_id: str, happened: Happened) -> DeploymentEvent:
    """Write an event in the transaction of the change itself, so that neither is there without the other."""
    event = DeploymentEvent(f"devt-{token_hex(12)}", deployment_id, now_ms(), *happened)
    connection.execute(insert(DEPLOYMENT_EVENTS).values(event._asdict()))
    return event


class DeploymentEvents:
    """The table of events."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, deployment_id: str, happened: Happened) -> DeploymentEvent:
        """Keep an event that changes nothing of the deployment itself."""
        with self._engine.begin() as connection:
            return note_event(connection, deployment_id, happened)

    def page(
        self,
        deployment_id: str,
        *,
        kind: str | None = None,
        after: str | None = None,
        limit: int = 50,
        oldest_first: bool = False,
    ) -> Page[DeploymentEvent]:
        """Events of a deployment, newest first; only those of one kind if it is given. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(DEPLOYMENT_EVENTS.c.deployment_id == deployment_id)
        if kind is not None:
            query = query.where(DEPLOYMENT_EVENTS.c.kind == kind)
        with self._engine.connect() as connection:
            found = read_page(connection, query, DEPLOYMENT_EVENTS, after=after, limit=limit, oldest_first=oldest_first)
        return Page(tuple(DeploymentEvent(*row) for row in found.rows), found.has_more)
