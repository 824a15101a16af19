"""Proofs that the service runs. Every change of status is one conditional update, so that no two of them can cross."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from advisor.store.audit import Deed, note
from advisor.store.page import Page, read_page
from advisor.store.proof_tables import PROOF_EVENTS, PROOF_RUNS

PLANNING: Final = "planning"
PLANNED: Final = "planned"  # waits for somebody who has read the plan
QUEUED: Final = "queued"
RUNNING: Final = "running"
SUCCEEDED: Final = "succeeded"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
TO_DO: Final = (PLANNING, QUEUED)
WORKED_ON: Final = (PLANNING, QUEUED, RUNNING)
UNFINISHED: Final = (PLANNING, PLANNED, QUEUED, RUNNING)


class ProofRun(NamedTuple):
    """A proof; times in seconds since 1970, `spent_usd` a decimal number as text.

    `attempt` grows each time that work is to begin or to go on; `dispatched` is the last attempt that a worker was
    given, -1 where none was. `order` and `plan` are those of `advisor.evaluation.proof_order`.
    """

    id: str
    created_at: int
    actor: str
    title: str
    case_id: str | None
    case_text: str
    order: Mapping[str, Any]
    status: str
    workspace: str
    attempt: int = 0
    dispatched: int = -1
    plan: Mapping[str, Any] | None = None
    progress: Mapping[str, Any] | None = None
    spent_usd: str = "0"
    verdict: Mapping[str, Any] | None = None
    error: str | None = None
    finished_at: int | None = None


class ProofEvent(NamedTuple):
    """What happened to a proof; `level` is info, warn or error."""

    id: str
    proof_id: str
    created_at: int
    level: str
    message: str


_COLUMNS = tuple(PROOF_RUNS.c[name] for name in ProofRun._fields)
_EVENT = tuple(PROOF_EVENTS.c[name] for name in ProofEvent._fields)


def said(proof_id: str, key: str, message: str, *, level: str = "info") -> ProofEvent:
    """An event in words; the same key says the same once for a proof."""
    return ProofEvent(f"{proof_id}-{key}", proof_id, int(time.time()), level, message)


class ProofRuns:
    """The tables of proofs and of their events."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, run: ProofRun, event: ProofEvent, deed: Deed) -> None:
        """Keep a new proof, and the event that says so."""
        with self._engine.begin() as connection:
            connection.execute(insert(PROOF_RUNS).values(run._asdict()))
            connection.execute(insert(PROOF_EVENTS).values(event._asdict()))
            note(connection, deed, "proof.create", run.id)

    def find(self, id: str, workspace: str | None = None) -> ProofRun | None:
        """The proof with that id; with `workspace` only if it lies there."""
        query = select(*_COLUMNS).where(PROOF_RUNS.c.id == id)
        if workspace is not None:
            query = query.where(PROOF_RUNS.c.workspace == workspace)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return ProofRun(*row) if row else None

    def newest(self, workspace: str, *, limit: int, case_id: str | None = None) -> list[ProofRun]:
        """Proofs of a workspace, or of one case in it, newest first."""
        query = select(*_COLUMNS).where(PROOF_RUNS.c.workspace == workspace)
        if case_id is not None:
            query = query.where(PROOF_RUNS.c.case_id == case_id)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(PROOF_RUNS.c.number.desc()).limit(limit))
            return [ProofRun(*row) for row in rows]

    def change(
        self,
        id: str,
        before: Sequence[str],
        *,
        event: ProofEvent | None = None,
        deed: Deed | None = None,
        action: str = "",
        of_attempt: int | None = None,
        **values: Any,
    ) -> bool:
        """Set `values` where the status is one of `before`, and the attempt that one if it is given; false elsewhere.

        The event and the entry of the audit log are kept with the change.
        """
        query = update(PROOF_RUNS).where(PROOF_RUNS.c.id == id, PROOF_RUNS.c.status.in_(before)).values(values)
        if of_attempt is not None:
            query = query.where(PROOF_RUNS.c.attempt == of_attempt)
        with self._engine.begin() as connection:
            if not connection.execute(query).rowcount:
                return False
            if event is not None:
                _say(connection, event)
            if deed is not None:
                note(connection, deed, action, id)
        return True

    def again(self, id: str, before: Sequence[str], status: str, **more: Any) -> bool:
        """As `change`, and count the next attempt."""
        return self.change(id, before, status=status, attempt=PROOF_RUNS.c.attempt + 1, **more)

    def say(self, event: ProofEvent) -> None:
        """Keep an event; one whose id is known is kept once."""
        try:
            with self._engine.begin() as connection:
                _say(connection, event)
        except IntegrityError:
            pass  # another thread kept the same at the same moment

    def waiting(self) -> list[ProofRun]:
        """Proofs that no worker was given yet, oldest first."""
        query = select(*_COLUMNS).where(PROOF_RUNS.c.status.in_(TO_DO), PROOF_RUNS.c.dispatched < PROOF_RUNS.c.attempt)
        with self._engine.connect() as connection:
            return [ProofRun(*row) for row in connection.execute(query.order_by(PROOF_RUNS.c.number))]

    def given(self) -> list[ProofRun]:
        """Proofs that a worker was given and that have not ended."""
        query = select(*_COLUMNS).where(
            PROOF_RUNS.c.status.in_(WORKED_ON), PROOF_RUNS.c.dispatched >= PROOF_RUNS.c.attempt
        )
        with self._engine.connect() as connection:
            return [ProofRun(*row) for row in connection.execute(query)]

    def dispatch(self, run: ProofRun) -> None:
        """Note that a worker was given this attempt."""
        table = PROOF_RUNS.c
        with self._engine.begin() as connection:
            query = update(PROOF_RUNS).where(table.id == run.id, table.dispatched < run.attempt)
            connection.execute(query.values(dispatched=run.attempt))

    def events(self, proof_id: str, *, after: str | None = None, limit: int = 20) -> Page[ProofEvent]:
        """Events of a proof, newest first. Raises UnknownCursor."""
        query = select(*_EVENT).where(PROOF_EVENTS.c.proof_id == proof_id)
        with self._engine.connect() as connection:
            found = read_page(connection, query, PROOF_EVENTS, after=after, limit=limit, oldest_first=False)
        return Page(tuple(ProofEvent(*row) for row in found.rows), found.has_more)


def _say(connection: Connection, event: ProofEvent) -> None:
    if connection.execute(select(PROOF_EVENTS.c.id).where(PROOF_EVENTS.c.id == event.id)).first() is None:
        connection.execute(insert(PROOF_EVENTS).values(event._asdict()))
