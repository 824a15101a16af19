"""Headers that every reply carries: nothing may be framed, guessed, or loaded from elsewhere."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response

NOTHING: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Content-Security-Policy", NOTHING),
    ("Cache-Control", "no-cache, private"),  # kept only to be asked for again by its ETag
)


def set_headers(app: Flask) -> None:
    """Add the headers to every reply; what a page has set for itself stands."""

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in _HEADERS:
            response.headers.setdefault(name, value)
        return response
