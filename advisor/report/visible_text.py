"""Text of unknown origin made fit to be shown: it steers no terminal, breaks no file and reorders nothing."""

from __future__ import annotations

from typing import Final

from advisor.strict_yaml import NO_TEXT

UNSEEN: Final = "\N{REPLACEMENT CHARACTER}"
_REORDERING: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), UNSEEN)


def visible(text: str) -> str:
    """`text` with control characters, half surrogates and overrides of the direction of writing replaced."""
    return NO_TEXT.sub(UNSEEN, text.translate(_REORDERING))


def on_one_line(text: str, longest: int | None = None) -> str:
    """`visible` text with every run of spaces and line ends as one space, cut at `longest` characters."""
    line = " ".join(visible(text).split())
    return line if longest is None or len(line) <= longest else line[: longest - 1].rstrip() + "…"
