"""/api/v1/deployments/NAME/start and the other steps of a roll-out, its stage and its plan."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from advisor.errors import RequestError
from advisor.operation import rollout_changes
from advisor.operation.deployment_shown import deployment_json, judgement_numbers, plan_text, planned_stage
from advisor.operation.rollout_check import Checked, check, look
from advisor.operation.rollout_rules import STAGES
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import AdvanceBody, ChangeBody, StartBody
from advisor.service.json_api.replies import answer
from advisor.service.json_api.route_checks import checked_route
from advisor.service.json_api.stored_deployment import changed, found_deployment
from advisor.service.principal import deed
from advisor.service.resources import Resources
from advisor.store.deployments import Deployment, DeploymentChanged

_CHANGE: Final = TypeAdapter(ChangeBody)
_START: Final = TypeAdapter(StartBody)
_ADVANCE: Final = TypeAdapter(AdvanceBody)
_MOST_A_DAY: Final = 10**9


def roll_outs_blueprint(resources: Resources) -> Blueprint:
    """The routes of roll-outs."""
    blueprint = Blueprint("roll_outs", __name__)
    store, rules = resources.store, resources.gateway.rules

    @blueprint.get("/deployments/<name>/stage")
    def stage(name: str) -> Response:
        asked.refuse_unknown()
        known = found_deployment(store, name)
        return answer(_shown(known, look(store, rules, known)))

    @blueprint.get("/deployments/<name>/plan")
    def plan(name: str) -> Response:
        asked.refuse_unknown("stage", "requests_a_day")
        known = found_deployment(store, name)
        wanted = asked.text("stage") or planned_stage(known)
        if wanted not in STAGES:
            raise RequestError(
                f"the stages are {', '.join(STAGES)}", status=400, param="stage", code="invalid_parameter"
            )
        given = "requests_a_day" in request.args
        per_day = asked.whole("requests_a_day", 1, 1, _MOST_A_DAY) if given else None
        return answer({"stage": wanted, "text": plan_text(store, rules, known, wanted, per_day)})

    @blueprint.post("/deployments/<name>/start")
    def start(name: str) -> Response:
        asked.refuse_unknown()
        body = asked.body(_START)
        known = found_deployment(store, name, body.revision)
        candidate = checked_route(resources, body.candidate, "candidate") if body.candidate else None
        return _made(
            changed(resources, lambda: rollout_changes.start(store, known, candidate, body.stage, deed(), body.why))
        )

    @blueprint.post("/deployments/<name>/advance")
    def advance(name: str) -> Response:
        asked.refuse_unknown()
        body = asked.body(_ADVANCE)
        known = found_deployment(store, name, body.revision)
        found = look(store, rules, known)
        reference = found.reference if found else None
        return _made(
            changed(
                resources,
                lambda: rollout_changes.advance(store, rules, known, deed(), body.why, reference, body.to),
            )
        )

    @blueprint.post("/deployments/<name>/hold")
    def hold(name: str) -> Response:
        asked.refuse_unknown()
        body = asked.body(_CHANGE)
        known = found_deployment(store, name, body.revision)
        return _made(changed(resources, lambda: rollout_changes.hold(store, known, deed(), body.why)))

    @blueprint.post("/deployments/<name>/resume")
    def resume(name: str) -> Response:
        asked.refuse_unknown()
        body = asked.body(_CHANGE)
        known = found_deployment(store, name, body.revision)
        return _made(changed(resources, lambda: rollout_changes.resume(store, known, deed(), body.why)))

    @blueprint.post("/deployments/<name>/rollback")
    def rollback(name: str) -> Response:
        asked.refuse_unknown()
        body = asked.body(_CHANGE)
        known = found_deployment(store, name, body.revision)
        return _made(changed(resources, lambda: rollout_changes.rollback(store, known, deed(), body.why)))

    @blueprint.post("/deployments/<name>/check")
    def check_now(name: str) -> Response:
        asked.refuse_unknown()
        known = found_deployment(store, name)
        resources.gateway.writer.flush()
        try:
            found = check(store, rules, known, deed())
        except DeploymentChanged:
            raise RequestError("it was changed just now", status=409, code="revision_conflict") from None
        resources.gateway.forget()
        return answer(_shown(found.deployment if found else known, found))

    def _made(deployment: Deployment) -> Response:
        return answer(deployment_json(deployment, rules))

    def _shown(deployment: Deployment, found: Checked | None) -> dict[str, Any]:
        shown = deployment_json(deployment, rules)
        if found is None:
            return {"deployment": shown, "state": "none", "why": "there is no roll-out", "criteria": [], "done": "none"}
        return {"deployment": shown, **judgement_numbers(found.judgement), "done": found.done}

    return blueprint
