"""References inside an OpenAPI document, and its schemas as plain JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from advisor.errors import InputError
from advisor.strict_yaml import Document

_MAX_DEPTH: Final = 60
_MAX_NODES: Final = 20_000
_NOT_FOR_CHECKS: Final = frozenset({"example", "examples", "xml", "externalDocs", "discriminator"})


class Resolver:
    """Follows references inside one document. Those to files or hosts are refused: reading must ask nobody."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes = 0

    def followed(self, value: Any) -> Mapping[str, Any]:
        """The mapping that `value` is or refers to. Raises InputError."""
        for _ in range(_MAX_DEPTH):
            if not isinstance(value, Mapping):
                raise self._wrong("a mapping is missing")
            if "$ref" not in value:
                return value
            value = self._target(value["$ref"])
        raise self._wrong("a reference leads to itself")

    def whole(self, value: Any, above: tuple[str, ...] = ()) -> Any:
        """`value` with every reference inside replaced by what it means. Raises InputError."""
        self._nodes += 1
        if self._nodes > _MAX_NODES:
            raise self._wrong("the schemas are too large once their references are written out")
        if isinstance(value, list):
            return [self.whole(one, above) for one in value]
        if not isinstance(value, Mapping):
            return value
        if isinstance(value.get("$ref"), str):
            name = value["$ref"]
            if name in above or len(above) > _MAX_DEPTH:
                raise self._wrong(f"the schema {name} holds itself, which a call cannot be checked by")
            beside = {key: one for key, one in value.items() if key != "$ref"}
            found = self.whole(self._target(name), (*above, name))
            return {**found, **self.whole(beside, above)} if isinstance(found, dict) else found
        return {
            # Names of properties are the author's own, and may be any word.
            key: {name: self.whole(inner, above) for name, inner in one.items()}
            if key == "properties" and isinstance(one, Mapping)
            else self.whole(one, above)
            for key, one in value.items()
            if key not in _NOT_FOR_CHECKS
        }

    def _target(self, name: Any) -> Any:
        if not isinstance(name, str) or not name.startswith("#/"):
            raise InputError(
                f"the reference {name!r} leads out of the document",
                where=self._document.name,
                what_to_do="put what it refers to under components of this document",
            )
        value: Any = self._document.value
        for step in name[2:].split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(value, Mapping) or step not in value:
                raise self._wrong(f"the reference {name} leads nowhere")
            value = value[step]
        return value

    def _wrong(self, problem: str) -> InputError:
        return InputError(problem, where=self._document.name, what_to_do="mend the OpenAPI document")


def plain_schema(schema: Any) -> Any:
    """A schema of OpenAPI 3.0 in the words of JSON Schema 2020-12, which 3.1 uses as they are."""
    if isinstance(schema, list):
        return [plain_schema(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {
        key: {name: plain_schema(one) for name, one in value.items()} if key == "properties" else plain_schema(value)
        for key, value in schema.items()
        if key != "nullable"
    }
    if schema.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        if "enum" in made and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(made.get(exclusive), bool) and made.pop(exclusive) and limit in made:
            made[exclusive] = made.pop(limit)
    return made
