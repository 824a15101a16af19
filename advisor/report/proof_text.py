"""A proof as text for a terminal: the verdict, a table of the arms, then what it rests on."""

from __future__ import annotations

from advisor.evaluation.proof import ProofFiles
from advisor.report.proof_figures import Table
from advisor.report.proof_sections import proof_content
from advisor.report.section import Item, Section
from advisor.report.terminal import WIDEST, as_text, terminal_columns

_GAP = "  "
_NARROWEST_NAME = 8


def proof_text(files: ProofFiles, *, colour: bool, width: int | None = None) -> str:
    """The proof in lines of at most `width` columns (the terminal's, at most 100)."""
    content = proof_content(files)
    columns = min(width or terminal_columns(), WIDEST)
    blocks = [
        as_text([content.verdict], colour=colour, width=columns),
        *_table(content.arms, columns, colour=colour),
        *([as_text(content.about_arms, colour=colour, width=columns)] if content.about_arms else []),
        *_table(content.retrieval, columns, colour=colour),
        as_text(content.rest, colour=colour, width=columns),
    ]
    return "\n\n".join(blocks)


def _table(table: Table, width: int, *, colour: bool) -> list[str]:
    """As columns, names that are too long on lines of their own; as a list where even the figures do not fit."""
    if not table.rows:
        return []
    note = (table.note,) if table.note else ()
    heading = as_text([Section(table.title, note)], colour=colour, width=width)
    lines = [table.columns, *table.rows]
    widths = [max(len(line[place]) for line in lines) for place in range(1, len(table.columns))]
    left = width - 2 - sum(len(_GAP) + one for one in widths)
    if left < _NARROWEST_NAME:
        items = tuple(
            Item(
                row[0], details=tuple(f"{name}: {cell}" for name, cell in zip(table.columns[1:], row[1:], strict=True))
            )
            for row in table.rows
        )
        return [as_text([Section(table.title, note, items)], colour=colour, width=width)]
    named = min(left, max(len(line[0]) for line in lines))
    shown = []
    for name, *cells in lines:
        figures = "".join(f"{_GAP}{cell:>{one}}" for cell, one in zip(cells, widths, strict=True))
        if len(name) > named:
            shown += [f"  {name[start : start + width - 2]}" for start in range(0, len(name), width - 2)]
            name = ""
        shown.append(f"  {name:<{named}}{figures}")
    return ["\n".join([heading, *shown])]
