"""/healthz, /readyz and /metrics: for those who watch over the process."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from advisor import __version__
from advisor.service.resources import Resources


class RequestCounts:
    """How many requests were answered and how long that took, by route and status."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._seconds: Counter[tuple[str, str]] = Counter()

    def watch(self, app: Flask) -> None:
        """Count every request of `app`."""

        @app.before_request
        def begin() -> None:
            g.begun = time.perf_counter()

        @app.after_request
        def end(response: Response) -> Response:
            # The rule, not the path: ids would make a line each.
            rule = request.url_rule.rule if request.url_rule else "none"
            seconds = time.perf_counter() - g.get("begun", time.perf_counter())
            with self._lock:
                self._counts[request.method, rule, response.status_code] += 1
                self._seconds[request.method, rule] += seconds
            return response

    def lines(self) -> list[str]:
        """The counts in the text format of Prometheus."""
        with self._lock:
            counts, seconds = dict(self._counts), dict(self._seconds)
        lines = ["# TYPE advisor_requests_total counter"]
        lines += [
            f'advisor_requests_total{{method="{method}",route="{rule}",status="{status}"}} {count}'
            for (method, rule, status), count in sorted(counts.items())
        ]
        lines += ["# TYPE advisor_request_seconds_total counter"]
        lines += [
            f'advisor_request_seconds_total{{method="{method}",route="{rule}"}} {spent:.6f}'
            for (method, rule), spent in sorted(seconds.items())
        ]
        return lines


def health_blueprint(resources: Resources, counts: RequestCounts) -> Blueprint:
    """The routes of health."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def alive() -> dict[str, Any]:
        return {"status": "alive", "version": __version__}

    @blueprint.get("/readyz")
    def ready() -> tuple[dict[str, Any], int]:
        try:
            with resources.store.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            return {"status": "not ready", "why": f"the database does not answer ({type(error).__name__})"}, 503
        return {"status": "ready"}, 200

    @blueprint.get("/metrics")
    def metrics() -> Response:
        lines = counts.lines()
        lines += ["# TYPE advisor_jobs gauge"]
        lines += [
            f'advisor_jobs{{status="{status}"}} {count}'
            for status, count in sorted(resources.store.jobs.counts().items())
        ]
        lines += resources.gateway.metric_lines()
        return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")

    return blueprint
