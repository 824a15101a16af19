"""A line in the log for every request: who, which route, what came of it, how long. Never what was sent."""

from __future__ import annotations

import logging
import time
from secrets import token_hex
from typing import Final

from flask import Flask, Response, g, request

from advisor.service.log_format import FIELDS
from advisor.service.principal import Principal

REQUEST_ID: Final = "X-Request-Id"
_log = logging.getLogger(__name__)


def log_requests(app: Flask) -> None:
    """Give every request of `app` an id, which its reply carries, and log it when it has been answered."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()
        g.request_id = token_hex(8)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[REQUEST_ID] = g.request_id
        if _log.isEnabledFor(logging.INFO):
            _log.info("request", extra={FIELDS: _fields(response)})
        return response


def route() -> str:
    """The route that was asked for as the code writes it; a path may hold what is nobody's business."""
    return request.url_rule.rule if request.url_rule else "none"


def _fields(response: Response) -> dict[str, str | int | float]:
    who: Principal | None = g.get("principal")
    return {
        "request_id": g.request_id,
        "method": _method(),
        "route": route(),
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.begun) * 1e3, 1),
        "workspace": who.workspace if who else "none",
        "actor": who.id if who else "none",
    }


def _method() -> str:
    return request.method if request.method in _METHODS else "other"


_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
