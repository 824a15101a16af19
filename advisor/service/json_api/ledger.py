"""/api/v1/ledger and /predictions: what was predicted, what really happened, and how well that agrees."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response
from pydantic import TypeAdapter

from advisor.errors import InputError, RequestError
from advisor.ledger.accuracy import accuracy
from advisor.ledger.kept import checked_actual, entries_of, load_ledger_rules
from advisor.report.portfolio_record import plain
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import ActualBody
from advisor.service.json_api.replies import answer, answer_page, missing
from advisor.service.principal import deed, workspace
from advisor.service.resources import Resources
from advisor.store.predictions import Prediction

_ACTUAL: Final = TypeAdapter(ActualBody)


def ledger_blueprint(resources: Resources) -> Blueprint:
    """The routes of the ledger of a workspace."""
    blueprint = Blueprint("ledger", __name__)
    store = resources.store

    @blueprint.get("/ledger")
    def show() -> Response:
        asked.refuse_unknown()
        found = accuracy(entries_of(store.predictions.all(workspace())), load_ledger_rules())
        return answer({"schema": "advisor/ledger/v1", "kinds": [plain(one) for one in found]})

    @blueprint.get("/predictions")
    def list_predictions() -> Response:
        asked.refuse_unknown("cursor", "limit")
        page = asked.page_of(lambda at: store.predictions.page(workspace(), after=at.after, limit=at.limit))
        return answer_page(page, _shown, lambda one: one.id)

    @blueprint.put("/predictions/<id>/actual")
    def add_actual(id: str) -> Response:
        asked.refuse_unknown()
        one = store.predictions.find(id, workspace())
        if one is None:
            raise missing("prediction", id)
        given = asked.body(_ACTUAL)
        try:
            actual = checked_actual(one, given.actual)
        except InputError as error:
            raise RequestError(error.problem, status=422, param="actual", code="invalid_actual") from None
        if not store.predictions.settle(one.kind, one.subject, actual, given.source, workspace()):
            raise RequestError("it came true already; what is known is not changed", status=409, code="known_already")
        store.audit.add(deed(), "prediction.settle", id)
        settled = store.predictions.find(id, workspace())
        assert settled is not None
        return answer(_shown(settled))

    return blueprint


def _shown(one: Prediction) -> dict[str, Any]:
    return {name: value for name, value in one._asdict().items() if name not in ("context", "workspace")}
