"""/api/v1/session: log in with a name and a password, see who one is, log out."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from advisor.service import login
from advisor.service.browser_session import COOKIE, clear_cookie, csrf_token, set_cookie
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import LoginBody
from advisor.service.json_api.replies import answer
from advisor.service.principal import Principal, current, deed
from advisor.service.rate_limit import RateLimits
from advisor.service.resources import Resources

_LOGIN: Final = TypeAdapter(LoginBody)


def session_blueprint(resources: Resources, limits: RateLimits, *, secure: bool) -> Blueprint:
    """The routes of sessions; `secure` cookies are sent over encrypted connections only."""
    blueprint = Blueprint("session", __name__, url_prefix="/session")
    store = resources.store

    @blueprint.post("")
    def log_in() -> Response:
        asked.refuse_unknown()
        body = asked.body(_LOGIN)
        user, secret = login.log_in(store, limits, body.name, body.password)
        shown = {"name": user.name, "workspace": user.workspace, "role": user.role, "via": "session"}
        reply = answer({**shown, "csrf_token": csrf_token(secret)}, 201)
        reply.headers["Cache-Control"] = "no-store"
        set_cookie(reply, secret, secure=secure)
        return reply

    @blueprint.get("")
    def who() -> Response:
        asked.refuse_unknown()
        reply = answer({**_shown(current()), "csrf_token": _token()})
        reply.headers["Cache-Control"] = "no-store"
        return reply

    @blueprint.delete("")
    def log_out() -> Response:
        asked.refuse_unknown()
        secret = request.cookies.get(COOKIE)
        if secret and current().via == "session":
            store.sessions.end(secret, deed())
        reply = Response(status=204)
        clear_cookie(reply, secure=secure)
        return reply

    return blueprint


def _shown(who: Principal) -> dict[str, str]:
    return {"name": who.name, "workspace": who.workspace, "role": who.role, "via": who.via}


def _token() -> str | None:
    return csrf_token(request.cookies[COOKIE]) if current().via == "session" else None
