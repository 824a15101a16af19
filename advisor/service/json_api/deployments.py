"""/api/v1/deployments: which models answer under a name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, Response
from pydantic import TypeAdapter

from advisor.errors import RequestError
from advisor.operation.deployment_shown import deployment_json
from advisor.operation.deployment_spec import DeploymentSpec, kept_routes
from advisor.operation.rollout_changes import change_routes, change_settings
from advisor.operation.rollout_rules import STEADY
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import DeploymentChange
from advisor.service.json_api.repeated import once
from advisor.service.json_api.replies import answer, answer_page
from advisor.service.json_api.route_checks import checked_routes
from advisor.service.json_api.stored_deployment import changed, found_deployment
from advisor.service.model_names import may_name
from advisor.service.principal import deed, workspace
from advisor.service.resources import Resources
from advisor.store.deployment_events import DeploymentEvent
from advisor.store.deployments import NameTaken
from advisor.store.gateway_records import USD_NANO, GatewayRecord

_SPEC: Final = TypeAdapter(DeploymentSpec)
_CHANGE: Final = TypeAdapter(DeploymentChange)


def deployments_blueprint(resources: Resources) -> Blueprint:
    """The routes of deployments."""
    blueprint = Blueprint("deployments", __name__)
    store, rules = resources.store, resources.gateway.rules

    @blueprint.post("/deployments")
    @once(store.idempotency)
    def create() -> Response:
        asked.refuse_unknown()
        body = asked.body(_SPEC)
        routes = checked_routes(resources, body.routes)
        if store.models.find(body.name) is not None and may_name(resources, body.name):
            raise RequestError(f"{body.name} is the name of a model", status=409, param="name", code="name_taken")
        try:
            made = store.deployments.create(
                body.name, STEADY, kept_routes(routes), body.settings.model_dump(mode="json"), deed()
            )
        except NameTaken:
            raise RequestError(
                f"there is a deployment {body.name} already", status=409, param="name", code="name_taken"
            ) from None
        resources.gateway.forget()
        return answer(deployment_json(made, rules), 201, location=f"/api/v1/deployments/{made.name}")

    @blueprint.get("/deployments")
    def list_all() -> Response:
        asked.refuse_unknown("cursor", "limit")
        page = asked.page_of(lambda at: store.deployments.page(workspace(), after=at.after, limit=at.limit))
        return answer_page(page, lambda one: deployment_json(one, rules), lambda one: one.id)

    @blueprint.get("/deployments/<name>")
    def retrieve(name: str) -> Response:
        asked.refuse_unknown()
        return answer(deployment_json(found_deployment(store, name), rules))

    @blueprint.put("/deployments/<name>")
    def change(name: str) -> Response:
        asked.refuse_unknown()
        body = asked.body(_CHANGE)
        if (body.routes is None) == (body.settings is None):
            raise RequestError("give routes or settings, one of them", status=422, code="invalid_body")
        known = found_deployment(store, name, body.revision)
        if body.routes is not None:
            routes = checked_routes(resources, body.routes)
            made = changed(resources, lambda: change_routes(store, known, routes, deed()))
        else:
            assert body.settings is not None
            settings = body.settings
            made = changed(resources, lambda: change_settings(store, known, settings, deed()))
        return answer(deployment_json(made, rules))

    @blueprint.get("/deployments/<name>/events")
    def list_events(name: str) -> Response:
        asked.refuse_unknown("cursor", "limit")
        id = found_deployment(store, name).id
        page = asked.page_of(lambda at: store.deployment_events.page(id, after=at.after, limit=at.limit))
        return answer_page(page, _shown_event, lambda event: event.id)

    @blueprint.get("/deployments/<name>/records")
    def list_records(name: str) -> Response:
        asked.refuse_unknown("cursor", "limit")
        id = found_deployment(store, name).id
        page = asked.page_of(lambda at: store.gateway_records.page(id, after=at.after, limit=at.limit))
        return answer_page(page, _shown_record, lambda record: record.id)

    return blueprint


def _shown_event(event: DeploymentEvent) -> dict[str, Any]:
    return {name: value for name, value in event._asdict().items() if name != "deployment_id"}


def _shown_record(record: GatewayRecord) -> dict[str, Any]:
    shown = record._asdict()
    nano = shown.pop("usd_nano")
    del shown["deployment_id"]
    return {**shown, "usd": None if nano is None else f"{Decimal(nano) / USD_NANO:f}"}
