"""Figures of the business that no machine measures: entered by people for a span of days."""

from __future__ import annotations

import time
from secrets import token_hex
from typing import NamedTuple

from sqlalchemy import Engine, delete, insert, select

from advisor.store.audit import Deed, note
from advisor.store.operation_tables import KPI_VALUES


class KpiValue(NamedTuple):
    """A figure for the days from `first_day` to `last_day` (ISO, both in it); `at` in seconds since 1970."""

    id: str
    deployment_id: str
    kpi: str
    first_day: str
    last_day: str
    value: float
    note: str | None
    actor: str
    at: int


_COLUMNS = tuple(KPI_VALUES.c[name] for name in KpiValue._fields)


class KpiValues:
    """The table of figures."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def set(
        self, deployment_id: str, kpi: str, first_day: str, last_day: str, value: float, said: str | None, deed: Deed
    ) -> KpiValue:
        """Keep a figure; an earlier one for the same days gives way, which the audit log tells."""
        made = KpiValue(
            f"kpi-{token_hex(12)}",
            deployment_id,
            kpi,
            first_day,
            last_day,
            value,
            said,
            deed.actor[:255],
            int(time.time()),
        )
        same = (
            KPI_VALUES.c.deployment_id == deployment_id,
            KPI_VALUES.c.kpi == kpi,
            KPI_VALUES.c.first_day == first_day,
            KPI_VALUES.c.last_day == last_day,
        )
        with self._engine.begin() as connection:
            connection.execute(delete(KPI_VALUES).where(*same))
            connection.execute(insert(KPI_VALUES).values(made._asdict()))
            note(connection, deed, "kpi.set", f"{deployment_id} {kpi} {first_day} {last_day} {value}")
        return made

    def within(self, deployment_id: str, first_day: str, last_day: str) -> list[KpiValue]:
        """Figures whose days all lie from `first_day` to `last_day`, oldest first."""
        query = select(*_COLUMNS).where(
            KPI_VALUES.c.deployment_id == deployment_id,
            KPI_VALUES.c.first_day >= first_day,
            KPI_VALUES.c.last_day <= last_day,
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(KPI_VALUES.c.first_day, KPI_VALUES.c.kpi))
            return [KpiValue(*row) for row in rows]

    def newest(self, deployment_id: str, most: int = 50) -> list[KpiValue]:
        """The figures entered last, newest first."""
        query = select(*_COLUMNS).where(KPI_VALUES.c.deployment_id == deployment_id)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(KPI_VALUES.c.number.desc()).limit(most))
            return [KpiValue(*row) for row in rows]
