"""A document as sections of blocks under headings: what every reader makes and what is cut into chunks."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

PARAGRAPH: Final = "paragraph"
ITEM: Final = "item"
CODE: Final = "code"
TABLE: Final = "table"
_NO_SLUG: Final = re.compile(r"[^\w]+")
_SLUG_CHARACTERS: Final = 80


class Block(NamedTuple):
    """A paragraph, list item, piece of code or table. A table has a row on each line and `header` above them."""

    kind: str
    text: str
    header: str = ""


class Section(NamedTuple):
    """The blocks below one heading. `headings` is the path from the outermost heading; () before the first."""

    headings: tuple[str, ...]
    blocks: tuple[Block, ...]


class Hidden(NamedTuple):
    """Text in a document that a person does not see, and `how` it is hidden."""

    how: str
    text: str


class Content(NamedTuple):
    """What a reader finds in one file. Hidden texts are no part of the sections, but for those that may be seen."""

    sections: tuple[Section, ...]
    hidden: tuple[Hidden, ...] = ()


class Document(NamedTuple):
    """A document; `path` is relative to its folder, with slashes."""

    path: str
    content: Content


class Outline:
    """Puts headings and blocks, as they come, into sections."""

    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []
        self._blocks: list[Block] = []
        self._sections: list[Section] = []
        self._open = False

    def heading(self, level: int, text: str) -> None:
        """Begin a section; headings of the same or a deeper level end."""
        self._close()
        self._path = [one for one in self._path if one[0] < level]
        self._path.append((level, " ".join(text.split())))
        self._open = True

    def block(self, kind: str, text: str, header: str = "") -> None:
        """Add a block; an empty one is left out."""
        if text.strip() or header:
            self._blocks.append(Block(kind, text, header))

    def sections(self) -> tuple[Section, ...]:
        """All sections in order, also those with a heading only."""
        self._close()
        return tuple(self._sections)

    def _close(self) -> None:
        if self._blocks or self._open:
            self._sections.append(Section(tuple(text for _, text in self._path), tuple(self._blocks)))
        self._blocks, self._open = [], False


def slug(heading: str) -> str:
    """A heading as the part of an address behind `#`: words in lower case with hyphens between them."""
    words = _NO_SLUG.sub("-", unicodedata.normalize("NFKC", heading).lower()).strip("-")
    return words[:_SLUG_CHARACTERS].rstrip("-")
