"""The marks of items in words, where a sign alone would not be read out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "!": "Attention",
    "[x]": "Done",
    "[ ]": "To do",
    "[?]": "Not known",
    "+": "For",
    "~": "Mixed",
    "?": "Open",
}
