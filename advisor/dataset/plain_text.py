"""Text as a pattern should see it: odd digits, spaces and hyphens made plain, invisible characters left out."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

BREAK: Final = "\n\x1e\n"  # between the texts of a row when they are looked at together: no pattern reaches over it
_INVISIBLE: Final = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_SPACES: Final = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_HYPHENS: Final = "\u2010-\u2015\u2212\ufe58\ufe63"
_WIDE: Final = "\uff01-\uff5e"
_DIGITS: Final = "٠-٩۰-۹०-९০-৯๐-๙"  # Arabic-Indic, Persian, Devanagari, Bengali, Thai
_ODD: Final = re.compile(f"[{_INVISIBLE}{_SPACES}{_HYPHENS}{_WIDE}{_DIGITS}]")
_LOWER_WORDS: Final = str.maketrans(
    {place: chr(place).lower() if chr(place).isalnum() else " " for place in range(128)}
)
_HIDDEN: Final = re.compile(f"[{_INVISIBLE}]")
_SPACE: Final = re.compile(f"[{_SPACES}]")
_HYPHEN: Final = re.compile(f"[{_HYPHENS}]")


class Span(NamedTuple):
    """A stretch of a text: from the character `start` up to, not including, `end`."""

    start: int
    end: int


class PlainText(NamedTuple):
    """`text` for matching; `origins[i]` is where its character i stood, None where nothing moved."""

    text: str
    origins: Sequence[int] | None

    def origin(self, start: int, end: int) -> Span:
        """The stretch of the text as it was given that a non-empty stretch of the plain one came from."""
        if self.origins is None:
            return Span(start, end)
        return Span(self.origins[start], self.origins[end - 1] + 1)


def plain(text: str) -> PlainText:
    """`text` with digits of other scripts, full-width forms, spaces and hyphens as ASCII, without what no one sees.

    Zero-width and direction characters, soft hyphens and byte order marks are left out, so positions can move.
    """
    if text.isascii() or not _ODD.search(text):
        return PlainText(text, None)
    made = _ODD.sub(_as_ascii, text)
    if not _HIDDEN.search(made):
        return PlainText(made, None)
    origins = [place for place, character in enumerate(made) if not _HIDDEN.match(character)]
    return PlainText(_HIDDEN.sub("", made), origins)


def lower_words(text: str) -> list[str]:
    """The words of `text` in lower case, parted at everything in ASCII that is no letter or digit.

    Meant for a quick look whether some word stands in a text at all; letters outside ASCII keep their case.
    """
    return text.translate(_LOWER_WORDS).split()


def around(text: str, hints: Iterable[str], before: int, after: int) -> Iterator[Span]:
    """The stretches of `text` from `before` characters in front of a hint to `after` behind where it begins, merged.

    Hints are in lower case. Looking at these stretches only is what keeps patterns without a fixed beginning fast.
    """
    lower = text.lower()
    if len(lower) != len(text):  # a few letters grow when lowered, and positions would shift
        lower = text
    places: list[int] = []
    for hint in hints:
        place = lower.find(hint)
        while place >= 0:
            places.append(place)
            place = lower.find(hint, place + 1)
    start = end = -1
    for place in sorted(places):
        if place - before > end:
            if end >= 0:
                yield Span(start, end)
            start = max(0, place - before)
        end = min(len(text), place + after)
    if end >= 0:
        yield Span(start, end)


def _as_ascii(match: re.Match[str]) -> str:
    character = match[0]
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    if _SPACE.match(character):
        return " "
    if _HYPHEN.match(character):
        return "-"
    return character if _HIDDEN.match(character) else str(unicodedata.decimal(character))
