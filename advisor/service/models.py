"""/v1/models: what answers or can be tuned here."""

from __future__ import annotations

import json
import shutil
from typing import Any

from flask import Blueprint, Response

from advisor.errors import RequestError
from advisor.service.principal import workspace
from advisor.service.request_body import list_query
from advisor.service.resources import Resources
from advisor.store.models import TunedModel
from advisor.tuning import embedding
from advisor.tuning.back_ends import LINEAR_MODELS
from advisor.tuning.registration import ORGANISATION


def models_blueprint(resources: Resources) -> Blueprint:
    """The routes of models."""
    blueprint = Blueprint("models", __name__)
    store = resources.store

    @blueprint.get("/models")
    def list_models() -> Response:
        list_query(default=1_000, most=1_000)
        tuned = [tuned_object(model) for model in store.models.all(workspace())]
        return _json({"object": "list", "data": [*own_objects(resources), *assistant_objects(resources), *tuned]})

    # Names of models on a hub have a slash.
    @blueprint.get("/models/<path:id>")
    def retrieve(id: str) -> Response:
        owns = (*own_objects(resources), *assistant_objects(resources))
        own = next((model for model in owns if model["id"] == id), None)
        if own:
            return _json(own)
        checkpoint = store.checkpoints.find_model(id)
        model = store.models.find(id.rpartition(":")[0] if checkpoint else id, workspace())
        if model is None:
            raise _missing(id)
        shown = tuned_object(model)
        return _json({**shown, "id": id, "created": checkpoint.created_at} if checkpoint else shown)

    @blueprint.delete("/models/<path:id>")
    def delete(id: str) -> Response:
        model = store.models.find(id, workspace())
        if model is None:
            if any(own["id"] == id for own in (*own_objects(resources), *assistant_objects(resources))):
                raise RequestError(f"{id} belongs to the service and stays", status=403, param="model")
            raise _missing(id)
        store.models.remove(id)
        resources.models.forget(id)
        shutil.rmtree(resources.data.run(model.job_id), ignore_errors=True)
        return _json({"id": id, "object": "model", "deleted": True})

    return blueprint


def own_objects(resources: Resources) -> list[dict[str, Any]]:
    """The models that the service has by itself; the owner of the embedding model says how it is made."""
    owners = dict.fromkeys(LINEAR_MODELS, "advisor (to be tuned)")
    owners[embedding.NAME] = f"advisor ({resources.embedder.what})"
    return [_object(name, resources.started, owner) for name, owner in owners.items()]


def assistant_objects(resources: Resources) -> list[dict[str, Any]]:
    """The assistants that the workspace of who asks may talk to."""
    names = resources.assistants.ids(workspace()) if resources.assistants else []
    return [_object(name, resources.started, "advisor (assistant)") for name in names]


def tuned_object(model: TunedModel) -> dict[str, Any]:
    """A tuned model as OpenAI writes it."""
    return _object(model.id, model.created_at, f"org-{ORGANISATION}")


def _object(id: str, created: int, owner: str) -> dict[str, Any]:
    # Nobody shuts down a model that lies on the user's own machine.
    return {"id": id, "object": "model", "created": created, "owned_by": owner, "shutdown_date": None}


def _missing(id: str) -> RequestError:
    return RequestError(f"The model '{id}' does not exist", status=404, param="model", code="model_not_found")


def _json(value: Any) -> Response:
    return Response(json.dumps(value), mimetype="application/json")
