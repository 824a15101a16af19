"""A report as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.report.section import Item, Section, Table


def as_markdown(sections: Sequence[Section]) -> str:
    """The sections as one Markdown document; text that came from the case is escaped."""
    return "\n\n".join(_section(section) for section in sections) + "\n"


def _section(section: Section) -> str:
    blocks = [f"{'#' if section.lead else '##'} {escaped(section.heading)}"]
    blocks += [escaped(" ".join(paragraph.split())) for paragraph in section.paragraphs]
    blocks += [f"**{escaped(figure.title)}.** {escaped(figure.says)}" for figure in section.figures]
    for table in section.tables:
        blocks += [escaped(text) for text in (table.title, table.note) if text]
        blocks.append(_table(table))
    if section.items:
        blocks.append("\n".join(_item(item) for item in section.items))
    return "\n\n".join(blocks)


def _item(item: Item) -> str:
    ticked = item.mark in ("[x]", "[ ]")
    mark = f"- {item.mark}" if ticked else item.mark if re.fullmatch(r"\d+\.", item.mark) else "-"
    note = "" if ticked or item.mark not in ("!", "[?]", "+", "~") else f"**{escaped(item.mark)}** "
    indent = " " * (len(mark) + 1 if not ticked else 2)
    details = "".join(f"  \n{indent}*{escaped(detail)}*" for detail in item.details)
    return f"{mark} {note}{escaped(item.text)}{details}"


def _table(table: Table) -> str:
    rule = f"|---|{('---|' if table.words else '---:|') * (len(table.columns) - 1)}"
    return "\n".join([_row(table.columns), rule, *map(_row, table.rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(escaped(' '.join(cell.split())) for cell in cells)} |"


def escaped(text: str) -> str:
    """Text that Markdown shows as it stands."""
    return re.sub(r"([\\`*_<>#|\[\]])", r"\\\1", text)
