"""Who may ask: the Host header against DNS rebinding, the origin against other sites, then keys, sessions and roles."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import time
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, g, request

from advisor.errors import RequestError
from advisor.scopes import SCOPES
from advisor.service.browser_session import COOKIE, check_csrf
from advisor.service.principal import LOCAL, Principal, current, require_role, require_scope
from advisor.service.rate_limit import RateLimits
from advisor.store.database import Store
from advisor.store.tables import DEFAULT_WORKSPACE

LOGIN: Final = "/api/v1/session"
LOGIN_PAGE: Final = "/login"
PROVIDER_PAGE: Final = "/login/provider"
_LOGIN_PAGES: Final = (LOGIN_PAGE, PROVIDER_PAGE, f"{PROVIDER_PAGE}/back")
_LOGOUT_PAGE: Final = "/logout"
_STYLES: Final = "/static/"  # the page to log in shows them
_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "::1")
_OPEN_PATHS: Final = ("/healthz", "/readyz")  # a probe has no key
_DOCUMENT: Final = ("/api/v1/openapi.json", "/api/v1/docs")  # what the API can do is no secret
_READS: Final = ("GET", "HEAD", "OPTIONS")
# They answer and keep nothing, so that those who may only read may ask them.
_KEEP_NOTHING: Final = ("/api/v1/estimates", "/api/v1/sweeps", "/v1/chat/", "/v1/embeddings", "/v1/fine_tuning/alpha/")
_SCOPES: Final = {
    "/v1/": "openai",
    "/api/v1/cases": "cases",
    "/api/v1/recommendations": "cases",
    "/api/v1/estimates": "cases",
    "/api/v1/sweeps": "cases",
    "/api/v1/data-sets": "data",
    "/api/v1/documents": "data",
    "/api/v1/tuning-": "tuning",
    "/api/v1/proofs": "tuning",
    "/api/v1/ledger": "tuning",
    "/api/v1/predictions": "tuning",
    "/api/v1/deployments": "tuning",
}
SNIPPET: Final = "/feedback/"  # asked by pages of other sites, with a token of its own instead of a key
# Whoever may do this and nothing else can be an application that everybody uses.
_SAY: Final = re.compile(r"/api/v1/deployments/[^/]+/feedback(?:-tokens)?")
_ADMINS: Final = ("/metrics", "/api/v1/audit")
_LOOK_EVERY_S: Final = 2.0


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def has_accounts(store: Store) -> bool:
    """Whether somebody can log in or has a key."""
    return bool(store.users.count() or store.api_keys.count())


class Guard:
    """Lets requests in or refuses them, for a service bound to `host`.

    Keys from the environment are kept as hashes only, so that neither a log nor a dump of memory shows them.
    """

    def __init__(self, store: Store, host: str, api_keys: Sequence[str], limits: RateLimits) -> None:
        """`api_keys` are keys of administrators of the default workspace."""
        self._store = store
        self._host = host
        self._loopback = is_loopback(host)
        self._known = [hashlib.sha256(key.encode()).digest() for key in api_keys]
        self._limits = limits
        self._asked_accounts_at = -_LOOK_EVERY_S
        self._accounts = False

    def check(self) -> None:
        """Find out who asks and whether they may. Raises RequestError."""
        if self._loopback and _name(f"//{request.host}") not in (*_LOOPBACK_NAMES, self._host):
            raise RequestError("this service answers only to the name of this machine", status=421, code="foreign_host")
        if request.path.startswith(SNIPPET):
            # Counted apart: behind a proxy all come from one address, and a flood must not shut out the others.
            self._limits.count("address", "snippet", request.remote_addr or "")
            return
        origin = request.headers.get("Origin")
        if origin is not None and _netloc(origin) != request.host:
            raise RequestError("pages of other sites may not ask this service", status=403, code="foreign_origin")
        if request.path in _OPEN_PATHS or request.path.startswith((*_DOCUMENT, _STYLES)):
            return
        if self._is_open():
            g.principal = LOCAL
            return
        self._limits.count("address", request.remote_addr or "")
        if request.path in _LOGIN_PAGES or (request.path == LOGIN and request.method == "POST"):
            return
        g.principal = self._principal()
        self._limits.count("principal", g.principal.name)
        _check_allowed()

    def _is_open(self) -> bool:
        """Whether there are no accounts, on this machine alone."""
        if self._known or not self._loopback:
            return False
        now = time.monotonic()
        if now - self._asked_accounts_at >= _LOOK_EVERY_S:
            self._accounts = has_accounts(self._store)
            self._asked_accounts_at = now
        return not self._accounts

    def _principal(self) -> Principal:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if given:
            digest = hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest()
            # Every key is compared, so that the time taken tells nothing.
            if sum(hmac.compare_digest(digest, key) for key in self._known):
                name = f"environment key {digest.hex()[:8]}"
                return Principal(name, name, DEFAULT_WORKSPACE, "admin", SCOPES, "key")
            key = self._store.api_keys.of(given)
            if key:
                return Principal(key.id, key.id, key.workspace, key.role, key.scopes, "key")
        elif secret := request.cookies.get(COOKIE):
            user = self._store.sessions.user(secret)
            if user:
                check_csrf(secret)
                return Principal(user.id, user.name, user.workspace, user.role, SCOPES, "session")
        raise RequestError(
            "Incorrect API key provided. Send one of the service's keys as a bearer token.",
            status=401,
            code="invalid_api_key",
        )


def guard(app: Flask, checked: Guard) -> None:
    """Check every request of `app` before anything else is done for it."""
    app.before_request(checked.check)


def _check_allowed() -> None:
    path = request.path
    if request.method == "POST" and _SAY.fullmatch(path):
        require_scope("feedback")
        return
    if tuple(current().scopes) == ("feedback",):
        raise RequestError("this key is for sending feedback only", status=403, code="scope_missing")
    for prefix, scope in _SCOPES.items():
        if path.startswith(prefix):
            require_scope(scope)
    if path.startswith(_ADMINS):
        require_role("admin")
    if request.method not in _READS and path not in (LOGIN, _LOGOUT_PAGE) and not path.startswith(_KEEP_NOTHING):
        require_role("consultant")


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _netloc(url: str) -> str | None:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return None
