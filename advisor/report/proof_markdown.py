"""A proof as Markdown."""

from __future__ import annotations

from advisor.evaluation.proof import ProofFiles
from advisor.report.markdown import as_markdown
from advisor.report.proof_sections import proof_content
from advisor.report.section import Section, Table


def proof_markdown(files: ProofFiles) -> str:
    """One document; text that came from data is escaped."""
    content = proof_content(files)
    blocks = [
        as_markdown([content.verdict]),
        *_table(content.arms),
        *([as_markdown(content.about_arms)] if content.about_arms else []),
        *_table(content.retrieval),
        as_markdown(content.rest),
    ]
    return "\n".join(blocks)


def _table(table: Table) -> list[str]:
    if not table.rows:
        return []
    note = (table.note,) if table.note else ()
    return [as_markdown([Section(table.title, note, tables=(table._replace(title="", note=""),))])]
