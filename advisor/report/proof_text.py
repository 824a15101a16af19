"""A proof as text for a terminal: the verdict, a table of the arms, then what it rests on."""

from __future__ import annotations

from advisor.evaluation.proof import ProofFiles
from advisor.report.proof_sections import proof_content
from advisor.report.section import Section, Table
from advisor.report.terminal import WIDEST, as_text, terminal_columns


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
    if not table.rows:
        return []
    note = (table.note,) if table.note else ()
    section = Section(table.title, note, tables=(table._replace(title="", note=""),))
    return [as_text([section], colour=colour, width=width)]
