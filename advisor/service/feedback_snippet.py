"""/feedback/{deployment}: the snippet that pages of other sites embed, and what they send with it.

No key and no session is involved: a page shows a token that its application asked for, which speaks of one answer for
a short time. Only pages whose origin stands in the settings of the deployment are answered.
"""

from __future__ import annotations

import json
import time
from typing import Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from advisor.errors import InputError, RequestError
from advisor.files import content
from advisor.operation.feedback_desk import Said, TooMany, take
from advisor.operation.feedback_token import read_token
from advisor.operation.gateway_key import gateway_key
from advisor.operation.watch_settings import watch_settings
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import OpinionBody
from advisor.service.json_api.feedback import await_record, refuse_large, too_many
from advisor.service.rate_limit import RateLimits
from advisor.service.resources import Resources
from advisor.store.audit import Deed
from advisor.store.deployments import Deployment

_OPINION: Final = TypeAdapter(OpinionBody)
_KEPT_S: Final = 3_600


def feedback_snippet_blueprint(resources: Resources, limits: RateLimits) -> Blueprint:
    """The routes of the snippet."""
    blueprint = Blueprint("feedback_snippet", __name__, url_prefix="/feedback")

    @blueprint.get("/<deployment_id>/snippet.js")
    def script(deployment_id: str) -> Response:
        deployment = _found(deployment_id)
        response = Response((content("web") / "static" / "feedback.js").read_bytes(), mimetype="text/javascript")
        response.headers["Cache-Control"] = f"public, max-age={_KEPT_S}"
        return _for_origin(response, deployment)

    @blueprint.route("/<deployment_id>", methods=["OPTIONS"])
    def may_ask(deployment_id: str) -> Response:
        response = _for_origin(Response("", 204), _found(deployment_id))
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Max-Age"] = str(_KEPT_S)
        return response

    @blueprint.post("/<deployment_id>")
    def say(deployment_id: str) -> Response:
        refuse_large()
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = read_token(given, gateway_key(resources.data.path), int(time.time()))
        if allowed is None or allowed.deployment_id != deployment_id:
            raise RequestError("this token is not good any more", status=401, code="invalid_token")
        limits.count("feedback_record", allowed.record_id)
        limits.count("feedback", deployment_id)
        deployment = _found(deployment_id)
        _check_origin(deployment)
        body = asked.body(_OPINION)
        said = Said(
            body.kind, allowed.record_id, body.correction, body.comment, user_digest=allowed.user_digest or None
        )
        deed = Deed("feedback snippet", deployment.workspace, request.remote_addr or "")
        await_record(resources, allowed.record_id, deployment.workspace)
        try:
            (row,) = take(resources.store, deployment, "snippet", [said], deed)
        except TooMany:
            raise too_many() from None
        except InputError as error:
            raise RequestError(error.problem, status=422, code="not_found") from None
        kept = Response(json.dumps({"status": row.status}), 201, mimetype="application/json")
        return _for_origin(kept, deployment)

    def _found(deployment_id: str) -> Deployment:
        deployment = resources.store.deployments.of(deployment_id)
        if deployment is None:
            raise RequestError("there is no such deployment", status=404, code="not_found")
        return deployment

    return blueprint


def _check_origin(deployment: Deployment) -> None:
    origin = request.headers.get("Origin")
    if origin not in (None, _own_origin()) and origin not in watch_settings(deployment.settings).feedback_origins:
        raise RequestError("pages of this site may not send feedback here", status=403, code="foreign_origin")


def _for_origin(response: Response, deployment: Deployment) -> Response:
    """Let the page that asks read the reply, if it stands in the settings."""
    origin = request.headers.get("Origin")
    response.headers["Vary"] = "Origin"
    if origin in watch_settings(deployment.settings).feedback_origins:
        response.headers["Access-Control-Allow-Origin"] = str(origin)
    return response


def _own_origin() -> str:
    return request.host_url.rstrip("/")
