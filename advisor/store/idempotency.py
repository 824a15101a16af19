"""Requests that carry an Idempotency-Key: the first is answered, a repetition gets the same answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from advisor.store.account_tables import IDEMPOTENCY_KEYS

KEPT_S: Final = 86_400
_ABANDONED_S: Final = 600  # a request without an answer after this time was cut off with its process


class Answered(NamedTuple):
    """The answer to a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Earlier(NamedTuple):
    """What is known of a key: the hash of its request, and the answer once there is one."""

    request: str
    answer: Answered | None


class IdempotencyKeys:
    """The table of keys; `scope` is a hash of who asks, for what, under which key."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, scope: str, request: str) -> Earlier | None:
        """Take the key for this request: None where it was free, else what came before."""
        now = int(time.time())
        table = IDEMPOTENCY_KEYS.c
        try:
            with self._engine.begin() as connection:
                old = (table.scope == scope) & (table.created_at <= now - KEPT_S)
                cut_off = (table.scope == scope) & table.status.is_(None) & (table.created_at <= now - _ABANDONED_S)
                connection.execute(delete(IDEMPOTENCY_KEYS).where(old | cut_off))
                connection.execute(insert(IDEMPOTENCY_KEYS).values(scope=scope, request=request, created_at=now))
        except IntegrityError:
            pass
        else:
            return None
        query = select(table.request, table.status, table.headers, table.body).where(table.scope == scope)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return Earlier(request, None)  # given up a moment ago by the one who had it
        return Earlier(row.request, None if row.status is None else Answered(row.status, row.headers, row.body))

    def answer(self, scope: str, answer: Answered) -> None:
        """Keep the answer."""
        with self._engine.begin() as connection:
            connection.execute(
                update(IDEMPOTENCY_KEYS).where(IDEMPOTENCY_KEYS.c.scope == scope).values(answer._asdict())
            )

    def give_up(self, scope: str) -> None:
        """Let the key be used anew: nothing was done."""
        with self._engine.begin() as connection:
            connection.execute(delete(IDEMPOTENCY_KEYS).where(IDEMPOTENCY_KEYS.c.scope == scope))

    def clear_old(self) -> None:
        """Forget keys older than a day."""
        with self._engine.begin() as connection:
            old = IDEMPOTENCY_KEYS.c.created_at <= int(time.time()) - KEPT_S
            connection.execute(delete(IDEMPOTENCY_KEYS).where(old))
