"""The token that every form carries, against requests that other sites forge.

With a session it is the session's. The one user of a service without accounts has no session, so a cookie that other
sites cannot send takes its place.
"""

from __future__ import annotations

import hmac
from secrets import token_urlsafe
from typing import Final

from flask import Response, g, request

from advisor.errors import RequestError
from advisor.service.browser_session import COOKIE, CSRF_FIELD, csrf_token
from advisor.service.pages.uploads import discard_uploads
from advisor.service.principal import current

FORM_COOKIE: Final = "advisor_form"
_LASTS_S: Final = 12 * 3600


def form_token() -> str:
    """The token for the forms of the page that is made now."""
    if has_session():
        return csrf_token(request.cookies.get(COOKIE, ""))
    if "form_secret" not in g:
        g.form_secret = request.cookies.get(FORM_COOKIE) or token_urlsafe(32)
    return csrf_token(g.form_secret)


def has_session() -> bool:
    """Whether who asks is logged in."""
    return "principal" in g and current().via == "session"


def check_form_token() -> None:
    """Raise RequestError for a form without the right token; those of sessions were checked at the door."""
    if request.method != "POST" or has_session():
        return
    secret = request.cookies.get(FORM_COOKIE, "")
    given = request.form.get(CSRF_FIELD, "").encode("utf-8", "surrogateescape")
    if not secret or not hmac.compare_digest(given, csrf_token(secret).encode()):
        discard_uploads()
        raise RequestError(
            "the form was open too long, or cookies are switched off: go back, load the page again and send it anew",
            status=403,
            code="csrf_token",
        )


def keep_form_cookie(response: Response) -> Response:
    """Give the browser the secret of the forms that were made for it."""
    if "form_secret" in g:
        response.set_cookie(
            FORM_COOKIE, g.form_secret, max_age=_LASTS_S, httponly=True, secure=request.is_secure, samesite="Strict"
        )
    return response
