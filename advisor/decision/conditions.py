"""Conditions in Kleene's three-valued logic: true, false, or None while an answer is missing.

A condition is a tree of tests on slots. Each node carries a closure made once that evaluates it (`evaluate`); the tree
is asked which missing slot keeps it undecided (`needed`) and which slots settle it (`settled_by`). A missing answer
never counts as false. The nodes are plain classes, since they are made by the hundred at every start.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, Final

from advisor.decision.slots import Slot, State_

Truth = bool | None
Closure = Callable[[State_], Truth]

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "in": lambda value, options: value in options,
    "has": lambda value, _: value is True,
}
_WORDS = {"eq": "is", "ne": "is not", "lt": "<", "lte": "≤", "gt": ">", "gte": "≥", "in": "is one of"}


class Test:
    """`slot op value`; for `has` the slot itself says whether the set has the option."""

    __slots__ = ("evaluate", "op", "slot", "value")

    def __init__(self, slot: Slot, op: str, value: Any) -> None:
        self.slot: Final = slot
        self.op: Final = op
        self.value: Final = value
        self.evaluate: Final[Closure] = _test(slot.index, op, value)

    def __str__(self) -> str:
        if self.op == "has":
            return f"{self.slot.answer} has {self.slot.option}"
        if self.slot.option is not None:
            return f"{self.slot.answer} lacks {self.slot.option}"
        value = ", ".join(self.value) if isinstance(self.value, tuple) else str(self.value)
        value = value.lower() if isinstance(self.value, bool) else value
        return f"{self.slot.answer} {_WORDS[self.op]} {value}"


class Some:
    """True when at least `count` of `parts` are: `all` has count = len(parts), `any` has count = 1."""

    __slots__ = ("count", "evaluate", "parts")

    def __init__(self, count: int, parts: tuple[Condition, ...]) -> None:
        self.count: Final = count
        self.parts: Final = parts
        # Order changes no value, only how soon it is known: the short parts first.
        by_length = sorted(parts, key=lambda part: sum(1 for _ in tests(part)))
        self.evaluate: Final[Closure] = _some(count, tuple(part.evaluate for part in by_length))

    def __str__(self) -> str:
        if not self.parts:
            return "always"
        if self.count == len(self.parts):
            return " and ".join(_bracketed(part) for part in self.parts)
        if self.count == 1:
            return " or ".join(_bracketed(part) for part in self.parts)
        return f"at least {self.count} of ({'; '.join(str(part) for part in self.parts)})"


class Not:
    """True when `part` is false."""

    __slots__ = ("evaluate", "part")

    def __init__(self, part: Condition) -> None:
        self.part: Final = part
        self.evaluate: Final[Closure] = _negated(part.evaluate)

    def __str__(self) -> str:
        return f"not {_bracketed(self.part)}"


class Named:
    """A condition that the rule files define once under a name."""

    __slots__ = ("evaluate", "name", "part")

    def __init__(self, name: str, part: Condition) -> None:
        self.name: Final = name
        self.part: Final = part
        self.evaluate: Final[Closure] = part.evaluate

    def __str__(self) -> str:
        return self.name.replace("_", " ")


Condition = Test | Some | Not | Named


def tests(condition: Condition) -> Iterator[Test]:
    """Every test in `condition`, left to right."""
    match condition:
        case Test():
            yield condition
        case Named() | Not():
            yield from tests(condition.part)
        case Some():
            for part in condition.parts:
                yield from tests(part)


def needed(condition: Condition, state: State_) -> Slot | None:
    """The first missing slot that keeps `condition` undecided in `state`; None when it is decided."""
    if condition.evaluate(state) is not None:
        return None
    while not isinstance(condition, Test):
        if isinstance(condition, Some):
            condition = next(part for part in condition.parts if part.evaluate(state) is None)
        else:
            condition = condition.part
    return condition.slot


def settled_by(condition: Condition, state: State_) -> list[Slot]:
    """The slots that settle a decided `condition`: while they keep their values it keeps its truth."""
    match condition:
        case Test():
            return [condition.slot]
        case Named() | Not():
            return settled_by(condition.part, state)
        case Some():
            wanted = condition.evaluate(state)
            enough = condition.count if wanted else len(condition.parts) - condition.count + 1
            agreeing = [part for part in condition.parts if part.evaluate(state) is wanted][:enough]
            return list(dict.fromkeys(slot for part in agreeing for slot in settled_by(part, state)))


def _bracketed(condition: Condition) -> str:
    return f"({condition})" if isinstance(condition, Some) and len(condition.parts) > 1 else str(condition)


def _test(index: int, op: str, value: Any) -> Closure:
    match op:
        case "has":
            return lambda state: None if (held := state[index]) is None else held is True
        case "eq":
            return lambda state: None if (held := state[index]) is None else held == value
        case "ne":
            return lambda state: None if (held := state[index]) is None else held != value
        case "in":
            return lambda state: None if (held := state[index]) is None else held in value
        case "lt":
            return lambda state: None if (held := state[index]) is None else held < value
        case "lte":
            return lambda state: None if (held := state[index]) is None else held <= value
        case "gt":
            return lambda state: None if (held := state[index]) is None else held > value
        case _:
            return lambda state: None if (held := state[index]) is None else held >= value


def _some(count: int, closures: tuple[Closure, ...]) -> Closure:
    if len(closures) == 1 and count == 1:
        return closures[0]
    if count == len(closures):
        return _every(closures)
    return _at_least_one(closures) if count == 1 else _counted(count, closures)


def _negated(closure: Closure) -> Closure:
    def negated(state: State_) -> Truth:
        inner = closure(state)
        return None if inner is None else not inner

    return negated


def _every(closures: tuple[Closure, ...]) -> Closure:
    def every(state: State_) -> Truth:
        result: Truth = True
        for closure in closures:
            value = closure(state)
            if value is False:
                return False
            if value is None:
                result = None
        return result

    return every


def _at_least_one(closures: tuple[Closure, ...]) -> Closure:
    def at_least_one(state: State_) -> Truth:
        result: Truth = False
        for closure in closures:
            value = closure(state)
            if value:
                return True
            if value is None:
                result = None
        return result

    return at_least_one


def _counted(count: int, closures: tuple[Closure, ...]) -> Closure:
    def counted(state: State_) -> Truth:
        values = [closure(state) for closure in closures]
        if values.count(True) >= count:
            return True
        return False if len(values) - values.count(False) < count else None

    return counted


ALWAYS: Final = Some(0, ())
