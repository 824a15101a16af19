"""Rows grouped by task, so that answers are compared with those to the same instructions only."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from advisor.dataset.example import Example

T = TypeVar("T")
_MOST_TASKS: Final = 200


class Tasks(Generic[T]):
    """One thing of type T for each instruction text; beyond 200 different ones all further rows share one."""

    def __init__(self, make: type[T]) -> None:
        self._make = make
        self.by_system: dict[str, T] = {}

    def of(self, example: Example) -> T:
        """The thing for the row's task, made when the task is met first."""
        key = " ".join(example.system.split()).casefold()
        if key not in self.by_system:
            if len(self.by_system) > _MOST_TASKS:
                key = "\x00"
            self.by_system.setdefault(key, self._make())
        return self.by_system[key]
