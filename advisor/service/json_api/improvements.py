"""/api/v1/deployments/NAME/improvements: new trainings of a model in production, and who lets them out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Response
from pydantic import TypeAdapter

from advisor.errors import InputError, RequestError
from advisor.operation import improvement_loop as loop
from advisor.operation.improvement_steps import Workplace
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import DecisionBody
from advisor.service.json_api.repeated import once
from advisor.service.json_api.replies import answer, answer_page, missing
from advisor.service.json_api.stored_deployment import found_deployment
from advisor.service.principal import deed
from advisor.service.resources import Resources
from advisor.store.audit import Deed
from advisor.store.improvement_runs import ImprovementRun, RunChanged, RunIsOpen

_DECISION: Final = TypeAdapter(DecisionBody)
_Decide = Callable[[Workplace, ImprovementRun, Deed, str], ImprovementRun]


def improvements_blueprint(resources: Resources) -> Blueprint:
    """The routes of new trainings; the service itself works on them."""
    blueprint = Blueprint("improvements", __name__)
    store = resources.store

    @blueprint.get("/deployments/<name>/improvements")
    def list_all(name: str) -> Response:
        asked.refuse_unknown("cursor", "limit")
        id = found_deployment(store, name).id
        page = asked.page_of(lambda at: store.improvement_runs.page(id, after=at.after, limit=at.limit))
        return answer_page(page, _shown, lambda run: run.id)

    @blueprint.get("/deployments/<name>/improvements/<id>")
    def retrieve(name: str, id: str) -> Response:
        asked.refuse_unknown()
        return answer(_shown(_found(name, id)))

    @blueprint.post("/deployments/<name>/improvements")
    @once(store.idempotency)
    def begin(name: str) -> Response:
        asked.refuse_unknown()
        body = asked.body(_DECISION)
        try:
            run = loop.begin(_place(), found_deployment(store, name), body.note, deed())
        except RunIsOpen:
            raise RequestError("a training is under way", status=409, code="run_is_open") from None
        except InputError as error:
            raise _refused(error) from None
        return answer(_shown(run), 201, location=f"/api/v1/deployments/{name}/improvements/{run.id}")

    @blueprint.post("/deployments/<name>/improvements/<id>/approve")
    def approve(name: str, id: str) -> Response:
        return _decided(name, id, loop.approve)

    @blueprint.post("/deployments/<name>/improvements/<id>/refuse")
    def refuse(name: str, id: str) -> Response:
        return _decided(name, id, loop.refuse)

    @blueprint.post("/deployments/<name>/improvements/<id>/take-back")
    def take_back(name: str, id: str) -> Response:
        return _decided(name, id, lambda place, run, who, _: loop.take_back(place, run, who))

    def _decided(name: str, id: str, decide: _Decide) -> Response:
        asked.refuse_unknown()
        body = asked.body(_DECISION)
        try:
            return answer(_shown(decide(_place(), _found(name, id), deed(), body.note)))
        except RunChanged:
            raise RequestError("somebody changed the run just now", status=409, code="changed") from None
        except InputError as error:
            raise _refused(error) from None

    def _found(name: str, id: str) -> ImprovementRun:
        deployment, run = found_deployment(store, name), store.improvement_runs.find(id)
        if run is None or run.deployment_id != deployment.id:
            raise missing("training", id)
        return run

    def _place() -> Workplace:
        return Workplace(store, resources.data, datetime.now(UTC).date())

    return blueprint


def _refused(error: InputError) -> RequestError:
    return RequestError(f"{error.problem}. {error.what_to_do}", status=409, code="not_now")


def _shown(run: ImprovementRun) -> dict[str, Any]:
    """A run without the paths of this machine."""
    state = dict(run.state)
    if "data" in state:
        state["data"] = {name: value for name, value in state["data"].items() if name != "train"}
    return {
        "id": run.id,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "status": run.status,
        "step": run.step,
        "reason": run.reason,
        "state": state,
    }
