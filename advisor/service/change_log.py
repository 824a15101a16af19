"""The audit log of /v1: every request that changed something and succeeded, by the route that did it.

The JSON API writes its entries in the transaction of the change; files, jobs and models are also changed by the runner
of jobs, so what their routes do is noted here.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

from advisor.service.principal import deed
from advisor.store.database import Store

_NO_CHANGE: Final = ("/v1/chat/", "/v1/embeddings", "/v1/fine_tuning/alpha/")


def note_changes(app: Flask, store: Store) -> None:
    """Note what requests below /v1 change."""

    @app.after_request
    def note(response: Response) -> Response:
        changes = request.method in ("POST", "DELETE") and request.path.startswith("/v1/")
        if changes and response.status_code < 300 and not request.path.startswith(_NO_CHANGE):
            rule = request.url_rule.rule if request.url_rule else request.path
            named = (request.view_args or {}).get("id") or (response.get_json(silent=True) or {}).get("id", "")
            store.audit.add(deed(), f"{request.method} {rule}", str(named))
        return response
