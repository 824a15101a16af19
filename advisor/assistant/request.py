"""A call's arguments as an HTTP request, which no argument can turn to another host, path or header."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from advisor.assistant.operation import Operation, Parameter
from advisor.errors import InputError

MAX_BODY_BYTES: Final = 100_000
MAX_URL: Final = 8_000
_FIELD: Final = re.compile(r"\{([^{}]+)\}")
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]*")


class Outgoing(NamedTuple):
    """A request, without its credentials."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


def request_of(operation: Operation, arguments: Mapping[str, Any]) -> Outgoing:
    """The request for arguments that were checked by the operation's schema. Raises InputError."""
    query: list[tuple[str, str]] = []
    headers = [("Accept", "application/json, text/plain;q=0.5")]
    in_path: dict[str, str] = {}
    for parameter in operation.parameters:
        if arguments.get(parameter.argument) is None:
            continue
        value = arguments[parameter.argument]
        if parameter.place == "path":
            in_path[parameter.name] = _segment(parameter, value)
        elif parameter.place == "query":
            query += _in_query(parameter, value)
        else:
            headers.append((parameter.name, _header(parameter, value)))
    url = operation.server.rstrip("/") + _FIELD.sub(lambda field: in_path[field[1]], operation.path)
    if query:
        url += f"?{urlencode(query, quote_via=quote)}"
    body = None
    if operation.body is not None and operation.body_argument in arguments:
        body = json.dumps(arguments[operation.body_argument], ensure_ascii=False).encode("utf-8", "replace")
        headers.append(("Content-Type", "application/json"))
    if len(url) > MAX_URL or (body is not None and len(body) > MAX_BODY_BYTES):
        raise _refused(operation, "the request would be too long")
    # Every value was encoded above; that the address still is the server's is looked at all the same.
    if urlsplit(url)[:2] != urlsplit(operation.server)[:2]:
        raise _refused(operation, "the arguments lead to another host")
    return Outgoing(operation.method, url, tuple(headers), body)


def _segment(parameter: Parameter, value: Any) -> str:
    """One part of a path: never empty, and never one that climbs."""
    text = ",".join(_texts(value))
    if text in ("", ".", "..") or any(ord(sign) < 0x20 or ord(sign) == 0x7F for sign in text):
        raise InputError(f"{parameter.argument} cannot stand in a path", what_to_do="give another value")
    return quote(text, safe="")


def _in_query(parameter: Parameter, value: Any) -> Iterator[tuple[str, str]]:
    texts = _texts(value)
    if parameter.explode:
        yield from ((parameter.name, text) for text in texts)
    else:
        yield parameter.name, ",".join(texts)


def _header(parameter: Parameter, value: Any) -> str:
    text = ",".join(_texts(value))
    if not _HEADER_VALUE.fullmatch(text):
        raise InputError(f"{parameter.argument} cannot stand in a header", what_to_do="give plain ASCII on one line")
    return text


def _texts(value: Any) -> Sequence[str]:
    values = value if isinstance(value, list) else [value]
    return [one if isinstance(one, str) else json.dumps(one) for one in values]


def _refused(operation: Operation, why: str) -> InputError:
    return InputError(f"{operation.id} was not called: {why}", what_to_do="ask with other arguments")
