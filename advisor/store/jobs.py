"""Fine-tuning jobs. Every change of status is one conditional update, so that no two of them can cross."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, func, insert, or_, select, update

from advisor.store.events import Event
from advisor.store.page import Page, read_page
from advisor.store.tables import DEFAULT_WORKSPACE, EVENTS, JOBS

VALIDATING: Final = "validating_files"
QUEUED: Final = "queued"
RUNNING: Final = "running"
PAUSED: Final = "paused"
SUCCEEDED: Final = "succeeded"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
UNFINISHED: Final = (VALIDATING, QUEUED, RUNNING, PAUSED)


class Job(NamedTuple):
    """A job; times in seconds since 1970.

    `attempt` is 0 while the files are checked and grows each time that training is to begin or to go on; `dispatched`
    is the last attempt that was handed to a worker, -1 where none was.
    """

    id: str
    created_at: int
    base_model: str
    method: Mapping[str, Any]
    seed: int
    suffix: str | None
    metadata: Mapping[str, str] | None
    training_file: str
    validation_file: str | None
    status: str = VALIDATING
    attempt: int = 0
    dispatched: int = -1
    error: Mapping[str, Any] | None = None
    fine_tuned_model: str | None = None
    finished_at: int | None = None
    trained_tokens: int | None = None
    result_files: Sequence[str] = ()
    workspace: str = DEFAULT_WORKSPACE


_COLUMNS = tuple(JOBS.c[name] for name in Job._fields)


class Jobs:
    """The table of jobs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, job: Job, event: Event | None = None) -> None:
        """Keep a new job, and with it the event that says so."""
        with self._engine.begin() as connection:
            connection.execute(insert(JOBS).values({**job._asdict(), "result_files": list(job.result_files)}))
            if event:
                connection.execute(insert(EVENTS).values(event._asdict()))

    def find(self, id: str, workspace: str | None = None) -> Job | None:
        """The job with that id; with `workspace` only if it lies there."""
        query = select(*_COLUMNS).where(JOBS.c.id == id)
        if workspace is not None:
            query = query.where(JOBS.c.workspace == workspace)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return Job(*row) if row else None

    def status(self, id: str) -> str | None:
        """Its status alone, which is asked often."""
        with self._engine.connect() as connection:
            return connection.execute(select(JOBS.c.status).where(JOBS.c.id == id)).scalar()

    def page(
        self,
        *,
        after: str | None = None,
        limit: int = 20,
        metadata: Mapping[str, str] | None = None,
        without_metadata: bool = False,
        workspace: str | None = None,
    ) -> Page[Job]:
        """Jobs of all workspaces or one, newest first; with all of `metadata`, or with none. Raises UnknownCursor."""
        query = select(*_COLUMNS)
        if workspace is not None:
            query = query.where(JOBS.c.workspace == workspace)
        for key, value in (metadata or {}).items():
            query = query.where(JOBS.c.metadata[key].as_string() == value)
        if without_metadata:
            query = query.where(JOBS.c.metadata.is_(None))
        with self._engine.connect() as connection:
            found = read_page(connection, query, JOBS, after=after, limit=limit, oldest_first=False)
        return Page(tuple(Job(*row) for row in found.rows), found.has_more)

    def change(self, id: str, before: Sequence[str], *, event: Event | None = None, **values: Any) -> bool:
        """Set `values` where the status is one of `before`; false where it is not, and nothing is changed.

        `event` is kept with the change, so that whoever sees the new status sees the event too; one whose id is known,
        as after a step that is done again, is not kept twice.
        """
        with self._engine.begin() as connection:
            query = update(JOBS).where(JOBS.c.id == id, JOBS.c.status.in_(before)).values(values)
            if not connection.execute(query).rowcount:
                return False
            if event and connection.execute(select(EVENTS.c.id).where(EVENTS.c.id == event.id)).first() is None:
                connection.execute(insert(EVENTS).values(event._asdict()))
        return True

    def try_again(self, id: str, before: Sequence[str], *, event: Event | None = None) -> bool:
        """Queue the next attempt of a job whose status is one of `before`."""
        return self.change(id, before, event=event, status=QUEUED, attempt=JOBS.c.attempt + 1)

    def waiting(self) -> list[Job]:
        """Jobs that no worker was given yet, oldest first."""
        query = select(*_COLUMNS).where(JOBS.c.status.in_((VALIDATING, QUEUED)), JOBS.c.dispatched < JOBS.c.attempt)
        with self._engine.connect() as connection:
            return [Job(*row) for row in connection.execute(query.order_by(JOBS.c.number))]

    def dispatch(self, job: Job) -> None:
        """Note that a worker was given this attempt."""
        with self._engine.begin() as connection:
            connection.execute(
                update(JOBS).where(JOBS.c.id == job.id, JOBS.c.dispatched < job.attempt).values(dispatched=job.attempt)
            )

    def using(self, file_id: str) -> str | None:
        """An unfinished job that needs the file."""
        used = or_(JOBS.c.training_file == file_id, JOBS.c.validation_file == file_id)
        with self._engine.connect() as connection:
            return connection.execute(select(JOBS.c.id).where(used, JOBS.c.status.in_(UNFINISHED)).limit(1)).scalar()

    def counts(self) -> Counter[str]:
        """How many jobs there are, by status."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(JOBS.c.status, func.count()).group_by(JOBS.c.status))
            return Counter({row[0]: row[1] for row in rows})
