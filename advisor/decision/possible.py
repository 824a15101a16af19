"""Which outcomes are still possible: exact, by splitting on what the first undecided condition needs.

The values of a slot fall into cells on which every test of the table agrees, so one value per cell stands for all. For
each outcome the search looks for a witness: a completion in which one of its rules decides. It splits only on slots
that keep a goal or an earlier rule open, and leaves a branch as soon as one of them can no longer come out as needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

from advisor.decision.conditions import OPERATORS, Closure, Condition, Test, needed, tests
from advisor.decision.first_hit import FirstHit
from advisor.decision.slots import NA, Number, Slot, State_
from advisor.question import Question

_OTHERS_KEPT = 4_096
Goal = tuple[Condition, Closure, bool]  # a condition, compiled, and the value that it must have


class Cells:
    """For each slot that `conditions` test: one value of every cell, `n/a` included where it makes a difference."""

    def __init__(self, conditions: list[Condition]) -> None:
        tests_on: dict[int, list[Test]] = {}
        self.slots: dict[int, Slot] = {}
        for condition in conditions:
            for test in tests(condition):
                tests_on.setdefault(test.slot.index, []).append(test)
                self.slots[test.slot.index] = test.slot
        self._tests_on = tests_on
        self._others: dict[tuple[int, Any], list[Any]] = {}
        self._candidates = {index: _candidates(self.slots[index], found) for index, found in tests_on.items()}
        self.of: dict[int, tuple[Any, ...]] = {
            index: tuple(cell[0] for cell in self.cells(index).values()) for index in tests_on
        }

    def cells(self, index: int) -> dict[tuple[bool, ...], list[Any]]:
        """The candidate values of a slot, grouped by what the tests on it say."""
        grouped: dict[tuple[bool, ...], list[Any]] = {}
        for value in self._candidates[index]:
            grouped.setdefault(self.cell_of(index, value), []).append(value)
        return grouped

    def cell_of(self, index: int, value: Any) -> tuple[bool, ...]:
        """What the tests on a slot say about `value`."""
        return tuple(OPERATORS[test.op](value, test.value) for test in self._tests_on[index])

    def others(self, index: int, value: Any) -> list[Any]:
        """For every other cell of a slot the value nearest to `value`; `n/a` is never offered."""
        if (index, value) not in self._others:
            if len(self._others) >= _OTHERS_KEPT:  # a service sees new numbers for ever
                self._others.clear()
            self._others[index, value] = self._nearest_in_others(index, value)
        return self._others[index, value]

    def _nearest_in_others(self, index: int, value: Any) -> list[Any]:
        own = self.cell_of(index, value)
        nearest: list[Any] = []
        for cell, values in self.cells(index).items():
            offered = [other for other in values if other is not NA]
            if cell != own and offered:
                is_number = not isinstance(value, bool | str)
                nearest.append(min(offered, key=lambda other: abs(other - value)) if is_number else offered[0])
        return nearest if isinstance(value, bool | str) else sorted(nearest, key=lambda other: abs(other - value))


class Possibilities:
    """Answers "what can still come out?" for one table."""

    def __init__(self, table: FirstHit) -> None:
        self.table = table
        conditions = [part for rule in table.rules for part in (rule.when, *(gate.holds for gate in rule.requires))]
        self.cells = Cells(conditions)
        self._earlier: list[tuple[tuple[Condition, Closure], ...]] = []
        self._goals: list[list[tuple[Goal, ...]]] = []  # for each rule, for each of its gates and at last itself
        for position, rule in enumerate(table.rules):
            when, gates, _ = table.compiled[position]
            self._earlier.append(tuple((before.when, before.when.evaluate) for before in table.rules[:position]))
            passed: tuple[Goal, ...] = ((rule.when, when, True),)
            ends: list[tuple[Goal, ...]] = []
            for gate, (holds, _) in zip(rule.requires, gates, strict=True):
                ends.append((*passed, (gate.holds, holds, False)))
                passed = (*passed, (gate.holds, holds, True))
            self._goals.append([*ends, passed])
        # A few whole states to try first: two different outcomes among them settle that there is no sole one.
        width = 1 + max(self.cells.of, default=0)
        self._probes = [
            [values[turn % len(values)] if (values := self._single_values(index)) else None for index in range(width)]
            for turn in range(4)
        ]

    def _single_values(self, index: int) -> list[Any]:
        """Values that a slot may have whatever the others of its answer have."""
        return [value for value in self.cells.of.get(index, ()) if value is not NA]

    def outcomes(self, state: State_) -> frozenset[str]:
        """Every outcome that some completion of the missing values in `state` leads to."""
        return frozenset(self._reached(state))

    def sole_outcome(self, state: State_) -> str | None:
        """The outcome of every completion of `state` where they all have the same; None where they differ."""
        decided = self.table.outcome(state)
        if decided:
            return decided
        probed: str | None = None
        for probe in self._probes:
            whole = [fill if value is None else value for value, fill in zip(state, probe, strict=False)]
            outcome = self.table.outcome(whole)
            if probed not in (None, outcome):
                return None
            probed = outcome
        reached = self._reached(state)
        first = next(reached, None)
        return None if next(reached, None) else first

    def _reached(self, state: State_) -> Iterator[str]:
        decided = self.table.outcome(state)
        if decided:
            yield decided
            return
        seen: set[str] = set()
        for position, (when, _, _) in enumerate(self.table.compiled):
            value = when(state)
            if value is False:
                continue
            for place, outcome in enumerate(self.table.rules[position].outcomes):
                if outcome not in seen and self.witness(state, position, place):
                    seen.add(outcome)
                    yield outcome
            if value:
                return

    def witness(self, state: State_, position: int, place: int | None = None) -> State_ | None:
        """A completion of `state` in which rule `position` decides, by its gate `place` or, past the gates, by itself.

        None where there is no such completion. Missing slots that do not matter stay missing.
        """
        goals = self._goals[position][-1 if place is None else place]
        return self._complete(state.copy(), goals, self._earlier[position])

    def _complete(
        self, state: State_, goals: tuple[Goal, ...], earlier: tuple[tuple[Condition, Closure], ...]
    ) -> State_ | None:
        """Give values to missing slots until every goal has its value and every earlier rule is false."""
        undecided: Condition | None = None
        for condition, closure, wanted in goals:
            value = closure(state)
            if value is None:
                undecided = undecided or condition
            elif value is not wanted:
                return None
        for condition, closure in earlier:
            value = closure(state)
            if value:
                return None
            if value is None:
                undecided = undecided or condition
        slot = needed(undecided, state) if undecided else None
        if slot is None:
            return state.copy()
        for value in self.cells.of[slot.index]:
            places: Iterable[int] = slot.together if value is NA else (slot.index,)
            if value is NA and any(state[place] is not None for place in places):
                continue  # another option of the same set is answered, so the set does apply
            for place in places:
                state[place] = value
            found = self._complete(state, goals, earlier)
            if found:
                return found
            for place in places:
                state[place] = None
        return None


def _candidates(slot: Slot, found: list[Test]) -> list[Any]:
    question = slot.question
    if slot.option is not None or question.type == "bool":
        values: list[Any] = [True, False]
    elif question.type == "choice":
        values = list(question.options)
    else:
        values = _around(question, sorted({test.value for test in found}))
    return [*values, NA]


def _around(question: Question, cuts: list[Number]) -> list[Number]:
    """Each cut and a value on either side and between, inside the question's limits."""
    values: list[Number] = []
    for cut in cuts:
        step = 1 if question.type == "integer" or cut >= 2 else Decimal("0.5")
        values += [cut, cut - step, cut + step]
    values += [(Decimal(low) + Decimal(high)) / 2 for low, high in pairwise(cuts) if question.type == "number"]
    low, high = question.minimum, question.maximum
    values += [limit for limit in (low, high) if limit is not None]
    return sorted({value for value in values if (low is None or value >= low) and (high is None or value <= high)})
