"""An answer that is JSON: whether it is, whether it satisfies a schema, and which fields are right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from advisor.errors import InputError

_FENCE: Final = re.compile(r"\A```[\w-]*\s*\n(.*)\n\s*```\Z", re.DOTALL)


_MOST_DEPTH: Final = 200  # deeper nesting is no answer, and would exhaust the stack


class JsonAnswer(NamedTuple):
    """What an answer holds: `found` where there is JSON, and `plain` where nothing stands around it."""

    found: bool
    value: Any
    plain: bool


def json_answer(text: str) -> JsonAnswer:
    """The JSON in an answer, also inside a code fence that is the whole answer. NaN and infinity are no JSON."""
    stripped = text.strip()
    if stripped.count("[") + stripped.count("{") > _MOST_DEPTH and _depth(stripped) > _MOST_DEPTH:
        return JsonAnswer(False, None, False)
    fenced = _FENCE.match(stripped)
    try:
        value = json.loads(fenced[1] if fenced else stripped, parse_constant=_refuse, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError):
        return JsonAnswer(False, None, False)
    return JsonAnswer(True, value, fenced is None)


def field_f1(said: Any, wanted: Any) -> float:
    """F1 of the leaves, each a path with its value: 1 where the values are equal, the order of names aside."""
    mine, theirs = set(_leaves(said, ())), set(_leaves(wanted, ()))
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def check_schema(schema: Any, where: str) -> None:
    """Raise InputError where `schema` is no JSON Schema."""
    import jsonschema

    try:
        jsonschema.validators.validator_for(schema).check_schema(schema)
    except jsonschema.SchemaError as error:
        raise InputError(
            f"this is no JSON Schema: {error.message}", where=where, what_to_do="correct the schema"
        ) from None


class SchemaCheck:
    """A JSON Schema, ready to check many answers. References to other documents are not followed."""

    def __init__(self, schema: Any) -> None:
        import jsonschema
        import referencing

        self._validator = jsonschema.validators.validator_for(schema)(schema, registry=referencing.Registry())

    def holds(self, answer: JsonAnswer) -> bool:
        """Whether the answer is JSON that satisfies the schema."""
        import referencing.exceptions

        try:
            return answer.plain and bool(self._validator.is_valid(_with_floats(answer.value)))
        except referencing.exceptions.Unresolvable as error:
            raise InputError(
                f"the JSON Schema refers to {error.ref}, which is not in it",
                where="schema",
                what_to_do="put it under $defs",
            ) from None


def _depth(text: str) -> int:
    """How deep brackets are nested, those in strings included."""
    deepest = depth = 0
    for letter in text:
        if letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
    return deepest


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*path, place))
    elif isinstance(value, Mapping | list):
        yield path, "empty", type(value).__name__
    else:  # the kind keeps true and 1 apart
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        yield path, "number" if is_number else type(value).__name__, value


def _with_floats(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _with_floats(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_floats(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
