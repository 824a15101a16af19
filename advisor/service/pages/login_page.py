"""Logging in and out, where the service has accounts."""

from __future__ import annotations

from flask import Blueprint, Response, request

from advisor.errors import RequestError
from advisor.oidc import settings_in
from advisor.service.access import PROVIDER_PAGE
from advisor.service.browser_session import COOKIE, clear_cookie, set_cookie
from advisor.service.login import log_in
from advisor.service.pages.page import page, see
from advisor.service.principal import current, deed
from advisor.service.rate_limit import RateLimits
from advisor.service.resources import Resources

_LONGEST = 255


def add_login(pages: Blueprint, resources: Resources, limits: RateLimits, *, secure: bool) -> None:
    """The routes of sessions; `secure` cookies are sent over encrypted connections only."""
    store = resources.store
    provider = PROVIDER_PAGE if settings_in() else ""

    @pages.get("/login")
    def who() -> Response:
        return page("login", faults={}, name="", provider=provider)

    @pages.post("/login")
    def begin_session() -> Response:
        name, password = (request.form.get(field, "") for field in ("name", "password"))
        try:
            found = log_in(store, limits, name[:_LONGEST], password)
        except RequestError as error:
            if error.status != 401:
                raise
            faults = {"name": "The name or the password is wrong"}
            return page("login", 401, faults=faults, name=name[:_LONGEST], provider=provider)
        response = see("/")
        set_cookie(response, found.secret, secure=secure)
        return response

    @pages.post("/logout")
    def end_session() -> Response:
        secret = request.cookies.get(COOKIE)
        if secret and current().via == "session":
            store.sessions.end(secret, deed())
        response = see("/login")
        clear_cookie(response, secure=secure)
        return response
