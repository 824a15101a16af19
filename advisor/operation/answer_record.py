"""What is recorded of one time that a model was asked."""

from __future__ import annotations

import time
from typing import Final, NamedTuple

from advisor.evaluation.asked_model import letters_of
from advisor.operation.route_models import RouteModel
from advisor.operation.routing import Role
from advisor.store.deployment_events import now_ms
from advisor.store.deployments import Deployment
from advisor.store.gateway_records import CACHED, OK, USD_NANO, GatewayRecord, record_id
from advisor.tuning.trainer import Answer, Asked

_LABEL: Final = 128  # characters


class Ask(NamedTuple):
    """One model that is asked: `begun` on the clock for durations, `at_ms` since 1970."""

    id: str
    role: Role
    model: str
    begun: float
    at_ms: int


def begin(role: Role) -> Ask:
    """A model in that role is about to be asked; its name is not known yet."""
    return Ask(record_id(), role, role, time.perf_counter(), now_ms())


def record_of(deployment: Deployment, ask: Ask, asked: Asked, user_digest: str | None) -> GatewayRecord:
    """The record of an answer that is not known yet, shown to the user."""
    return GatewayRecord(
        ask.id,
        deployment.id,
        ask.at_ms,
        deployment.stage,
        deployment.revision,
        ask.role,
        ask.model[:255],
        user_digest,
        True,
        OK,
        None,
        (time.perf_counter() - ask.begun) * 1000,
        0,
        0,
        letters_of(asked.messages),
        None,
        None,
    )


def answered(record: GatewayRecord, route: RouteModel, answer: Answer, labels: list[str]) -> GatewayRecord:
    """The record with tokens, dollars and label; what no price is known for, or no tokens, stays unknown."""
    counted = answer.prompt_tokens + answer.completion_tokens > 0
    usd = route.prices.usd(answer.prompt_tokens, answer.completion_tokens) if route.prices and counted else None
    return record._replace(
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
        usd_nano=None if usd is None else round(usd * USD_NANO),
        label=_label(route, answer, labels),
    )


def repeated(record: GatewayRecord, route: RouteModel, answer: Answer, labels: list[str]) -> GatewayRecord:
    """The record of an answer from the cache, which took no tokens and no money."""
    return record._replace(status=CACHED, usd_nano=0, label=_label(route, answer, labels))


def _label(route: RouteModel, answer: Answer, labels: list[str]) -> str | None:
    text = answer.text.strip()
    return text[:_LABEL] if route.is_classifier or text in labels else None
