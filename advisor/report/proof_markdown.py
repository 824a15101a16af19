"""A proof as Markdown."""

from __future__ import annotations

from advisor.evaluation.proof import ProofFiles
from advisor.report.markdown import as_markdown, escaped
from advisor.report.proof_figures import Table
from advisor.report.proof_sections import proof_content


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
    lines = [f"## {escaped(table.title)}", "", *([escaped(table.note), ""] if table.note else [])]
    lines.append(_row(table.columns))
    lines.append(f"|---|{'---:|' * (len(table.columns) - 1)}")
    return ["\n".join([*lines, *map(_row, table.rows), ""])]


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"
