"""/api/v1/deployments/{name}/kpis and /review: figures that people enter, and the reviews made from all figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from advisor.errors import FieldFault, InputError, RequestError
from advisor.operation.review import make_review
from advisor.operation.review_pack import review_record
from advisor.operation.rule_files import load_kpi_rules
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import KpiBody
from advisor.service.json_api.feedback import found_deployment
from advisor.service.json_api.repeated import once
from advisor.service.json_api.replies import answer, answer_all
from advisor.service.principal import deed
from advisor.service.resources import Resources
from advisor.store.kpi_values import KpiValue

_KPI: Final = TypeAdapter(KpiBody)


def kpis_blueprint(resources: Resources) -> Blueprint:
    """The routes of figures and reviews."""
    blueprint = Blueprint("kpis", __name__)
    store = resources.store

    @blueprint.get("/deployments/<name>/kpis")
    def list_kpis(name: str) -> Response:
        asked.refuse_unknown()
        return answer_all([_shown(one) for one in store.kpi_values.newest(found_deployment(resources, name).id)])

    @blueprint.post("/deployments/<name>/kpis")
    @once(store.idempotency)
    def enter(name: str) -> Response:
        asked.refuse_unknown()
        deployment, body = found_deployment(resources, name), asked.body(_KPI)
        try:
            load_kpi_rules().entered(body.kpi, body.value)
        except InputError as error:
            raise _wrong("/kpi", f"{error.problem}; {error.what_to_do}") from None
        if body.first_day > body.last_day:
            raise _wrong("/first_day", "the first day is after the last")
        days = (body.first_day.isoformat(), body.last_day.isoformat())
        made = store.kpi_values.set(deployment.id, body.kpi, *days, body.value, body.note, deed())
        return answer(_shown(made), 201)

    @blueprint.get("/deployments/<name>/review")
    def show(name: str) -> Response:
        asked.refuse_unknown("pack", "until")
        pack = load_kpi_rules().packs.get(request.args.get("pack", ""))
        if pack is None:
            raise RequestError("pack must be weekly, monthly or quarterly", param="pack", code="invalid_parameter")
        until = asked.day("until") or datetime.now(UTC).date() - timedelta(days=1)
        if not 2000 <= until.year <= 2200:
            raise RequestError("until must be a day of this century", param="until", code="invalid_parameter")
        return answer(review_record(make_review(store, found_deployment(resources, name), pack, until)))

    return blueprint


def _wrong(pointer: str, sentence: str) -> RequestError:
    return RequestError(sentence, status=422, code="invalid_body", fields=[FieldFault(pointer, sentence)])


def _shown(value: KpiValue) -> dict[str, Any]:
    shown = value._asdict()
    del shown["deployment_id"]
    return shown
