"""Slots: the flat list of values on which conditions are tested.

Each answer that is not a set has one slot; each option of a set has one, holding true or false. Derived values (such as
the approach chosen, or the days a model has left) have slots too. In a state `None` means that the value is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from advisor.question import Answer, Question, State


class _NotApplicable:
    """Stands in a state for `n/a`: equal to nothing, and neither above nor below anything."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "n/a"

    def _never(self, _other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _never


NA: Final = _NotApplicable()
State_ = list[Any]  # one value per slot: None, NA, bool, str, int or Decimal


class Slot:
    """One place in a state. `option` is set where the slot says whether a set answer has that option.

    `together` are the indexes of all slots of the same answer: `n/a` holds for all of them or for none.
    """

    __slots__ = ("derived", "index", "option", "question", "together")

    def __init__(self, index: int, question: Question, option: str | None, together: range, *, derived: bool) -> None:
        self.index: Final = index
        self.question: Final = question
        self.option: Final = option
        self.together: Final = together
        self.derived: Final = derived

    @property
    def answer(self) -> str:
        """Name of the answer (or derived value) that the slot belongs to."""
        return self.question.name


class Slots:
    """Gives every question its slots and turns answers into states."""

    def __init__(self, questions: Mapping[str, Question], derived: Mapping[str, Question]) -> None:
        self.all: list[Slot] = []
        self.of: dict[str, list[Slot]] = {}
        for question in (*questions.values(), *derived.values()):
            options = list(question.options) if question.type == "set" else [None]
            together = range(len(self.all), len(self.all) + len(options))
            for index, option in zip(together, options, strict=True):
                slot = Slot(index, question, option, together, derived=question.name in derived)
                self.all.append(slot)
                self.of.setdefault(question.name, []).append(slot)
        self._single = {name: slots[0].index for name, slots in self.of.items() if slots[0].option is None}
        self._sets = {
            name: [(slot.index, slot.option) for slot in slots]
            for name, slots in self.of.items()
            if slots[0].option is not None
        }
        self._empty: State_ = [None] * len(self.all)

    def state(self, answers: Mapping[str, Answer]) -> State_:
        """The state in which `answers` hold and everything else is missing. Answers without a slot are left out."""
        state = self._empty.copy()
        single = self._single
        for name, value in answers.items():
            index = single.get(name)
            if isinstance(value, State):
                if value is State.NOT_APPLICABLE:
                    for slot in self.of.get(name, ()):
                        state[slot.index] = NA
            elif index is not None:
                state[index] = value
            elif name in self._sets:
                for place, option in self._sets[name]:
                    state[place] = option in value  # type: ignore[operator]  # a checked set answer is a tuple
        return state

    def changed(self, state: State_, name: str, value: Answer) -> State_:
        """`state` with the answer `name` replaced by `value`."""
        only, new = self.state({name: value}), state.copy()
        for slot in self.of.get(name, ()):
            new[slot.index] = only[slot.index]
        return new

    def answer(self, name: str, state: State_) -> Answer | None:
        """The answer `name` as it stands in `state`; None where any of it is missing."""
        slots = self.of[name]
        values = [state[slot.index] for slot in slots]
        if any(value is None for value in values):
            return None
        if values[0] is NA:
            return State.NOT_APPLICABLE
        if slots[0].option is not None:
            return tuple(str(slot.option) for slot, value in zip(slots, values, strict=True) if value)
        value: Answer = values[0]
        return value


def is_given(value: Answer | None) -> bool:
    """Whether an answer was given, rather than unknown, not applicable or absent."""
    return value is not None and not isinstance(value, State)


Number = int | Decimal
