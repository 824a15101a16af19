"""Reads one mapping of a rule file field by field, so that every mistake is named with file:line and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from advisor.errors import RuleBookError
from advisor.question import nearest, shown
from advisor.strict_yaml import Document


class Fields:
    """The mapping at `path` of `document`. Each field is taken once; `done` refuses what nobody took."""

    def __init__(self, document: Document, path: tuple[str | int, ...], what: str) -> None:
        self.document = document
        self.path = path
        self.what = what
        value = _at(document.value, path)
        if not isinstance(value, dict):
            raise self.error(
                f"{what} must be a mapping, not {shown(value)}", what_to_do="write `name: value` lines there"
            )
        self.values: Mapping[str, Any] = value
        self._taken: set[str] = set()

    @property
    def where(self) -> str:
        """`file:line` of the mapping."""
        return self.document.where(*self.path)

    def raw(self, name: str) -> Any:
        """The field as it stands; None where it is missing."""
        self._taken.add(name)
        return self.values.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """A text field; required unless there is a default."""
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise self._missing(name, "text", value)
        return value.strip()

    def texts(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts, empty where the field is missing and not required."""
        value = self.raw(name)
        if value is None and not required:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value) or (required and not value):
            raise self._missing(name, "a list of texts", value)
        return tuple(value)

    def number(self, name: str) -> Decimal | None:
        """A number, or None where the field is missing."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self._missing(name, "a number", value)
        return Decimal(value)

    def truth(self, name: str) -> bool:
        """True or false, false where the field is missing."""
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            raise self._missing(name, "true or false", value)
        return bool(value)

    def one_of(self, name: str, known: Iterable[str], what: str) -> str:
        """A text that must be one of `known`."""
        value = self.text(name)
        self.must_be_known(value, known, what, name)
        return value

    def must_be_known(self, value: str, known: Iterable[str], what: str, *path: str | int) -> None:
        """Raise where `value` is not one of `known`, with the nearest one."""
        known = list(known)
        if value not in known:
            some = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
            raise self.error(
                f"there is no {what} named {value}{nearest(value, known)}", *path, what_to_do=f"write one of {some}"
            )

    def rows(self, name: str, what: str) -> list[Fields]:
        """The mappings of a list field, in order; empty where it is missing."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._missing(name, "a list", value)
        return [Fields(self.document, (*self.path, name, place), what) for place in range(len(value))]

    def group(self, name: str, what: str) -> dict[str, Fields]:
        """The mappings of a mapping field by their keys; empty where it is missing."""
        value = self.raw(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._missing(name, "a mapping", value)
        return {key: Fields(self.document, (*self.path, name, key), what) for key in value}

    def all_texts(self) -> dict[str, str]:
        """Every field, each of which must be text."""
        return {name: self.text(name) for name in self.values}

    def done(self) -> None:
        """Refuse fields that nobody asked for: a misspelt one would otherwise be silently left out."""
        for name in self.values:
            if name not in self._taken:
                raise self.error(
                    f"{self.what} has no field {name}{nearest(name, self._taken)}",
                    name,
                    what_to_do=f"its fields are {', '.join(sorted(self._taken))}",
                )

    def error(self, problem: str, *path: str | int, what_to_do: str = "") -> RuleBookError:
        """A RuleBookError at this mapping, or at `path` inside it."""
        return RuleBookError(problem, where=self.document.where(*self.path, *path), what_to_do=what_to_do)

    def _missing(self, name: str, kind: str, value: Any) -> RuleBookError:
        if value is None:
            return self.error(f"{self.what} needs `{name}`, {kind}", what_to_do=f"add `{name}: ...`")
        return self.error(
            f"`{name}` of {self.what} must be {kind}, not {shown(value)}", name, what_to_do=f"write {kind}"
        )


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        if isinstance(value, dict) and step not in value:
            return None
        value = value[step]
    return value
