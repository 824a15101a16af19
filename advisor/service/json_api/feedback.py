"""/api/v1/deployments/{name}/feedback: what people say of answers, and its review."""

from __future__ import annotations

import time
from typing import Any, Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from advisor.errors import InputError, RequestError
from advisor.operation.feedback_desk import Desk, Said, TooMany, take
from advisor.operation.feedback_token import Allowed, signed
from advisor.operation.gateway_key import gateway_key
from advisor.operation.routing import user_digest
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import FeedbackBody, FeedbackTokenBody, ReviewBody
from advisor.service.json_api.repeated import once
from advisor.service.json_api.replies import answer, answer_page, missing
from advisor.service.principal import deed, workspace
from advisor.service.rate_limit import RateLimits
from advisor.service.resources import Resources
from advisor.store.deployments import Deployment
from advisor.store.feedback import KINDS, PENDING, REVIEW, STATUSES, FeedbackRow

MOST_BYTES: Final = 256 << 10
_FEEDBACK: Final = TypeAdapter(FeedbackBody)
_TOKEN: Final = TypeAdapter(FeedbackTokenBody)
_REVIEW: Final = TypeAdapter(ReviewBody)


def feedback_blueprint(resources: Resources, limits: RateLimits) -> Blueprint:
    """The routes of feedback; sending it is open to keys that may do nothing else."""
    blueprint = Blueprint("feedback", __name__)
    store, folder = resources.store, resources.data.path

    @blueprint.post("/deployments/<name>/feedback")
    @once(store.idempotency)
    def say(name: str) -> Response:
        asked.refuse_unknown()
        refuse_large()
        deployment = found_deployment(resources, name)
        limits.count("feedback", deployment.id)
        body = asked.body(_FEEDBACK)
        said = Said(
            body.kind,
            body.record_id,
            body.correction,
            body.comment,
            [message.model_dump() for message in body.messages] if body.messages else None,
            body.answer,
            user_digest(gateway_key(folder), deployment.workspace, body.user) if body.user else None,
        )
        await_record(resources, body.record_id, deployment.workspace)
        try:
            (row,) = take(store, deployment, REVIEW if body.judge == "reviewer" else "api", [said], deed())
        except TooMany:
            raise too_many() from None
        except InputError as error:
            raise RequestError(str(error.problem), status=422, param=error.where, code="not_found") from None
        return answer(
            {"id": row.id, "status": row.status}, 201, location=f"/api/v1/deployments/{name}/feedback/{row.id}"
        )

    @blueprint.get("/deployments/<name>/feedback")
    def list_feedback(name: str) -> Response:
        asked.refuse_unknown("cursor", "limit", "status", "kind")
        status, kind = _one_of("status", STATUSES), _one_of("kind", KINDS)
        deployment = found_deployment(resources, name)
        page = asked.page_of(
            lambda at: store.feedback.page(deployment.id, status=status, kind=kind, after=at.after, limit=at.limit)
        )
        return answer_page(page, _shown, lambda row: row.id)

    @blueprint.get("/deployments/<name>/feedback/<id>")
    def retrieve(name: str, id: str) -> Response:
        asked.refuse_unknown()
        return answer(_shown(_found_row(found_deployment(resources, name), id)))

    @blueprint.post("/deployments/<name>/feedback/<id>/review")
    def review(name: str, id: str) -> Response:
        asked.refuse_unknown()
        deployment, body = found_deployment(resources, name), asked.body(_REVIEW)
        row = _found_row(deployment, id)
        if row.status != PENDING:
            raise RequestError(f"it is {row.status}, so there is nothing to decide", status=409, code="invalid_status")
        desk = Desk(store, deployment, folder)
        try:
            if body.decision == "accept":
                desk.accept(row, body.note, deed(), body.correction)
            else:
                desk.reject(row, body.note, deed())
        except InputError as error:
            raise RequestError(f"{error.problem}. {error.what_to_do}", status=409, code="not_accepted") from None
        return answer(_shown(_found_row(deployment, id)))

    @blueprint.post("/deployments/<name>/feedback-tokens")
    def make_token(name: str) -> Response:
        asked.refuse_unknown()
        refuse_large()
        deployment, body = found_deployment(resources, name), asked.body(_TOKEN)
        await_record(resources, body.record_id, deployment.workspace)
        record = store.gateway_records.find(body.record_id, workspace())
        if record is None or record.deployment_id != deployment.id:
            raise missing("record", body.record_id)
        key, now = gateway_key(folder), int(time.time())
        digest = user_digest(key, deployment.workspace, body.user) if body.user else record.user_digest or ""
        token = signed(Allowed(deployment.id, record.id, digest), key, now, body.lasts_s)
        return answer({"token": token, "deployment_id": deployment.id, "expires_at": now + body.lasts_s}, 201)

    def _found_row(deployment: Deployment, id: str) -> FeedbackRow:
        row = store.feedback.find(id, deployment.id)
        if row is None:
            raise missing("feedback", id)
        return row

    return blueprint


def await_record(resources: Resources, record_id: str | None, workspace: str) -> None:
    """Who answers at once speaks of a record that may still wait to be written: it is written first."""
    if record_id and resources.store.gateway_records.find(record_id, workspace) is None:
        resources.gateway.writer.flush()


def found_deployment(resources: Resources, name: str) -> Deployment:
    """The deployment of that name in the workspace of who asks. Raises RequestError."""
    deployment = resources.store.deployments.find(name, workspace())
    if deployment is None:
        raise missing("deployment", name)
    return deployment


def refuse_large() -> None:
    """Raise RequestError for a body that is larger than feedback can be, before it is read."""
    if request.content_length is None or request.content_length > MOST_BYTES:
        raise RequestError(f"feedback has at most {MOST_BYTES} bytes, and says how many", status=413, code="too_large")


def too_many() -> RequestError:
    """What is answered while nobody reviews."""
    return RequestError(
        "so many corrections wait for a review that no more are taken",
        status=429,
        code="review_first",
        retry_after_s=3600,
    )


def _one_of(name: str, known: tuple[str, ...]) -> str | None:
    value = request.args.get(name)
    if value is not None and value not in known:
        raise RequestError(f"{name} must be one of {', '.join(known)}", param=name, code="invalid_parameter")
    return value


def _shown(row: FeedbackRow) -> dict[str, Any]:
    shown = row._asdict()
    del shown["deployment_id"]
    return shown
