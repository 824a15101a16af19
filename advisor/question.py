"""Questions: what an answer is called, what type it has, how it is asked, and whether a value fits it.

The questions themselves are data: `rules/questions.yaml`. An answer has four states, never mixed up: given, `UNKNOWN`
(asked, not known), `NOT_APPLICABLE`, or absent (not asked yet, and so not there at all).
"""

import enum
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from advisor.strict_yaml import BareWord, type_names


class State(enum.Enum):
    """The two states of an answer that are written as words in a case file."""

    UNKNOWN = "unknown"
    NOT_APPLICABLE = "n/a"


UNKNOWN: Final = State.UNKNOWN
NOT_APPLICABLE: Final = State.NOT_APPLICABLE
Given = bool | int | Decimal | str | tuple[str, ...]
Answer = Given | State


class Provisional(NamedTuple):
    """The value a missing answer is given to name a provisional approach, and why that one."""

    value: Given
    because: str
    source: tuple[str, ...]


class Question(NamedTuple):
    """One answer a case may hold. `options` maps each option to its meaning, in the order they are shown."""

    name: str
    type: str  # text, path, bool, choice, set, integer or number
    ask: str
    help: str
    options: Mapping[str, str]
    minimum: Decimal | None
    maximum: Decimal | None
    unit: str
    exclusive: str | None  # the option of a set that excludes all others
    provisional: Provisional | None

    @property
    def group(self) -> str:
        """First part of the name, such as `task`."""
        return self.name.partition(".")[0]

    def checked(self, value: Any) -> Answer | None:
        """`value` as an answer to this question; None where nothing was written. Raises ValueError with a sentence."""
        if value is None:
            return None
        if isinstance(value, State):
            return value
        if isinstance(value, str) and value in ("unknown", "n/a"):
            return State(value)
        return _CHECKS[self.type](self, value)


def as_plain(answer: Answer) -> Any:
    """`answer` as plain JSON: text, number, truth value or list."""
    if isinstance(answer, State):
        return answer.value
    if isinstance(answer, tuple):
        return list(answer)
    if isinstance(answer, Decimal):
        return int(answer) if answer == answer.to_integral_value() else float(answer)
    return answer


def iso_date(text: Any) -> date:
    """The day written as `2026-11-21`. Raises ValueError with a sentence."""
    try:
        return date.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        raise ValueError(f"{shown(text)} is not a date that exists\nwrite it as year-month-day, 2026-11-21") from None


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` with the closest of `known`, or nothing."""
    from difflib import get_close_matches

    matches = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {matches[0]}?" if matches else ""


def shown(value: Any) -> str:
    """`value` as it is named in a message."""
    if isinstance(value, BareWord):
        return f"the bare word {value.text}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal | float):
        return str(value)
    if isinstance(value, str):
        return f'"{value[:60]}"'
    return type_names.get(type(value), type(value).__name__)


def _text(question: Question, value: Any) -> str:
    if isinstance(value, str):
        if not value.strip():
            raise ValueError("the text is empty\nwrite something, or delete the line")
        return value
    raise ValueError(f'text is meant, but {shown(value)} is written there\nwrite it in quotes: "..."')


def _bool(question: Question, value: Any) -> bool:
    if isinstance(value, BareWord):
        return value.means
    if isinstance(value, bool):
        return value
    raise ValueError(f"true or false is meant, but {shown(value)} is written there\nwrite true, false or unknown")


def _choice(question: Question, value: Any) -> str:
    if isinstance(value, BareWord):
        word = value.text.lower()
        fix = f'write it in quotes: "{word}"' if word in question.options else f"choose {_any_of(question.options)}"
        raise ValueError(f"the bare word {value.text} is read as true or false by YAML, but an option is meant\n{fix}")
    if not isinstance(value, str):
        raise ValueError(f"one option is meant, but {shown(value)} is written there\n{_any_of(question.options)}")
    if value not in question.options:
        raise ValueError(
            f'there is no option "{value}"{nearest(value, question.options)}\nchoose {_any_of(question.options)}'
        )
    return value


def _set(question: Question, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValueError(f"a list is meant, but {shown(value)} is written there\nwrite it in brackets: [a, b]")
    chosen: list[str] = []
    for item in value:
        if item in (UNKNOWN.value, NOT_APPLICABLE.value):
            raise ValueError(f"{item} stands inside a list\nwrite `{item}` instead of the list")
        word = _choice(question, item) if question.options else _text(question, item)
        if word in chosen:
            raise ValueError(f"{word} is listed twice\nkeep one of the two")
        chosen.append(word)
    return tuple(option for option in question.options if option in chosen) if question.options else tuple(chosen)


def _number(question: Question, value: Any) -> int | Decimal:
    if isinstance(value, str):
        raise ValueError(
            f"a number is meant, but the text {shown(value)} is written there\n"
            "write it without quotes, units or thousands commas, or write unknown"
        )
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"a number is meant, but {shown(value)} is written there\nwrite a number, or unknown")
    number = Decimal(str(value)) if isinstance(value, float) else value
    if isinstance(number, Decimal) and not number.is_finite():
        raise ValueError(f"{value} is not a number\ngive a finite number, or the word unknown")
    if question.minimum is not None and number < question.minimum:
        raise ValueError(f"{number} is below {question.minimum}, the least it can be\n{question.ask}")
    if question.maximum is not None and number > question.maximum:
        raise ValueError(f"{number} is above {question.maximum}, the most it can be\n{question.ask}")
    return number


def _integer(question: Question, value: Any) -> int:
    number = _number(question, value)
    if number != int(number):
        raise ValueError(f"a whole number is meant, but {number} is written there\n{question.ask}")
    return int(number)


def _any_of(options: Iterable[str]) -> str:
    return "one of " + ", ".join(options)


_CHECKS: Final[Mapping[str, Callable[[Question, Any], Given]]] = {
    "text": _text,
    "path": _text,
    "bool": _bool,
    "choice": _choice,
    "set": _set,
    "number": _number,
    "integer": _integer,
}
