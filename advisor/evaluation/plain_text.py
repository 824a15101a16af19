"""Reads plain text and reStructuredText: paragraphs between empty lines, list items, code, and rst's headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from advisor.evaluation.document import CODE, ITEM, PARAGRAPH, Content, Outline

_ITEM: Final = re.compile(r"\s{0,8}(?:[-*+•–]|\(?\d{1,3}[.)]|#\.)\s+\S")
_RULE: Final = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*$")  # the line above or below a title
_LONGEST_TITLE: Final = 200


def read_plain_text(text: str) -> Content:
    """Paragraphs and list items; plain text has no headings."""
    outline = Outline()
    _blocks(text.splitlines(), outline)
    return Content(outline.sections())


def read_restructured_text(text: str) -> Content:
    """The text under its headings, markup left as it is. A style of underlining is as deep as it is late."""
    lines = text.expandtabs(8).splitlines()
    outline = Outline()
    styles: list[tuple[str, bool]] = []
    begin = 0
    for first, title, behind, style in _titles(lines):
        _blocks(lines[begin:first], outline)
        if style not in styles:
            styles.append(style)
        outline.heading(styles.index(style) + 1, lines[title])
        begin = behind
    _blocks(lines[begin:], outline)
    return Content(outline.sections())


def _titles(lines: Sequence[str]) -> Iterator[tuple[int, int, int, tuple[str, bool]]]:
    """First line, line of the text and the line behind each title, and its style: sign, and whether it is above too."""
    place = 0
    while place < len(lines) - 1:
        line, after = lines[place], lines[place + 1]
        blank_before = place == 0 or not lines[place - 1].strip()
        if blank_before and _RULE.match(line) and after.strip() and place + 2 < len(lines):
            if lines[place + 2].rstrip() == line.rstrip() and len(line.rstrip()) >= len(after.strip()):
                yield place, place + 1, place + 3, (line[0], True)
                place += 3
                continue
        elif blank_before and _is_title(line) and _RULE.match(after) and len(after.rstrip()) >= len(line.rstrip()):
            yield place, place, place + 2, (after[0], False)
            place += 2
            continue
        place += 1


def _is_title(line: str) -> bool:
    return bool(line) and not line[0].isspace() and len(line) <= _LONGEST_TITLE


def _blocks(lines: Sequence[str], outline: Outline) -> None:
    """Add the blocks of lines without headings. Indented text below a line that ends with `::` is code."""
    block: list[str] = []
    code_below = -1  # the indentation that code must exceed

    def close(kind: str = "") -> None:
        if block:
            outline.block(kind or (ITEM if _ITEM.match(block[0]) else PARAGRAPH), "\n".join(block).strip("\n"))
            block.clear()

    in_code = False
    for line in lines:
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if in_code and stripped and indent <= code_below:
            close(CODE)
            in_code, code_below = False, -1
        if in_code:
            block.append(line.rstrip())
        elif not stripped:
            if block and block[-1].rstrip().endswith("::"):
                code_below = _indent(block)
            close()
        elif not block and 0 <= code_below < indent:
            in_code = True
            block.append(line.rstrip())
        else:
            if _ITEM.match(line):
                close()
            code_below = -1
            block.append(line.rstrip())
    close(CODE if in_code else "")


def _indent(block: Sequence[str]) -> int:
    return len(block[0]) - len(block[0].lstrip())
