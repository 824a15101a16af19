"""/api/v1/cases: cases, their versions, and the ticks on their checklists."""

from __future__ import annotations

import json
from typing import Any, Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from advisor.case_text import case_json, read_case
from advisor.errors import RequestError
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import TickBody
from advisor.service.json_api.repeated import once
from advisor.service.json_api.replies import answer, answer_all, answer_page, missing
from advisor.service.knowledge import Knowledge
from advisor.service.principal import deed, workspace
from advisor.service.resources import Resources
from advisor.store.cases import CaseText, CaseVersion, Changed, StoredCase

_TICK: Final = TypeAdapter(TickBody)


def cases_blueprint(resources: Resources, knowledge: Knowledge) -> Blueprint:
    """The routes of cases."""
    blueprint = Blueprint("cases", __name__, url_prefix="/cases")
    store = resources.store

    @blueprint.post("")
    @once(store.idempotency)
    def create() -> Response:
        asked.refuse_unknown()
        text = _text(knowledge)
        case = store.cases.add(text, deed())
        return answer(_shown(case, text.text), 201, location=f"/api/v1/cases/{case.id}", etag=case.etag)

    @blueprint.get("")
    def list_cases() -> Response:
        asked.refuse_unknown("cursor", "limit")
        page = asked.page_of(lambda at: store.cases.page(workspace(), after=at.after, limit=at.limit))
        return answer_page(page, _summary, lambda case: case.id)

    @blueprint.get("/<id>")
    def retrieve(id: str) -> Response:
        asked.refuse_unknown()
        case = _found(id)
        version = store.cases.version(id, case.version, workspace())
        if version is None:
            raise missing("case", id)
        return answer(_shown(case, version.text), etag=case.etag)

    @blueprint.put("/<id>")
    def change(id: str) -> Response:
        asked.refuse_unknown()
        case = _found(id)
        _check_match(case)
        text = _text(knowledge)
        try:
            changed = store.cases.change(case, text, deed())
        except Changed:
            raise _changed_meanwhile() from None
        return answer(_shown(changed, text.text), etag=changed.etag)

    @blueprint.delete("/<id>")
    def remove(id: str) -> Response:
        asked.refuse_unknown()
        case = _found(id)
        _check_match(case)
        try:
            store.cases.remove(case, deed())
        except Changed:
            raise _changed_meanwhile() from None
        return Response(status=204)

    @blueprint.get("/<id>/versions")
    def versions(id: str) -> Response:
        asked.refuse_unknown()
        _found(id)
        return answer_all([_version_summary(version) for version in store.cases.versions(id, workspace())])

    @blueprint.get("/<id>/versions/<int:number>")
    def version(id: str, number: int) -> Response:
        asked.refuse_unknown()
        found = store.cases.version(id, number, workspace()) if 0 < number < 2**31 else None
        if found is None:
            raise missing("version of a case", f"{id}/{number}")
        return answer({**_version_summary(found), "case": json.loads(found.text)}, etag=found.etag)

    @blueprint.get("/<id>/ticks")
    def ticks(id: str) -> Response:
        asked.refuse_unknown()
        _found(id)
        return answer_all([tick._asdict() for tick in store.ticks.of(id, workspace())])

    @blueprint.put("/<id>/ticks/<item>")
    def tick(id: str, item: str) -> Response:
        asked.refuse_unknown()
        _found(id)
        if item not in {known.id for known in knowledge.rulebook.checklist}:
            raise missing("item of a checklist", item)
        given = asked.body(_TICK)
        if not store.ticks.set(id, item, given.done, deed()):
            raise missing("case", id)
        return answer(next(tick._asdict() for tick in store.ticks.of(id, workspace()) if tick.item == item))

    def _found(id: str) -> StoredCase:
        case = store.cases.find(id, workspace())
        if case is None:
            raise missing("case", id)
        return case

    return blueprint


def _text(knowledge: Knowledge) -> CaseText:
    case = read_case(request.get_data(), request.mimetype, knowledge.rulebook.questions)
    return CaseText(case.title, case.client, case_json(case))


def _check_match(case: StoredCase) -> None:
    """Raise RequestError unless If-Match names the version that is there."""
    if not request.if_match:
        raise RequestError(
            "send If-Match with the ETag of the version that you change", status=428, param="If-Match", code="no_etag"
        )
    if not request.if_match.contains(case.etag):
        raise _changed_meanwhile()


def _changed_meanwhile() -> RequestError:
    return RequestError(
        "the case was changed meanwhile; read it again", status=412, param="If-Match", code="changed_meanwhile"
    )


def _summary(case: StoredCase) -> dict[str, Any]:
    return {
        "id": case.id,
        "title": case.title,
        "client": case.client,
        "version": case.version,
        "etag": case.etag,
        "created_at": case.created_at,
        "updated_at": case.updated_at,
    }


def _shown(case: StoredCase, text: str) -> dict[str, Any]:
    return {**_summary(case), "case": json.loads(text)}


def _version_summary(version: CaseVersion) -> dict[str, Any]:
    return {
        "case_id": version.case_id,
        "version": version.version,
        "etag": version.etag,
        "created_at": version.created_at,
        "actor": version.actor,
    }
