"""Logging in by an identity provider; who comes from it must have been added here under their e-mail or subject."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_urlsafe
from typing import Final, TypeVar

from flask import Blueprint, Response, request

from advisor import oidc
from advisor.errors import HostError, RequestError
from advisor.service.access import PROVIDER_PAGE
from advisor.service.browser_session import set_cookie
from advisor.service.pages.page import page
from advisor.service.rate_limit import RateLimits
from advisor.service.resources import Resources
from advisor.store.accounts import User, Users
from advisor.store.audit import Deed

T = TypeVar("T")
COOKIE: Final = "advisor_login"
_LASTS_S: Final = 600


def add_provider_login(pages: Blueprint, resources: Resources, limits: RateLimits, *, secure: bool) -> None:
    """The routes, where a provider is set in the environment. Raises InputError for settings that cannot be right."""
    found = oidc.settings_in()
    if found is None:
        return
    settings, store = found, resources.store

    @pages.get(PROVIDER_PAGE)
    def go_to_provider() -> Response:
        limits.count("login", "address", request.remote_addr or "")
        secret = token_urlsafe(32)
        response = Response("", 303, {"Location": _asked(lambda: oidc.login_address(settings, secret))})
        # Lax: the browser comes back from another site.
        response.set_cookie(
            COOKIE, secret, max_age=_LASTS_S, path=PROVIDER_PAGE, httponly=True, secure=secure, samesite="Lax"
        )
        return response

    @pages.get(f"{PROVIDER_PAGE}/back")
    def come_back() -> Response:
        limits.count("login", "address", request.remote_addr or "")
        secret = request.cookies.get(COOKIE, "")
        person = _asked(lambda: oidc.person_of(settings, secret, request.args))
        user = known_user(store.users, person)
        if user is None:
            raise RequestError(
                "the identity provider knows you, and this service does not: an administrator can add you",
                status=403,
                code="unknown_user",
            )
        session = store.sessions.begin(user, Deed(user.name, user.workspace, request.remote_addr or ""))
        # A page rather than a redirect: the session's cookie is not sent along a chain that began at another site.
        response = page("logged_in", name=user.name)
        set_cookie(response, session, secure=secure)
        response.delete_cookie(COOKIE, path=PROVIDER_PAGE, httponly=True, secure=secure, samesite="Lax")
        return response


def known_user(users: Users, person: oidc.Person) -> User | None:
    """The user whose name is the verified e-mail or, where there is none, the provider's subject."""
    if person.email is None:
        return users.named(person.subject)
    return users.named(person.email) or users.named(person.email.lower())


def _asked(ask: Callable[[], T]) -> T:
    """What the provider answers; its refusals are those of this request."""
    try:
        return ask()
    except HostError as error:
        raise RequestError(f"{error.problem}: {error.what_to_do}", status=502, code="provider_failed") from None
    except oidc.RefusedError as error:
        raise RequestError(f"{error.problem}: {error.what_to_do}", status=403, code="login_refused") from None
