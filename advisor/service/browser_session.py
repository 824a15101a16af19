"""Sessions of browsers: a cookie that scripts cannot read, and a token against requests that other sites forge.

The token follows from the session's secret, so that it needs no place of its own: a page that shows a form, or a script
that asks, sends it back as the field `csrf_token` or the header `X-CSRF-Token`.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from flask import Response, request

from advisor.errors import RequestError
from advisor.store.sessions import LASTS_S

COOKIE: Final = "advisor_session"
CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_FIELD: Final = "csrf_token"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


def csrf_token(secret: str) -> str:
    """The token of a session."""
    return hmac.new(secret.encode("utf-8", "surrogateescape"), b"csrf", hashlib.sha256).hexdigest()


def check_csrf(secret: str) -> None:
    """Raise RequestError for a request that changes something and does not carry the session's token."""
    if request.method in _SAFE:
        return
    given = request.headers.get(CSRF_HEADER, "")
    if not given and request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        given = request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), csrf_token(secret).encode()):
        raise RequestError(
            f"the request does not carry the token of the session ({CSRF_HEADER})", status=403, code="csrf_token"
        )


def set_cookie(response: Response, secret: str, *, secure: bool) -> None:
    """Give the session to the browser; `secure` keeps it away from connections that are not encrypted."""
    response.set_cookie(COOKIE, secret, max_age=LASTS_S, httponly=True, secure=secure, samesite="Strict", path="/")


def clear_cookie(response: Response, *, secure: bool) -> None:
    """Take the session back from the browser."""
    response.delete_cookie(COOKIE, httponly=True, secure=secure, samesite="Strict", path="/")
