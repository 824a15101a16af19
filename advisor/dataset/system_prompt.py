"""System prompts that should be one: other spellings of a frequent one, and rows without any."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

from advisor.dataset.example import Example, Place
from advisor.dataset.found import Found
from advisor.dataset.labels import bare, one_letter_apart

_MOST_PROMPTS: Final = 2000  # different ones, beyond which they are made for each row and need not agree
_MOST_SHARE: Final = 0.1  # of the rows of the usual prompt, up to which another spelling of it counts as a slip
_NEARLY_ALL: Final = 0.8
_LEAST_ROWS: Final = 10
_LEAST_WORDS: Final = 4
_SHOWN: Final = 60


class SystemPrompts:
    """Gathers the rows of every system prompt. Memory: 8 bytes a row."""

    def __init__(self) -> None:
        self._lines: dict[str, array[int]] = {}
        self._too_many = False

    def add(self, example: Example) -> None:
        """Notes the system prompt of one row."""
        if self._too_many:
            return
        self._lines.setdefault(example.system, array("Q")).append(example.line)
        if len(self._lines) > _MOST_PROMPTS:
            self._too_many = True
            self._lines.clear()

    def found(self) -> tuple[Found, ...]:
        """The finding inconsistent_system_prompt: rows whose prompt is the rarer spelling of another, or missing."""
        places = [*self._other_spellings(), *self._missing()]
        return (Found("inconsistent_system_prompt", tuple(sorted(places))),) if places else ()

    def _missing(self) -> list[Place]:
        without = self._lines.get("", array("Q"))
        total = sum(map(len, self._lines.values()))
        if total < _LEAST_ROWS or not without or len(without) > (1 - _NEARLY_ALL) * total:
            return []
        detail = f"no system prompt, which {1 - len(without) / total:.1%} of the rows have"
        return [Place(line, None, detail) for line in without]

    def _other_spellings(self) -> list[Place]:
        """Rows whose prompt a more frequent one spells another way."""
        by_frequency = sorted((one for one in self._lines if one.strip()), key=lambda one: -len(self._lines[one]))
        usual: dict[str, str] = {}  # bare spelling → the most frequent prompt with it
        places: list[Place] = []
        for prompt in by_frequency:
            key = bare(prompt)
            right = usual.get(key) or self._nearly(prompt, usual.values())
            if right is None:
                usual[key] = prompt
                continue
            shown = right if len(right) <= _SHOWN else right[: _SHOWN - 1] + "…"
            detail = (
                f"another spelling of `{shown}`, as in line {self._lines[right][0]} and {len(self._lines[right])} rows"
            )
            places += [Place(line, None, detail) for line in self._lines[prompt]]
        return places

    def _nearly(self, prompt: str, others: Iterable[str]) -> str | None:
        words = prompt.casefold().split()
        rows = len(self._lines[prompt])
        if len(words) < _LEAST_WORDS:
            return None
        for other in others:
            if rows <= _MOST_SHARE * len(self._lines[other]) and _slip(words, other.casefold().split()):
                return other
        return None


def _slip(one: list[str], other: list[str]) -> bool:
    """Whether a word more or less, or one letter in one word, is all that differs. A changed word can be meant."""
    if abs(len(one) - len(other)) > 1 or len(other) < _LEAST_WORDS:
        return False
    front = 0
    while front < min(len(one), len(other)) and one[front] == other[front]:
        front += 1
    rest, other_rest = one[front:], other[front:]
    if len(one) != len(other):
        return rest == other_rest[1:] or rest[1:] == other_rest
    return rest[1:] == other_rest[1:] and one_letter_apart(rest[0], other_rest[0])
