"""Conditions as they are written in rule files, read into trees and checked against the questions.

{task.generic: true}                          one test; `true` is short for {eq: true}
{data.examples: {gte: 50, lt: 1000}}          several tests on one answer: all must hold
{need.gaps: {has: facts}}                     a set has an option; {eq: [facts]} means exactly these
{all: [...]}, {any: [...]}, {not: ...}        logic; a mapping with several keys means all of them
{at_least: {count: 2, of: [...]}}             a number of them
{is: name}                                    a condition defined once under `conditions:`
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.decision.conditions import ALWAYS, OPERATORS, Condition, Named, Not, Some, Test
from advisor.decision.fields import Fields
from advisor.decision.slots import Slots
from advisor.errors import RuleBookError
from advisor.question import Question, nearest, shown
from advisor.strict_yaml import BareWord

_OPERATOR_NAMES = ", ".join(OPERATORS)
_ORDER = ("lt", "lte", "gt", "gte")


class ConditionReader:
    """Reads conditions; `named` grows as `conditions:` blocks are read."""

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.named: dict[str, Named] = {}

    def define(self, fields: Fields) -> None:
        """Take the `conditions:` block of a file, in which each condition may use those above it."""
        for name in fields.group("conditions", "a named condition"):
            if name in self.named:
                raise fields.error(
                    f"the condition {name} is defined twice", "conditions", name, what_to_do="give one another name"
                )
            self.named[name] = Named(name, self._read(fields, ("conditions", name)))

    def read(self, fields: Fields, name: str) -> Condition:
        """The condition in field `name`. Raises RuleBookError with file:line and the nearest right name."""
        if fields.raw(name) is None:
            raise fields.error(f"{fields.what} needs `{name}`, a condition", what_to_do=f"add `{name}: ...`")
        return self._read(fields, (name,))

    def _read(self, fields: Fields, path: tuple[str | int, ...]) -> Condition:
        value: Any = fields.values
        for step in path:
            value = value[step]
        if not isinstance(value, dict) or not value:
            raise fields.error(
                f"a condition is a mapping such as {{task.generic: true}}, not {shown(value)}",
                *path,
                what_to_do=(__doc__ or "").partition("\n\n")[2],
            )
        parts = [self._part(fields, (*path, key), key, inner) for key, inner in value.items()]
        return parts[0] if len(parts) == 1 else Some(len(parts), tuple(parts))

    def _part(self, fields: Fields, path: tuple[str | int, ...], key: str, inner: Any) -> Condition:
        match key:
            case "all" | "any":
                parts = self._list(fields, path, inner, at_least_one=key == "any")
                return Some(len(parts) if key == "all" else 1, parts) if parts else ALWAYS
            case "not":
                return Not(self._read(fields, path))
            case "is":
                fields.must_be_known(_word(inner), self.named, "condition", *path)
                return self.named[inner]
            case "at_least":
                return self._counted(fields, path, inner)
        if key not in self.slots.of:
            known = [*self.slots.of, "all", "any", "not", "is", "at_least"]
            raise fields.error(
                f"there is no answer named {key}{nearest(key, known)}",
                *path,
                what_to_do="`advisor schema case` lists every answer, docs/how-to/add-a-rule.md every operator",
            )
        return self._tests(fields, path, self.slots.of[key][0].question, inner)

    def _list(
        self, fields: Fields, path: tuple[str | int, ...], inner: Any, *, at_least_one: bool
    ) -> tuple[Condition, ...]:
        if not isinstance(inner, list) or (at_least_one and not inner):
            raise fields.error(
                f"a list of conditions is meant, not {shown(inner)}", *path, what_to_do="write {all: [...]}"
            )
        return tuple(self._read(fields, (*path, place)) for place in range(len(inner)))

    def _counted(self, fields: Fields, path: tuple[str | int, ...], inner: Any) -> Condition:
        count = inner.get("count") if isinstance(inner, dict) else None
        if not isinstance(inner, dict) or set(inner) != {"count", "of"} or type(count) is not int:
            raise fields.error("at_least is not complete", *path, what_to_do="write {count: 2, of: [...]}")
        parts = self._list(fields, (*path, "of"), inner["of"], at_least_one=True)
        if not 1 <= count <= len(parts):
            raise fields.error(
                f"at_least {count} of {len(parts)} can never be decided by its parts",
                *path,
                what_to_do="count from 1 to the number of parts",
            )
        return Some(count, parts)

    def _tests(self, fields: Fields, path: tuple[str | int, ...], question: Question, inner: Any) -> Condition:
        if not isinstance(inner, dict):
            inner = {"eq": inner}
        tests: list[Condition] = []
        for op, value in inner.items():
            if op not in OPERATORS:
                raise fields.error(
                    f"there is no operator {op}{nearest(op, OPERATORS)}", *path, what_to_do=f"use {_OPERATOR_NAMES}"
                )
            tests.append(self._test(fields, path, question, op, value))
        if not tests:
            raise fields.error("a test has no operator", *path, what_to_do="write one, such as {gte: 50}")
        return tests[0] if len(tests) == 1 else Some(len(tests), tuple(tests))

    def _test(self, fields: Fields, path: tuple[str | int, ...], question: Question, op: str, value: Any) -> Condition:
        slots = self.slots.of[question.name]
        if question.type == "set" and question.options:
            return self._set_test(fields, path, question, op, value)
        allowed: Mapping[str, tuple[str, ...]] = {
            "bool": ("eq", "ne"),
            "choice": ("eq", "ne", "in"),
            "integer": ("eq", "ne", *_ORDER),
            "number": ("eq", "ne", *_ORDER),
        }
        if op not in allowed.get(question.type, ()):
            raise fields.error(
                f"{question.name} is of type {question.type}; `{op}` does not fit it",
                *path,
                what_to_do=f"use {', '.join(allowed.get(question.type, ())) or 'another answer'}",
            )
        if op == "in":
            if not isinstance(value, list) or not value:
                raise fields.error(f"`in` meets {shown(value)}", *path, what_to_do="write a list of options")
            return Test(slots[0], op, tuple(self._value(fields, path, question, item) for item in value))
        return Test(slots[0], op, self._value(fields, path, question, value))

    def _set_test(
        self, fields: Fields, path: tuple[str | int, ...], question: Question, op: str, value: Any
    ) -> Condition:
        by_option = {str(slot.option): slot for slot in self.slots.of[question.name]}
        if op == "has":
            fields.must_be_known(_word(value), by_option, f"option of {question.name}", *path)
            return Test(by_option[value], "has", True)
        if op not in ("eq", "ne") or not isinstance(value, list):
            raise fields.error(
                f"{question.name} is a set; `{op}` with {shown(value)} does not fit it",
                *path,
                what_to_do="use {has: option} or {eq: [options]}",
            )
        for option in value:
            fields.must_be_known(_word(option), by_option, f"option of {question.name}", *path)
        parts: list[Condition] = []
        for option, slot in by_option.items():
            parts.append(Test(slot, "has", True) if option in value else Test(slot, "eq", False))
        exactly = Some(len(parts), tuple(parts))
        return exactly if op == "eq" else Not(exactly)

    def _value(self, fields: Fields, path: tuple[str | int, ...], question: Question, value: Any) -> Any:
        if isinstance(value, BareWord) and question.type != "bool":
            raise _bare_word(fields, path, value)
        if value in ("unknown", "n/a"):
            raise fields.error(
                f"a condition cannot test for {value}: a missing answer is neither true nor false",
                *path,
                what_to_do="test for a value; what is missing is handled by the engine",
            )
        if value is None:
            raise fields.error(
                f"{question.name}: nothing is written to test for", *path, what_to_do=question.ask or "write a value"
            )
        try:
            return question.checked(value)
        except ValueError as error:
            problem, _, advice = str(error).partition("\n")
            raise fields.error(f"{question.name}: {problem}", *path, what_to_do=advice) from None


def _bare_word(fields: Fields, path: tuple[str | int, ...], value: BareWord) -> RuleBookError:
    word = value.text.lower()
    return fields.error(f"the bare word {word} is not text", *path, what_to_do=f'write it in quotes: "{word}"')


def _word(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)
