"""One record for every time that a model was asked through a deployment; its texts only where they may be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from secrets import token_hex
from typing import Any, Final, NamedTuple, TypeVarTuple

from sqlalchemy import Engine, Select, func, insert, select

from advisor.store.operation_tables import DEPLOYMENTS, FEEDBACK, GATEWAY_RECORDS, GATEWAY_TEXTS
from advisor.store.page import Page, read_page

OK: Final = "ok"
ERROR: Final = "error"
CACHED: Final = "cached"
_Row = TypeVarTuple("_Row")
_AT_ONCE: Final = 5_000
USD_NANO: Final = 1_000_000_000  # a dollar


class GatewayRecord(NamedTuple):
    """One time that a model was asked. No content; `user_digest` is a keyed hash of who asked.

    `role` is incumbent, candidate or fallback, `revision` that of the deployment. `shown`: the user got this answer (or
    this error), so that there is one such record for each request; the others failed and another model answered, or the
    candidate answered in the shadow. `status` is ok, error or cached (an earlier answer was given again: no model was
    asked, `latency_ms` is our own). `usd_nano` in 10^-9 USD, None where no price is known. `label`: what a classifier
    said.
    """

    id: str
    deployment_id: str
    at_ms: int
    stage: str
    revision: int
    role: str
    model: str
    user_digest: str | None
    shown: bool
    status: str
    error: str | None
    latency_ms: float
    prompt_tokens: int
    completion_tokens: int
    prompt_chars: int
    usd_nano: int | None
    label: str | None


class GatewayText(NamedTuple):
    """What was asked and answered, for deployments that keep it."""

    record_id: str
    messages: Sequence[Mapping[str, Any]]
    answer: str


class Requests(NamedTuple):
    """How many requests there were; `first_ms` is None where there were none."""

    asked: int
    first_ms: int | None


class JudgedAnswer(NamedTuple):
    """What somebody said of an answer: `kind` and `status` are words of the feedback."""

    record_id: str
    stage: str
    role: str
    user_digest: str | None
    at_ms: int
    kind: str
    status: str


_COLUMNS: Final = tuple(GATEWAY_RECORDS.c[name] for name in GatewayRecord._fields)
_TEXTS: Final = tuple(GATEWAY_TEXTS.c[name] for name in GatewayText._fields)


def record_id() -> str:
    """The id of a new record."""
    return f"rec-{token_hex(12)}"


class GatewayRecords:
    """The tables of records and texts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add_many(self, records: Sequence[GatewayRecord], texts: Sequence[GatewayText] = ()) -> None:
        """Keep records, and the texts of some of them, all or none."""
        if not records:
            return
        with self._engine.begin() as connection:
            connection.execute(insert(GATEWAY_RECORDS), [record._asdict() for record in records])
            if texts:
                connection.execute(insert(GATEWAY_TEXTS), [text._asdict() for text in texts])

    def find(self, id: str, workspace: str) -> GatewayRecord | None:
        """The record with that id, if its deployment lies in the workspace."""
        query = select(*_COLUMNS).join(DEPLOYMENTS, DEPLOYMENTS.c.id == GATEWAY_RECORDS.c.deployment_id)
        query = query.where(GATEWAY_RECORDS.c.id == id, DEPLOYMENTS.c.workspace == workspace)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return GatewayRecord(*row) if row else None

    def text(self, record_id: str) -> GatewayText | None:
        """What was asked and answered; None where it was not kept."""
        with self._engine.connect() as connection:
            row = connection.execute(select(*_TEXTS).where(GATEWAY_TEXTS.c.record_id == record_id)).one_or_none()
        return GatewayText(*row) if row else None

    def iterate(
        self, deployment_id: str, from_ms: int, to_ms: int, *, shown_only: bool = False
    ) -> Iterator[GatewayRecord]:
        """Records with from_ms <= at_ms < to_ms, oldest first; they are read as they are asked for."""
        query = _within(select(*_COLUMNS), deployment_id, from_ms, to_ms)
        if shown_only:
            query = query.where(GATEWAY_RECORDS.c.shown)
        query = query.order_by(GATEWAY_RECORDS.c.at_ms, GATEWAY_RECORDS.c.number)
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=_AT_ONCE).execute(query):
                yield GatewayRecord(*row)

    def iterate_texts(self, deployment_id: str, from_ms: int, to_ms: int) -> Iterator[GatewayText]:
        """What was asked and answered, where it was kept, oldest first."""
        joined = select(*_TEXTS).join(GATEWAY_RECORDS, GATEWAY_RECORDS.c.id == GATEWAY_TEXTS.c.record_id)
        query = _within(joined, deployment_id, from_ms, to_ms)
        query = query.order_by(GATEWAY_RECORDS.c.at_ms, GATEWAY_RECORDS.c.number)
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=_AT_ONCE).execute(query):
                yield GatewayText(*row)

    def requests(self, deployment_id: str, from_ms: int, to_ms: int) -> Requests:
        """How many requests there were, and when the first one came."""
        counted = select(func.count(GATEWAY_RECORDS.c.number), func.min(GATEWAY_RECORDS.c.at_ms))
        query = _within(counted, deployment_id, from_ms, to_ms).where(GATEWAY_RECORDS.c.shown)
        with self._engine.connect() as connection:
            return Requests(*connection.execute(query).one())

    def recent(self, deployment_id: str, role: str, before_ms: int, most: int) -> list[GatewayRecord]:
        """The last answers, at most so many, that the model in a role gave before a time; newest first."""
        query = select(*_COLUMNS).where(
            GATEWAY_RECORDS.c.deployment_id == deployment_id,
            GATEWAY_RECORDS.c.at_ms < before_ms,
            GATEWAY_RECORDS.c.role == role,
            GATEWAY_RECORDS.c.status == OK,
        )
        query = query.order_by(GATEWAY_RECORDS.c.at_ms.desc(), GATEWAY_RECORDS.c.number.desc()).limit(most)
        with self._engine.connect() as connection:
            return [GatewayRecord(*row) for row in connection.execute(query)]

    def judged(self, deployment_id: str, from_ms: int) -> Iterator[JudgedAnswer]:
        """What people said of answers given since then, in the order in which they said it."""
        query = (
            select(
                GATEWAY_RECORDS.c.id,
                GATEWAY_RECORDS.c.stage,
                GATEWAY_RECORDS.c.role,
                FEEDBACK.c.user_digest,
                FEEDBACK.c.at_ms,
                FEEDBACK.c.kind,
                FEEDBACK.c.status,
            )
            .join(GATEWAY_RECORDS, GATEWAY_RECORDS.c.id == FEEDBACK.c.record_id)
            .where(
                FEEDBACK.c.deployment_id == deployment_id,
                GATEWAY_RECORDS.c.deployment_id == deployment_id,
                GATEWAY_RECORDS.c.at_ms >= from_ms,
            )
            .order_by(FEEDBACK.c.number)
        )
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=_AT_ONCE).execute(query):
                yield JudgedAnswer(*row)

    def page(self, deployment_id: str, *, after: str | None = None, limit: int = 50) -> Page[GatewayRecord]:
        """Records of a deployment, newest first. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(GATEWAY_RECORDS.c.deployment_id == deployment_id)
        with self._engine.connect() as connection:
            found = read_page(connection, query, GATEWAY_RECORDS, after=after, limit=limit, oldest_first=False)
        return Page(tuple(GatewayRecord(*row) for row in found.rows), found.has_more)


def _within(query: Select[*_Row], deployment_id: str, from_ms: int, to_ms: int) -> Select[*_Row]:
    return query.where(
        GATEWAY_RECORDS.c.deployment_id == deployment_id,
        GATEWAY_RECORDS.c.at_ms >= from_ms,
        GATEWAY_RECORDS.c.at_ms < to_ms,
    )
