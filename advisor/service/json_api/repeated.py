"""Idempotency-Key: a request that is sent again, because its answer was lost, is answered again and not done again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

from flask import Response, request

from advisor.errors import RequestError
from advisor.service.principal import current
from advisor.store.idempotency import Answered, IdempotencyKeys

P = ParamSpec("P")
HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT: Final = ("Content-Type", "Location", "ETag")
_BLOCK_BYTES: Final = 1 << 20


def once(keys: IdempotencyKeys) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """Wraps a view that creates something: the same key and body have the same answer, another body is refused."""

    def decorate(view: Callable[P, Response]) -> Callable[P, Response]:
        @wraps(view)
        def answered(*args: P.args, **kwargs: P.kwargs) -> Response:
            key = request.headers.get(HEADER)
            if key is None:
                return view(*args, **kwargs)
            if not _KEY.fullmatch(key):
                raise RequestError(f"{HEADER} must have 1 to 255 visible characters", param=HEADER, code="invalid_key")
            who = current()
            scope = _hash(who.workspace, who.name, request.method, request.path, key)
            earlier = keys.begin(scope, _request_hash())
            if earlier is None:
                try:
                    reply = view(*args, **kwargs)
                except BaseException:
                    keys.give_up(scope)  # nothing was done, and the request may be mended
                    raise
                kept = {name: reply.headers[name] for name in _KEPT if name in reply.headers}
                keys.answer(scope, Answered(reply.status_code, kept, reply.get_data()))
                return reply
            if earlier.request != _request_hash():
                raise RequestError(
                    "this Idempotency-Key was used for another request", status=422, param=HEADER, code="key_reused"
                )
            if earlier.answer is None:
                raise RequestError(
                    "the first request with this Idempotency-Key is still being answered",
                    status=409,
                    param=HEADER,
                    code="key_in_use",
                    retry_after_s=1,
                )
            again = Response(earlier.answer.body, earlier.answer.status)
            again.headers.update(earlier.answer.headers)
            again.headers["Idempotent-Replayed"] = "true"
            return again

        return answered

    return decorate


def _request_hash() -> str:
    """A hash of all that the answer depends on; uploaded files are read once and left at their beginning."""
    if request.mimetype != "multipart/form-data":
        return _hash(request.query_string, request.mimetype, request.get_data())
    parts = [f"{name}={value}" for name, value in sorted(request.form.items(multi=True))]
    for name, upload in request.files.items(multi=True):
        digest = hashlib.sha256()
        while block := upload.stream.read(_BLOCK_BYTES):
            digest.update(block)
        upload.stream.seek(0)
        parts.append(f"{name}:{upload.filename}:{digest.hexdigest()}")
    return _hash(request.query_string, request.mimetype, *parts)


def _hash(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()
