"""A token with which a browser may say something of one answer: signed, for a short time, and good for nothing else.

An application asks for it with its key and puts it into the page, so that no key is ever in a browser.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final, NamedTuple

LASTS_S: Final = 24 * 3600
_KIND: Final = "fb1"


class Allowed(NamedTuple):
    """What a token allows: feedback on one record of a deployment, by one user where that is known."""

    deployment_id: str
    record_id: str
    user_digest: str = ""


def signed(allowed: Allowed, secret: bytes, now_s: int, lasts_s: int = LASTS_S) -> str:
    """The token as text without characters that a header or a page would have to escape."""
    said = ".".join((_KIND, *allowed, str(now_s + lasts_s)))
    return f"{said}.{_mark(said, secret)}"


def read_token(token: str, secret: bytes, now_s: int) -> Allowed | None:
    """What a token allows; None where it is not ours, was changed, or is too old."""
    said, _, mark = token.rpartition(".")
    parts = said.split(".")
    if not hmac.compare_digest(mark.encode("utf-8", "surrogateescape"), _mark(said, secret).encode()):
        return None
    if len(parts) != 5 or parts[0] != _KIND or int(parts[4]) < now_s:
        return None
    return Allowed(*parts[1:4])


def _mark(said: str, secret: bytes) -> str:
    digest = hmac.new(secret, said.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
