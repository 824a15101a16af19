"""Ticks on the checklists of a case."""

from __future__ import annotations

import time
from typing import NamedTuple

from sqlalchemy import Engine, delete, insert, select

from advisor.store.audit import Deed, note
from advisor.store.case_tables import CASES, TICKS


class Tick(NamedTuple):
    """Whether an item of a checklist is done, when that was said and by whom."""

    item: str
    done: bool
    at: int
    actor: str


class Ticks:
    """The table of ticks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def set(self, case_id: str, item: str, done: bool, deed: Deed) -> bool:
        """Tick an item or take the tick back; false where the workspace has no such case."""
        tick = Tick(item, done, int(time.time()), deed.actor)
        own = select(CASES.c.id).where(CASES.c.id == case_id, CASES.c.workspace == deed.workspace)
        with self._engine.begin() as connection:
            if connection.execute(own).first() is None:
                return False
            connection.execute(delete(TICKS).where(TICKS.c.case_id == case_id, TICKS.c.item == item))
            connection.execute(insert(TICKS).values(case_id=case_id, **tick._asdict()))
            note(connection, deed, "tick.set", f"{case_id} {item}")
        return True

    def of(self, case_id: str, workspace: str) -> list[Tick]:
        """The ticks of a case in the workspace, in order of their items."""
        query = select(*(TICKS.c[name] for name in Tick._fields)).join(CASES, CASES.c.id == TICKS.c.case_id)
        query = query.where(CASES.c.id == case_id, CASES.c.workspace == workspace)
        with self._engine.connect() as connection:
            return [Tick(*row) for row in connection.execute(query.order_by(TICKS.c.item))]
