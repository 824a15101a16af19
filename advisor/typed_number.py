"""Numbers as people type them, with spaces or commas between the thousands."""

from __future__ import annotations

from typing import Final

from advisor.errors import InputError
from advisor.strict_yaml import read

_LONGEST: Final = 60


def typed_number(text: str) -> object:
    """The value of `text`, for `Question.checked` to judge. Raises ValueError with a sentence."""
    if len(text) > _LONGEST:
        raise ValueError(f"a number has at most {_LONGEST} characters")
    try:
        return read(text.replace(",", "").replace(" ", "") or "''", "answer").value
    except InputError as error:
        raise ValueError(error.problem) from None
