"""Deployments: which models answer under a name, and how far a roll-out has come.

A change names the row as it was read; where somebody was faster it is refused, so that nothing is done twice.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from advisor.store.audit import Deed, note
from advisor.store.deployment_events import Happened, note_event, now_ms
from advisor.store.operation_tables import DEPLOYMENTS
from advisor.store.page import Page, read_page


class Deployment(NamedTuple):
    """A deployment; `created_at` and `updated_at` in seconds since 1970, `stage_since_ms` in milliseconds.

    `routes` has a model for each role, `settings` the rest; what may stand in both says `advisor/operation/spec.py`.
    `held` says why the candidate is asked nothing; None where it is asked.
    """

    id: str
    name: str
    created_at: int
    updated_at: int
    stage: str
    stage_since_ms: int
    held: str | None
    routes: Mapping[str, Any]
    settings: Mapping[str, Any]
    revision: int
    workspace: str


class DeploymentChanged(Exception):  # noqa: N818  an answer about the revision, not an error of ours
    """Somebody changed the deployment since it was read."""


class NameTaken(Exception):  # noqa: N818  an answer about the name, not an error of ours
    """The workspace has a deployment of that name."""


_COLUMNS = tuple(DEPLOYMENTS.c[name] for name in Deployment._fields)


class Deployments:
    """The table of deployments."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(
        self, name: str, stage: str, routes: Mapping[str, Any], settings: Mapping[str, Any], deed: Deed
    ) -> Deployment:
        """Keep a new deployment. Raises NameTaken."""
        now = int(time.time())
        made = Deployment(
            f"dep-{token_hex(12)}", name, now, now, stage, now_ms(), None, routes, settings, 1, deed.workspace
        )
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(DEPLOYMENTS).values(made._asdict()))
                note_event(connection, made.id, Happened("create", f"{deed.actor} made the deployment {name}"))
                note(connection, deed, "deployment.create", made.id)
        except IntegrityError:
            raise NameTaken(name) from None
        return made

    def find(self, name: str, workspace: str) -> Deployment | None:
        """The deployment of that name in the workspace."""
        query = select(*_COLUMNS).where(DEPLOYMENTS.c.name == name, DEPLOYMENTS.c.workspace == workspace)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return Deployment(*row) if row else None

    def of(self, id: str) -> Deployment | None:
        """The deployment with that id, in whichever workspace."""
        with self._engine.connect() as connection:
            row = connection.execute(select(*_COLUMNS).where(DEPLOYMENTS.c.id == id)).one_or_none()
        return Deployment(*row) if row else None

    def all(self, workspace: str | None = None) -> list[Deployment]:
        """Every deployment, or those of one workspace, in order of their names."""
        query = select(*_COLUMNS).order_by(DEPLOYMENTS.c.workspace, DEPLOYMENTS.c.name)
        if workspace is not None:
            query = query.where(DEPLOYMENTS.c.workspace == workspace)
        with self._engine.connect() as connection:
            return [Deployment(*row) for row in connection.execute(query)]

    def page(self, workspace: str, *, after: str | None = None, limit: int = 20) -> Page[Deployment]:
        """Deployments of a workspace, newest first; `after` is the id of one. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(DEPLOYMENTS.c.workspace == workspace)
        with self._engine.connect() as connection:
            found = read_page(connection, query, DEPLOYMENTS, after=after, limit=limit, oldest_first=False)
        return Page(tuple(Deployment(*row) for row in found.rows), found.has_more)

    def change(self, known: Deployment, changed: Deployment, happened: Happened, deed: Deed) -> Deployment:
        """Put `changed` in the place of `known`, with the event, if nobody else changed it since.

        Taken from `changed`: stage, stage_since_ms, held, routes, settings. Raises DeploymentChanged.
        """
        made = changed._replace(id=known.id, name=known.name, revision=known.revision + 1, updated_at=int(time.time()))
        values = {name: getattr(made, name) for name in _CHANGED}
        same = (DEPLOYMENTS.c.id == known.id, DEPLOYMENTS.c.revision == known.revision)
        with self._engine.begin() as connection:
            if not connection.execute(update(DEPLOYMENTS).where(*same).values(values)).rowcount:
                raise DeploymentChanged(known.id)
            note_event(connection, known.id, happened)
            note(connection, deed, f"deployment.{happened.kind}", known.id)
        return made


_CHANGED = ("stage", "stage_since_ms", "held", "routes", "settings", "revision", "updated_at")
