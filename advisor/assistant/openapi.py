"""Reads the operations of an OpenAPI 3 document, and says which cannot be called and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from advisor.assistant.openapi_schema import Resolver, plain_schema
from advisor.assistant.operation import PLACES, Operation, Parameter, Place, Scheme
from advisor.assistant.specification import ActionSet
from advisor.errors import InputError
from advisor.question import nearest
from advisor.strict_yaml import Document

METHODS: Final = ("get", "head", "options", "put", "post", "patch", "delete")
READING: Final = ("get", "head", "options")
_TOOL_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
# OpenAPI says that these are not described as parameters; the others would let an argument change who asks whom.
_OWN_HEADERS: Final = frozenset(
    (
        *("accept", "authorization", "connection", "content-length", "content-type", "cookie", "forwarded", "host"),
        *("proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "x-http-method-override"),
        *("x-forwarded-for", "x-forwarded-host"),
    )
)


class LeftOut(NamedTuple):
    """An operation that the document has and that cannot be called."""

    id: str
    why: str


class Operations(NamedTuple):
    """Those that can be called, and those that cannot."""

    usable: tuple[Operation, ...]
    left_out: tuple[LeftOut, ...]


def operations_in(document: Document, wanted: ActionSet) -> Operations:
    """The operations of an action set. Raises InputError for a document or a set that does not hold together."""
    return _Reader(document, wanted).operations()


class _Reader:
    def __init__(self, document: Document, wanted: ActionSet) -> None:
        if not isinstance(document.value, dict) or not str(document.value.get("openapi", "")).startswith("3."):
            raise InputError(
                "this is no OpenAPI 3 document",
                where=document.name,
                what_to_do="convert it; it begins with `openapi: 3.1.0`",
            )
        self.document, self.wanted = document, wanted
        self.top: Mapping[str, Any] = document.value
        self.resolver = Resolver(document)
        self.refused: list[LeftOut] = []
        self.names: list[str] = []

    def operations(self) -> Operations:
        found = list(self._found())
        names = self.names
        for field in ("only", "reads", "writes", "without_model"):
            for name in getattr(self.wanted, field):
                if name not in names:
                    raise InputError(
                        f"`{field}` names {name}, which {self.document.name} does not have{nearest(name, names)}",
                        where=f"actions {self.wanted.name}",
                        what_to_do=f"name one of {', '.join(names)}",
                    )
        for one in found:
            if one.without_model and one.writes:
                raise InputError(
                    f"{one.id} changes data, and cannot stand in `without_model`",
                    where=f"actions {self.wanted.name}",
                    what_to_do="take it out; what changes data is decided and confirmed by the user",
                )
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"two operations are named {twice}", where=self.document.name, what_to_do="rename one")
        return Operations(tuple(found), tuple(self.refused))

    def _found(self) -> Iterator[Operation]:
        paths = self.top.get("paths") or {}
        for path, item in paths.items():
            item = self.resolver.followed(item)
            for method in METHODS:
                if method in item:
                    name = str(item[method].get("operationId") or _made_name(method, path))
                    self.names.append(name)
                    if self.wanted.only and name not in self.wanted.only:
                        continue
                    try:
                        yield self._operation(name, method, path, item)
                    except _CannotCall as error:
                        self.refused.append(LeftOut(name, str(error)))

    def _operation(self, name: str, method: str, path: str, item: Mapping[str, Any]) -> Operation:
        operation = item[method]
        if not _TOOL_NAME.fullmatch(name):
            raise _CannotCall("its operationId must be 1 to 64 letters, digits, _ and -")
        parameters = self._parameters(path, [*(item.get("parameters") or []), *(operation.get("parameters") or [])])
        body, body_required = self._body(operation)
        security = self._security(operation)
        writes = name in self.wanted.writes or (method not in READING and name not in self.wanted.reads)
        about = " ".join(str(operation.get(field) or "") for field in ("summary", "description")).strip()
        return Operation(
            self.wanted.name,
            name,
            method.upper(),
            path,
            self._server(operation.get("servers") or item.get("servers") or self.top.get("servers") or []),
            " ".join(about.split()) or f"{method.upper()} {path}",
            parameters,
            body,
            body_required,
            security,
            tuple(self.wanted.credentials[scheme.id] for scheme in security),
            frozenset(host.lower() for host in self.wanted.hosts),
            writes,
            name in self.wanted.without_model,
        )

    def _server(self, servers: list[Any]) -> str:
        given = self.wanted.server
        if given is None:
            if not servers:
                raise _CannotCall("neither the document nor `server` says where it is")
            variables = servers[0].get("variables") or {}
            given = re.sub(
                r"\{([^{}]+)\}", lambda field: str(variables.get(field[1], {}).get("default", "")), servers[0]["url"]
            )
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise _CannotCall(f"{given} is no whole address; give `server`")
        if parts.username is not None:
            raise InputError(
                "an address holds a password", where=f"actions {self.wanted.name}", what_to_do="use `credentials`"
            )
        if parts.hostname.lower() not in {host.lower() for host in self.wanted.hosts}:
            raise _CannotCall(f"its host {parts.hostname} does not stand in `hosts`")
        return given

    def _parameters(self, path: str, given: list[Any]) -> tuple[Parameter, ...]:
        by_place: dict[tuple[str, str], Mapping[str, Any]] = {}
        for one in map(self.resolver.followed, given):
            by_place[one["in"], one["name"]] = one  # those of the operation replace those of the path
        made: list[Parameter] = []
        for (given_place, name), one in by_place.items():
            place: Place | None = next((known for known in PLACES if known == given_place), None)
            if place == "header" and name.lower() in _OWN_HEADERS:
                continue
            required = bool(one.get("required")) or place == "path"
            schema = plain_schema(self.resolver.whole(one.get("schema") or {}))
            style = one.get("style") or ("form" if place == "query" else "simple")
            unknown = (
                place is None
                or "content" in one
                or style != ("form" if place == "query" else "simple")
                or schema.get("type") == "object"
            )
            if unknown and required:
                raise _CannotCall(f"its parameter {name} has a form that cannot be sent")
            if unknown or place is None:
                continue
            if one.get("description") and "description" not in schema:
                schema = {**schema, "description": one["description"]}
            taken = name in {parameter.argument for parameter in made}
            explode = bool(one.get("explode", style == "form"))
            made.append(Parameter(f"{place}_{name}" if taken else name, name, place, required, schema, explode))
        fields = set(re.findall(r"\{([^{}]+)\}", path))
        if fields != {parameter.name for parameter in made if parameter.place == "path"}:
            raise _CannotCall("the fields of its path and its path parameters differ")
        return tuple(made)

    def _body(self, operation: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, bool]:
        if "requestBody" not in operation:
            return None, False
        body = self.resolver.followed(operation["requestBody"])
        kinds = body.get("content") or {}
        json_kind = next((kind for kind in kinds if kind.partition(";")[0].strip() == "application/json"), None)
        required = bool(body.get("required"))
        if json_kind is None:
            if required:
                raise _CannotCall(f"its body is {', '.join(kinds) or 'not described'}, and only JSON is sent")
            return None, False
        return plain_schema(self.resolver.whole(kinds[json_kind].get("schema") or {})), required

    def _security(self, operation: Mapping[str, Any]) -> tuple[Scheme, ...]:
        """The schemes of the first way that the named credentials are enough for."""
        ways = operation.get("security", self.top.get("security")) or [{}]
        for way in ways:
            if set(way) <= set(self.wanted.credentials):
                return tuple(self._scheme(name) for name in way)
        missing = ", ".join(sorted(set(ways[0]) - set(self.wanted.credentials)))
        raise _CannotCall(f"`credentials` names nothing for {missing}")

    def _scheme(self, name: str) -> Scheme:
        schemes = (self.top.get("components") or {}).get("securitySchemes") or {}
        if name not in schemes:
            raise _CannotCall(f"the document does not describe its security scheme {name}")
        one = self.resolver.followed(schemes[name])
        kind = one.get("type")
        if kind == "apiKey" and one.get("in") in ("header", "query"):
            return Scheme(name, one["in"], str(one["name"]))
        if kind == "http" and str(one.get("scheme")).lower() in ("bearer", "basic"):
            return Scheme(name, str(one["scheme"]).lower())
        if kind in ("oauth2", "openIdConnect"):
            return Scheme(name, "bearer")
        raise _CannotCall(f"its security scheme {name} is of a kind that cannot be sent")


class _CannotCall(Exception):  # noqa: N818  caught where the operation is noted as left out
    """Why an operation cannot be called."""


def _made_name(method: str, path: str) -> str:
    """A name for an operation without one."""
    return re.sub(r"[^A-Za-z0-9]+", "_", f"{method} {path}").strip("_")[:64]
