"""Replies of the JSON API: plain JSON with an ETag, and 304 for those who have it already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask import Response, request

from advisor.errors import RequestError
from advisor.store.page import Page

T = TypeVar("T")


def answer(value: Any, status: int = 200, *, location: str | None = None, etag: str | None = None) -> Response:
    """`value` as JSON. What is read has an ETag of its own where none is given."""
    return answer_text(json.dumps(value, ensure_ascii=False), status, location=location, etag=etag)


def answer_text(text: str, status: int = 200, *, location: str | None = None, etag: str | None = None) -> Response:
    """JSON that is text already."""
    raw = text.encode("utf-8", "replace")
    reply = Response(raw, status, mimetype="application/json")
    if location is not None:
        reply.headers["Location"] = location
    if etag is not None:
        reply.set_etag(etag)
    elif request.method in ("GET", "HEAD"):
        reply.set_etag(hashlib.sha256(raw).hexdigest()[:32])
    if request.method in ("GET", "HEAD"):
        reply.make_conditional(request)
    return reply


def answer_page(page: Page[T], shown: Callable[[T], Mapping[str, Any]], cursor: Callable[[T], str]) -> Response:
    """A page of a list; `next_cursor` leads to the next one, and is null on the last."""
    following = cursor(page.items[-1]) if page.has_more else None
    return answer({"items": [shown(item) for item in page.items], "next_cursor": following})


def answer_all(items: Sequence[Mapping[str, Any]]) -> Response:
    """A list that is short enough to have no pages."""
    return answer({"items": list(items), "next_cursor": None})


def missing(kind: str, id: str) -> RequestError:
    """What is not there, and what is not theirs, in the same words."""
    return RequestError(f"there is no {kind} {id[:100]}", status=404, code="not_found")
