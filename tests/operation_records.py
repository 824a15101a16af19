"""Deployments with records and feedback for the tests of what watches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from advisor.store.audit import Deed
from advisor.store.database import Store
from advisor.store.deployments import Deployment
from advisor.store.feedback import CORRECTION, KEPT, PENDING, FeedbackRow, new_feedback_id
from advisor.store.gateway_records import GatewayRecord, GatewayText, record_id

DEED = Deed("somebody", "default", "127.0.0.1")
DAY_MS = 86_400_000


def deployment(store: Store, name: str, settings: Mapping[str, Any] | None = None, began_ms: int = 0) -> Deployment:
    """A new deployment whose stage began then."""
    from advisor.store.deployment_events import Happened

    made = store.deployments.create(name, "full", {"models": {}}, settings or {}, DEED)
    began = made._replace(stage_since_ms=began_ms)
    return store.deployments.change(made, began, Happened("advance", "to all users"), DEED)


def record(of: Deployment, at_ms: int, **more: Any) -> GatewayRecord:
    """A record of an answer that took 100 ms, 30 tokens and 0.0003 USD unless it says otherwise."""
    plain = GatewayRecord(
        record_id(), of.id, at_ms, "full", 1, "incumbent", "m", "u", True, "ok", None, 100.0, 20, 10, 80, 300_000, None
    )
    return plain._replace(**more)


def ask(store: Store, of: Deployment, at_ms: int, texts: Sequence[str]) -> list[GatewayRecord]:
    """Records of questions whose texts are kept, a second apart."""
    rows = [record(of, at_ms + 1000 * number) for number in range(len(texts))]
    kept = [
        GatewayText(row.id, [{"role": "user", "content": text}], "an answer")
        for row, text in zip(rows, texts, strict=True)
    ]
    store.gateway_records.add_many(rows, kept)
    return rows


def said(of: Deployment, kind: str, at_ms: int, question: str = "Why?", **more: Any) -> FeedbackRow:
    """Feedback of that kind."""
    status = PENDING if kind == CORRECTION else KEPT
    plain = FeedbackRow(
        new_feedback_id(),
        of.id,
        None,
        at_ms,
        kind,
        "api",
        status=status,
        messages=[{"role": "user", "content": question}],
    )
    return plain._replace(**more)
