"""/api/v1/recommendations: given once, kept as they were, with the versions they were made from."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

from advisor.service.given import given_now
from advisor.service.json_api import asked
from advisor.service.json_api.repeated import once
from advisor.service.json_api.replies import answer, answer_page, answer_text, missing
from advisor.service.knowledge import Knowledge
from advisor.service.principal import deed, workspace
from advisor.service.resources import Resources
from advisor.store.recommendations import Given


def recommendations_blueprint(resources: Resources, knowledge: Knowledge) -> Blueprint:
    """The routes of recommendations."""
    blueprint = Blueprint("recommendations", __name__)
    store = resources.store

    @blueprint.post("/recommendations")
    @once(store.idempotency)
    def create() -> Response:
        asked.refuse_unknown("as_of")
        return _created(request.get_data(), request.mimetype, None)

    @blueprint.post("/cases/<id>/recommendations")
    @once(store.idempotency)
    def create_for_case(id: str) -> Response:
        asked.refuse_unknown("as_of")
        case = store.cases.find(id, workspace())
        version = store.cases.version(id, case.version, workspace()) if case else None
        if version is None:
            raise missing("case", id)
        return _created(version.text.encode(), "application/json", id)

    def _created(raw: bytes, content_type: str, case_id: str | None) -> Response:
        made = knowledge.made(raw, content_type, asked.day("as_of"))
        who = deed()
        given = given_now(made, knowledge, case_id, who)
        store.recommendations.add(given, made.texts, who)
        place = f"/api/v1/recommendations/{given.id}"
        return answer_text(_whole(given, made.texts.record), 201, location=place, etag=given.id)

    @blueprint.get("/recommendations")
    def list_recommendations() -> Response:
        asked.refuse_unknown("cursor", "limit", "case_id")
        page = asked.page_of(
            lambda at: store.recommendations.page(
                workspace(), after=at.after, limit=at.limit, case_id=asked.text("case_id")
            )
        )
        return answer_page(page, _summary, lambda given: given.id)

    @blueprint.get("/recommendations/<id>")
    def retrieve(id: str) -> Response:
        asked.refuse_unknown()
        given = _found(id)
        return answer_text(_whole(given, store.recommendations.texts(given).record), etag=given.id)

    @blueprint.get("/recommendations/<id>/case")
    def case(id: str) -> Response:
        asked.refuse_unknown()
        return answer(json.loads(store.recommendations.texts(_found(id)).case))

    def _found(id: str) -> Given:
        given = store.recommendations.find(id, workspace())
        if given is None:
            raise missing("recommendation", id)
        return given

    return blueprint


def _summary(given: Given) -> dict[str, Any]:
    return {
        "id": given.id,
        "created_at": given.created_at,
        "created_by": given.actor,
        "case_id": given.case_id,
        "as_of": given.as_of,
        "status": given.status,
        "approach": given.approach,
        "title": given.title,
        **_origin(given),
    }


def _origin(given: Given) -> dict[str, Any]:
    return {
        "case_sha256": given.case_sha256,
        "rules_version": given.rules_version,
        "rules_sha256": given.rules_sha256,
        "prices_version": given.prices_version,
        "prices_sha256": given.prices_sha256,
    }


def _whole(given: Given, record: str) -> str:
    """The record as the command line prints it, with what the service knows of it put before; it is not read anew."""
    known = {"id": given.id, "created_at": given.created_at, "created_by": given.actor, "case_id": given.case_id}
    origin = _origin(given)
    del origin["rules_version"], origin["prices_version"]  # they are in the record
    return json.dumps({**known, **origin}, ensure_ascii=False)[:-1] + "," + record[1:]
