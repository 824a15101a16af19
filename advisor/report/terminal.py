"""A report as text for a terminal: wrapped, indented, coloured only where colour is shown."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence

from advisor.report.section import Item, Section, Table

WIDEST = 100
_GAP = "  "
_NARROWEST_NAME = 8
_BOLD, _DIM, _RED, _END = "\033[1m", "\033[2m", "\033[31m", "\033[0m"


def as_text(sections: Sequence[Section], *, colour: bool, width: int | None = None) -> str:
    """The sections as lines of at most `width` columns (the terminal's, at most 100)."""
    columns = min(width or terminal_columns(), WIDEST)
    return "\n\n".join(_section(section, columns, colour=colour) for section in sections)


def terminal_columns() -> int:
    """Columns of the terminal: `COLUMNS`, else what the terminal says, else 80."""
    named = os.environ.get("COLUMNS", "")
    if named.isdigit() and int(named) >= 20:
        return int(named)
    try:
        return max(os.get_terminal_size().columns, 20)
    except OSError:
        return 80


def _section(section: Section, width: int, *, colour: bool) -> str:
    title = section.heading
    if section.lead and not colour:
        title = title.upper()
    lines = _wrapped(title, width, "", "")
    if section.lead:
        lines.append("=" * max(map(len, lines)))
    if colour:
        lines[0] = f"{_BOLD}{lines[0]}{_END}"
    for paragraph in section.paragraphs:
        lines += _wrapped(paragraph, width, "  ", "  ")
    for figure in section.figures:
        lines += _wrapped(f"{figure.title}: {figure.says}", width, "  ", "  ")
    for table in section.tables:
        lines += _table(table, width, colour=colour)
    for item in section.items:
        lines += _item(item, width, colour=colour)
    return "\n".join(lines)


def _item(item: Item, width: int, *, colour: bool) -> list[str]:
    hang = " " * (3 + len(item.mark))
    lines = _wrapped(item.text, width, f"  {item.mark} ", hang)
    if colour and item.mark == "!":
        lines[0] = lines[0].replace("!", f"{_RED}!{_END}", 1)
    for detail in item.details:
        wrapped = _wrapped(detail, width, hang, hang)
        lines += [f"{_DIM}{line}{_END}" for line in wrapped] if colour else wrapped
    return lines


def _table(table: Table, width: int, *, colour: bool) -> list[str]:
    """As columns, names that are too long on lines of their own; as a list where even the figures do not fit."""
    above = [line for text in (table.title, table.note) if text for line in _wrapped(text, width, "  ", "  ")]
    lines = [table.columns, *table.rows]
    widths = [max(len(line[place]) for line in lines) for place in range(1, len(table.columns))]
    left = width - 2 - sum(len(_GAP) + one for one in widths)
    if left < _NARROWEST_NAME or table.words:
        for row in table.rows:
            named_cells = zip(table.columns[1:], row[1:], strict=True)
            details = tuple(f"{name}: {cell}" for name, cell in named_cells if cell)
            above += _item(Item(row[0], details=details), width, colour=colour)
        return above
    named = min(left, max(len(line[0]) for line in lines))
    for name, *cells in lines:
        figures = "".join(f"{_GAP}{cell:>{one}}" for cell, one in zip(cells, widths, strict=True))
        if len(name) > named:
            above += [f"  {name[start : start + width - 2]}" for start in range(0, len(name), width - 2)]
            name = ""
        above.append(f"  {name:<{named}}{figures}")
    return above


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    ) or [first.rstrip()]
