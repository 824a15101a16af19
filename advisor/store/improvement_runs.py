"""Runs that train a deployment's model anew: one at a time for each deployment, each step taken once.

A change names the run as it was read; where somebody was faster it is refused.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from secrets import token_hex
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from advisor.store.audit import Deed, note
from advisor.store.deployment_events import Happened, note_event
from advisor.store.operation_tables import IMPROVEMENT_RUNS
from advisor.store.page import Page, read_page

RUNNING: Final = "running"
WAITING: Final = "waiting"  # for somebody's approval
PROMOTED: Final = "promoted"
ROLLED_BACK: Final = "rolled_back"
ENDED: Final = "ended"  # it did not beat production, or was refused: nothing was changed
FAILED: Final = "failed"
SET_ASIDE: Final = "set_aside"  # in the state of a run: its corrections made the model worse, or are in doubt


class ImprovementRun(NamedTuple):
    """A run; times in seconds since 1970. `state` has what its steps left, `reason` why it was begun."""

    id: str
    deployment_id: str
    created_at: int
    finished_at: int | None
    status: str
    step: str
    reason: str
    state: Mapping[str, Any]
    revision: int


class RunIsOpen(Exception):  # noqa: N818  an answer about the deployment, not an error of ours
    """The deployment has a run under way."""


class RunChanged(Exception):  # noqa: N818  an answer about the revision, not an error of ours
    """Somebody changed the run since it was read."""


_COLUMNS = tuple(IMPROVEMENT_RUNS.c[name] for name in ImprovementRun._fields)


class ImprovementRuns:
    """The table of runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, deployment_id: str, step: str, reason: str, deed: Deed) -> ImprovementRun:
        """Keep a new run at its first step. Raises RunIsOpen."""
        run = ImprovementRun(
            f"improve-{token_hex(12)}", deployment_id, int(time.time()), None, RUNNING, step, reason, {}, 1
        )
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(IMPROVEMENT_RUNS).values(run._asdict() | {"open_for": deployment_id}))
                note_event(connection, deployment_id, Happened("improve", f"training began: {reason}", {"run": run.id}))
                note(connection, deed, "improvement.begin", run.id)
        except IntegrityError:
            raise RunIsOpen(deployment_id) from None
        return run

    def find(self, id: str) -> ImprovementRun | None:
        """The run with that id."""
        with self._engine.connect() as connection:
            row = connection.execute(select(*_COLUMNS).where(IMPROVEMENT_RUNS.c.id == id)).one_or_none()
        return ImprovementRun(*row) if row else None

    def open_of(self, deployment_id: str) -> ImprovementRun | None:
        """The run of a deployment that is under way."""
        query = select(*_COLUMNS).where(IMPROVEMENT_RUNS.c.open_for == deployment_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return ImprovementRun(*row) if row else None

    def last_of(self, deployment_id: str) -> ImprovementRun | None:
        """The latest run of a deployment that has ended."""
        ended = (IMPROVEMENT_RUNS.c.deployment_id == deployment_id, IMPROVEMENT_RUNS.c.open_for.is_(None))
        query = select(*_COLUMNS).where(*ended).order_by(IMPROVEMENT_RUNS.c.number.desc()).limit(1)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return ImprovementRun(*row) if row else None

    def set_aside(self, deployment_id: str) -> frozenset[str]:
        """Ended runs whose corrections are not trained on again until somebody takes them back."""
        query = select(IMPROVEMENT_RUNS.c.id, IMPROVEMENT_RUNS.c.state).where(
            IMPROVEMENT_RUNS.c.deployment_id == deployment_id, IMPROVEMENT_RUNS.c.open_for.is_(None)
        )
        with self._engine.connect() as connection:
            return frozenset(id for id, state in connection.execute(query) if state.get(SET_ASIDE))

    def take_back(self, known: ImprovementRun, deed: Deed) -> ImprovementRun:
        """Let the corrections of an ended run be trained on again. Raises RunChanged."""
        happened = Happened("improve_take_back", f"{deed.actor} took back the corrections of {known.id}")
        return self._change(known, {"state": dict(known.state) | {SET_ASIDE: False}}, (happened, deed))

    def page(self, deployment_id: str, *, after: str | None = None, limit: int = 20) -> Page[ImprovementRun]:
        """Runs of a deployment, newest first. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(IMPROVEMENT_RUNS.c.deployment_id == deployment_id)
        with self._engine.connect() as connection:
            found = read_page(connection, query, IMPROVEMENT_RUNS, after=after, limit=limit, oldest_first=False)
        return Page(tuple(ImprovementRun(*row) for row in found.rows), found.has_more)

    def move(self, known: ImprovementRun, step: str, state: Mapping[str, Any], status: str = RUNNING) -> ImprovementRun:
        """Go to another step with what the last one left. Raises RunChanged."""
        return self._change(known, {"step": step, "state": dict(state), "status": status}, None)

    def end(
        self, known: ImprovementRun, status: str, state: Mapping[str, Any], happened: Happened, deed: Deed
    ) -> ImprovementRun:
        """End a run, with the event that says how. Raises RunChanged."""
        values = {"status": status, "state": dict(state), "finished_at": int(time.time()), "open_for": None}
        return self._change(known, values, (happened, deed))

    def _change(
        self, known: ImprovementRun, values: Mapping[str, Any], said: tuple[Happened, Deed] | None
    ) -> ImprovementRun:
        same = (IMPROVEMENT_RUNS.c.id == known.id, IMPROVEMENT_RUNS.c.revision == known.revision)
        changed = dict(values) | {"revision": known.revision + 1}
        with self._engine.begin() as connection:
            if not connection.execute(update(IMPROVEMENT_RUNS).where(*same).values(changed)).rowcount:
                raise RunChanged(known.id)
            if said:
                happened, deed = said
                note_event(connection, known.deployment_id, happened)
                note(connection, deed, happened.kind.replace("improve_", "improvement."), known.id)
        changed.pop("open_for", None)
        return known._replace(**changed)
