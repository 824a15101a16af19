"""Who may ask: the Host header against DNS rebinding, the origin against other sites, keys of clients."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, request

from advisor.errors import RequestError

_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "::1")
_OPEN_PATHS: Final = ("/healthz", "/readyz")  # a probe has no key


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guard(app: Flask, host: str, api_keys: Sequence[str]) -> None:
    """Refuse foreign Host headers when bound to loopback, other origins, and requests without a key if there are keys.

    Keys are kept as hashes only, so that neither a log nor a dump of memory shows them.
    """
    loopback = is_loopback(host)
    known = [hashlib.sha256(key.encode()).digest() for key in api_keys]

    @app.before_request
    def check() -> None:
        if loopback and _name(f"//{request.host}") not in (*_LOOPBACK_NAMES, host):
            raise RequestError("this service answers only to the name of this machine", status=421, code="foreign_host")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise RequestError("pages of other sites may not ask this service", status=403, code="foreign_origin")
        if known and request.path not in _OPEN_PATHS:
            given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
            digest = hashlib.sha256(given).digest()
            # Every key is compared, so that the time taken tells nothing.
            if not sum(hmac.compare_digest(digest, key) for key in known):
                raise RequestError(
                    "Incorrect API key provided. Send one of the service's keys as a bearer token.",
                    status=401,
                    code="invalid_api_key",
                )


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
