"""Sums over the records of a deployment, made by the database, so that a million records take seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Engine, Float, and_, case, cast, distinct, func, select

from advisor.store.gateway_records import CACHED, ERROR, OK, USD_NANO
from advisor.store.operation_tables import GATEWAY_RECORDS


class GatewaySums(NamedTuple):
    """One period. Requests are those whose answer or error a user got; tokens and USD are of all that was asked.

    `t`, `u` and so on are sums over priced answers of tokens and USD, and of their squares and product. `unpriced` are
    answers whose price is not known.
    """

    requests: int
    errors: int
    cached: int
    fallbacks: int
    users: int
    asked: int
    prompt_tokens: int
    completion_tokens: int
    priced: int
    unpriced: int
    usd: float
    t: float
    u: float
    tt: float
    uu: float
    tu: float


class Percentile(NamedTuple):
    """A percentile with the values between which its 95 % interval lies."""

    value: float
    low: float
    high: float


_R = GATEWAY_RECORDS.c


class GatewayTotals:
    """Questions about many records at once; periods are from `first_ms` to before `before_ms`."""

    def __init__(self, engine: Engine, deployment_id: str) -> None:
        self._engine = engine
        self._id = deployment_id

    def sums(self, first_ms: int, before_ms: int) -> GatewaySums:
        """Everything that one pass over the records can count."""
        shown = _R.shown
        tokens = cast(_R.prompt_tokens + _R.completion_tokens, Float)
        usd = cast(_R.usd_nano, Float) / USD_NANO
        answered = _R.status == OK
        priced = and_(answered, _R.usd_nano.is_not(None), _R.prompt_tokens + _R.completion_tokens > 0)

        def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
            return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

        def total(value: ColumnElement[Any], condition: ColumnElement[bool]) -> ColumnElement[float]:
            return func.coalesce(func.sum(case((condition, value), else_=0.0)), 0.0)

        query = select(
            count(shown),
            count(and_(shown, _R.status == ERROR)),
            count(and_(shown, _R.status == CACHED)),
            count(and_(shown, _R.role == "fallback")),
            func.count(distinct(case((shown, _R.user_digest)))),
            count(answered),
            func.coalesce(func.sum(case((answered, _R.prompt_tokens), else_=0)), 0),
            func.coalesce(func.sum(case((answered, _R.completion_tokens), else_=0)), 0),
            count(priced),
            count(and_(answered, _R.usd_nano.is_(None))),
            total(usd, and_(answered, _R.usd_nano.is_not(None))),
            total(tokens, priced),
            total(usd, priced),
            total(tokens * tokens, priced),
            total(usd * usd, priced),
            total(tokens * usd, priced),
        ).where(*self._period(first_ms, before_ms))
        with self._engine.connect() as connection:
            row = connection.execute(query).one()
        return GatewaySums(*map(int, row[:10]), *map(float, row[10:]))

    def latency_ms(self, first_ms: int, before_ms: int, shares: Sequence[float]) -> dict[float, Percentile]:
        """Percentiles of the latency of shown answers of models, by their shares; empty where there are none.

        The ends of an interval are the values at the ranks that the binomial gives.
        """
        wanted = (*self._period(first_ms, before_ms), _R.shown, _R.status == OK)
        with self._engine.connect() as connection:
            whole = connection.execute(select(func.count()).where(*wanted)).scalar_one()
            if not whole:
                return {}
            ranks = {share: _ranks(share, whole) for share in shares}
            place = func.row_number().over(order_by=_R.latency_ms).label("place")
            ordered = select(_R.latency_ms, place).where(*wanted).subquery()
            asked = sorted({rank for some in ranks.values() for rank in some})
            found = connection.execute(select(ordered.c.place, ordered.c.latency_ms).where(ordered.c.place.in_(asked)))
            at = {int(rank): float(value) for rank, value in found}
        return {share: Percentile(*(at[rank] for rank in some)) for share, some in ranks.items()}

    def slower_than(self, latency_ms: float, first_ms: int, before_ms: int) -> tuple[int, int]:
        """How many shown answers of models took longer, and how many there are."""
        slower = func.coalesce(func.sum(case((_R.latency_ms > latency_ms, 1), else_=0)), 0)
        query = select(slower, func.count()).where(*self._period(first_ms, before_ms), _R.shown, _R.status == OK)
        with self._engine.connect() as connection:
            slow, whole = connection.execute(query).one()
        return int(slow), int(whole)

    def labels(self, first_ms: int, before_ms: int) -> dict[str, int]:
        """How often each class was answered."""
        return self._by(_R.label, first_ms, before_ms, _R.label.is_not(None))

    def errors(self, first_ms: int, before_ms: int) -> dict[str, int]:
        """How often users got each kind of error."""
        return self._by(func.coalesce(_R.error, "unknown"), first_ms, before_ms, _R.status == ERROR)

    def models(self, first_ms: int, before_ms: int) -> dict[str, int]:
        """How many requests each model answered."""
        return self._by(_R.model, first_ms, before_ms, _R.status == OK)

    def _by(
        self, column: ColumnElement[str], first_ms: int, before_ms: int, condition: ColumnElement[bool]
    ) -> dict[str, int]:
        query = select(column, func.count()).where(*self._period(first_ms, before_ms), _R.shown, condition)
        with self._engine.connect() as connection:
            found: Mapping[str, int] = {row[0]: row[1] for row in connection.execute(query.group_by(column))}
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def _period(self, first_ms: int, before_ms: int) -> tuple[ColumnElement[bool], ...]:
        return (_R.deployment_id == self._id, _R.at_ms >= first_ms, _R.at_ms < before_ms)


def rank_of(share: float, whole: int) -> int:
    """The place, from 1, of a percentile among so many ordered values."""
    return min(whole, max(1, math.ceil(share * whole)))


def _ranks(share: float, whole: int) -> tuple[int, int, int]:
    half = 1.96 * math.sqrt(whole * share * (1 - share))
    low, high = max(1, math.floor(share * whole - half)), min(whole, math.ceil(share * whole + half) + 1)
    return rank_of(share, whole), low, high
