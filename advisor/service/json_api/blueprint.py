"""The JSON API as one blueprint, with its document and the page that shows it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, request

from advisor.errors import RequestError
from advisor.files import content
from advisor.service.json_api.cases import cases_blueprint
from advisor.service.json_api.costs import costs_blueprint
from advisor.service.json_api.data_sets import DOCUMENTS, data_sets_blueprint
from advisor.service.json_api.deployments import deployments_blueprint
from advisor.service.json_api.feedback import feedback_blueprint
from advisor.service.json_api.improvements import improvements_blueprint
from advisor.service.json_api.kpis import kpis_blueprint
from advisor.service.json_api.ledger import ledger_blueprint
from advisor.service.json_api.proofs import proofs_blueprint
from advisor.service.json_api.recommendations import recommendations_blueprint
from advisor.service.json_api.replies import answer_text
from advisor.service.json_api.roll_outs import roll_outs_blueprint
from advisor.service.json_api.rules import rules_blueprint
from advisor.service.json_api.session import session_blueprint
from advisor.service.json_api.tuning import tuning_blueprint
from advisor.service.json_api.uploaded import uploads_blueprint
from advisor.service.knowledge import Knowledge
from advisor.service.rate_limit import RateLimits
from advisor.service.resources import Resources
from advisor.service.response_headers import PAGE

_VENDORED: Final = ("swagger-ui.css", "swagger-ui-bundle.js")
_TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


def json_api_blueprint(
    resources: Resources, knowledge: Knowledge, limits: RateLimits, max_file_bytes: int, *, secure_cookies: bool
) -> Blueprint:
    """Everything under /api/v1."""
    blueprint = Blueprint("json_api", __name__, url_prefix="/api/v1")
    blueprint.register_blueprint(session_blueprint(resources, limits, secure=secure_cookies))
    blueprint.register_blueprint(cases_blueprint(resources, knowledge))
    blueprint.register_blueprint(recommendations_blueprint(resources, knowledge))
    blueprint.register_blueprint(costs_blueprint(knowledge))
    blueprint.register_blueprint(rules_blueprint(knowledge))
    blueprint.register_blueprint(data_sets_blueprint(resources, max_file_bytes))
    blueprint.register_blueprint(tuning_blueprint(resources, knowledge))
    blueprint.register_blueprint(uploads_blueprint(resources, DOCUMENTS, max_file_bytes))
    blueprint.register_blueprint(proofs_blueprint(resources, knowledge))
    blueprint.register_blueprint(ledger_blueprint(resources))
    blueprint.register_blueprint(deployments_blueprint(resources))
    blueprint.register_blueprint(roll_outs_blueprint(resources))
    blueprint.register_blueprint(improvements_blueprint(resources))
    blueprint.register_blueprint(feedback_blueprint(resources, limits))
    blueprint.register_blueprint(kpis_blueprint(resources))

    @cache
    def document() -> str:
        from advisor.service.json_api.document import openapi_document

        return json.dumps(openapi_document(knowledge), ensure_ascii=False)

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return answer_text(document())

    @blueprint.get("/docs")
    def page() -> Response:
        reply = _file(content("web") / "api-docs" / "index.html")
        reply.headers["Content-Security-Policy"] = PAGE
        return reply

    @blueprint.get("/docs/<name>")
    def part(name: str) -> Response:
        if name == "start.js":
            return _file(content("web") / "api-docs" / name)
        if name not in _VENDORED:
            raise RequestError("there is no such file", status=404, code="not_found")
        import flask_swagger_ui

        return _file(Path(flask_swagger_ui.__file__).parent / "dist" / name)

    return blueprint


def _file(path: Path) -> Response:
    reply = Response(path.read_bytes(), mimetype=_TYPES[path.suffix])
    reply.add_etag()
    reply.make_conditional(request)
    return reply
