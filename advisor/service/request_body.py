"""Bodies and queries of requests, read strictly: what is not known is refused, never passed over."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from advisor.errors import RequestError

T = TypeVar("T", bound=BaseModel)
_KEY: Final = re.compile(r"[a-z_][a-z0-9_]*$")
_KINDS: Final = frozenset({"str", "int", "float", "bool", "list", "dict", "constrained_str", "nullable"})
MAX_JSON_BYTES: Final = 16 << 20


class RequestBody(BaseModel):
    """Base of the bodies: unknown keys are refused, texts are not taken for numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ListQuery(NamedTuple):
    """Which page of a list is asked for."""

    after: str | None
    limit: int


def read_body(adapter: TypeAdapter[T]) -> T:
    """The JSON body of the request. Raises RequestError, which names the wrong parameter."""
    if request.mimetype != "application/json":
        # Pages of other origins cannot send this type without being allowed to.
        raise RequestError("the body must be JSON, with Content-Type: application/json", status=415)
    if (request.content_length or 0) > MAX_JSON_BYTES:
        raise RequestError(f"the body is larger than {MAX_JSON_BYTES} bytes", status=413)
    try:
        return adapter.validate_json(request.get_data())
    except ValidationError as error:
        raise _refused(error) from None


def refuse_params(given: dict[str, Any]) -> None:
    """Raise RequestError for the first parameter that is given although nothing here acts on it."""
    for name, value in given.items():
        if value:
            raise RequestError(f"{name} is not supported by this service", param=name, code="unsupported_parameter")


def list_query(*known: str, default: int, most: int) -> ListQuery:
    """`after` and `limit` of a list; `known` are its other parameters. Raises RequestError."""
    for name in request.args:
        if name not in ("after", "limit", *known) and not (name.startswith("metadata[") and "metadata" in known):
            raise RequestError(f"Unknown query parameter: {name}", param=name, code="unknown_parameter")
    text = request.args.get("limit", str(default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise RequestError(f"limit must be a number from 1 to {most}", param="limit", code="invalid_value")
    return ListQuery(request.args.get("after") or None, int(text))


def _refused(error: ValidationError) -> RequestError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    kind = first["type"]
    # Names of the alternatives of a union stand in the path; only keys and indexes are the client's own.
    own = [step for step in first["loc"][:-1] if isinstance(step, int) or _own(step)]
    last = [
        step
        for step in first["loc"][-1:]
        if kind in ("extra_forbidden", "missing") or not isinstance(step, str) or _own(step)
    ]
    path = ".".join(map(str, [*own, *last]))
    if kind == "json_invalid":
        return RequestError(f"the body is no JSON: {first['msg']}", code="invalid_json")
    if kind == "extra_forbidden":
        return RequestError(f"Unrecognized request argument supplied: {path}", param=path, code="unknown_parameter")
    if kind == "missing":
        return RequestError(f"you must provide a {path} parameter", param=path, code="missing_required_parameter")
    return RequestError(f"Invalid '{path}': {first['msg']}", param=path or None, code="invalid_value")


def _own(step: str) -> bool:
    return _KEY.match(step) is not None and step not in _KINDS
