"""An operation of an OpenAPI document, as a model is told of it and as its arguments are checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from jsonschema import FormatChecker

Place = Literal["path", "query", "header"]
PLACES: Final[tuple[Place, ...]] = ("path", "query", "header")
BODY: Final = "body"
_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


class Parameter(NamedTuple):
    """One parameter. `argument` is its name among the arguments of the call, where two places may share a name."""

    argument: str
    name: str
    place: Place
    required: bool
    schema: Mapping[str, Any]
    explode: bool


class Scheme(NamedTuple):
    """How a credential is sent: `kind` is bearer, basic, header or query; `name` is the header's or parameter's."""

    id: str
    kind: str
    name: str = ""


class Operation(NamedTuple):
    """One operation. `server` is the address below which `path` lies; `security` are the schemes that it needs.

    `key_names` are the names under which their secrets are kept, in the order of `security`.
    """

    action: str
    id: str
    method: str
    path: str
    server: str
    about: str
    parameters: tuple[Parameter, ...]
    body: Mapping[str, Any] | None
    body_required: bool
    security: tuple[Scheme, ...]
    key_names: tuple[str, ...]
    hosts: frozenset[str]
    writes: bool
    without_model: bool

    @property
    def body_argument(self) -> str:
        """The argument that is the request's body."""
        return BODY if all(parameter.argument != BODY for parameter in self.parameters) else "request_body"


def arguments_schema(operation: Operation) -> dict[str, Any]:
    """The JSON Schema of a call's arguments."""
    properties = {parameter.argument: dict(parameter.schema) for parameter in operation.parameters}
    required = [parameter.argument for parameter in operation.parameters if parameter.required]
    if operation.body is not None:
        properties[operation.body_argument] = dict(operation.body)
        required += [operation.body_argument] if operation.body_required else []
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def function_tool(operation: Operation) -> dict[str, Any]:
    """The operation as a tool in OpenAI's form."""
    about = operation.about + (" (Changes data: the user is asked first.)" if operation.writes else "")
    return {
        "type": "function",
        "function": {"name": operation.id, "description": about, "parameters": arguments_schema(operation)},
    }


def argument_faults(operation: Operation, arguments: Any) -> list[str]:
    """What is wrong with the arguments, in sentences; empty where nothing is."""
    from jsonschema import Draft202012Validator  # seconds, where all its formats are installed

    checker = Draft202012Validator(arguments_schema(operation), format_checker=_formats())
    return [
        f"{'.'.join(map(str, error.absolute_path)) or 'arguments'}: {error.message[:300]}"
        for error in checker.iter_errors(arguments)
    ]


def is_email(value: object) -> bool:
    """Whether the text is one e-mail address and nothing else; jsonschema itself only looks for an @."""
    return not isinstance(value, str) or _EMAIL.fullmatch(value) is not None


@cache
def _formats() -> FormatChecker:
    from jsonschema import FormatChecker

    checker = FormatChecker()
    checker.checks("email")(is_email)
    return checker


_IN_TEXT: Final = {
    "email": _EMAIL,
    "uuid": re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    "date": re.compile(r"\b\d{4}-\d{2}-\d{2}\b"),
}


def arguments_in(operation: Operation, question: str) -> dict[str, str] | None:
    """The required arguments, where each stands in the question exactly once and cannot be mistaken; else None.

    Only what its own form tells apart counts: an e-mail address, a UUID, a date, a text by the schema's `pattern` or
    from its `enum`. Two of the same form, or a parameter that any text would fit, and nothing is taken.
    """
    needed = [parameter for parameter in operation.parameters if parameter.required]
    if not needed or operation.body_required:
        return None
    found: dict[str, str] = {}
    for parameter in needed:
        values = set(_values(parameter.schema, question))
        if len(values) != 1:
            return None
        found[parameter.argument] = values.pop()
    if len(set(found.values())) < len(found) or argument_faults(operation, found):
        return None
    return found


def _values(schema: Mapping[str, Any], question: str) -> Iterator[str]:
    if schema.get("type") not in ("string", ["string"]):
        return
    if "enum" in schema:
        yield from (
            one
            for one in schema["enum"]
            if isinstance(one, str) and re.search(rf"(?<!\w){re.escape(one)}(?!\w)", question)
        )
        return
    form = _IN_TEXT.get(str(schema.get("format")))
    if form is not None:
        yield from (match[0].rstrip(".") for match in form.finditer(question))
    elif "pattern" in schema:
        # A pattern without both ends would be found inside any word.
        pattern = str(schema["pattern"])
        if pattern.startswith("^") and pattern.endswith("$"):
            words = (word.strip(".,;:!?()[]{}\"'“”‘’") for word in question.split())
            yield from (word for word in words if re.search(pattern, word))
