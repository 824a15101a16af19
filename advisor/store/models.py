"""The registry of tuned models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from advisor.store.tables import DEFAULT_WORKSPACE, MODELS


class TunedModel(NamedTuple):
    """A model; `folder` is relative to the data folder, `lineage` tells where the model comes from."""

    id: str
    created_at: int
    job_id: str
    base_model: str
    folder: str
    lineage: Mapping[str, Any]
    workspace: str = DEFAULT_WORKSPACE


_COLUMNS = tuple(MODELS.c[name] for name in TunedModel._fields)


class Models:
    """The table of models."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, model: TunedModel) -> bool:
        """Register a model once: false where it is known."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(MODELS).values(model._asdict()))
        except IntegrityError:
            return False
        return True

    def find(self, id: str, workspace: str | None = None) -> TunedModel | None:
        """The model with that id; with `workspace` only if it lies there."""
        query = select(*_COLUMNS).where(MODELS.c.id == id)
        if workspace is not None:
            query = query.where(MODELS.c.workspace == workspace)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return TunedModel(*row) if row else None

    def all(self, workspace: str | None = None) -> list[TunedModel]:
        """Every model, or those of one workspace, newest first."""
        query = select(*_COLUMNS).order_by(MODELS.c.number.desc())
        if workspace is not None:
            query = query.where(MODELS.c.workspace == workspace)
        with self._engine.connect() as connection:
            rows = connection.execute(query)
            return [TunedModel(*row) for row in rows]

    def remove(self, id: str) -> bool:
        """Forget a model; false where there was none."""
        with self._engine.begin() as connection:
            return connection.execute(delete(MODELS).where(MODELS.c.id == id)).rowcount > 0
