"""Reads CSV and TSV: one table whose first record names the columns."""

from __future__ import annotations

import csv
import io
from typing import Final

from advisor.dataset.csv_rows import guess_delimiter
from advisor.errors import InputError
from advisor.evaluation.document import TABLE, Content, Outline

_LONGEST_CELL: Final = 10_000_000


def read_csv_document(text: str, delimiter: str = "") -> Content:
    """A block of rows under their header. Raises InputError where a record cannot be read."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or guess_delimiter(text.partition("\n")[0]))
    try:
        rows = [table_row(cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise InputError(f"line {reader.line_num} is no record of a table: {error}") from None
    outline = Outline()
    outline.block(TABLE, "\n".join(rows[1:]), rows[0] if rows else "")
    return Content(outline.sections())


def table_row(cells: list[str]) -> str:
    """The cells of a row on one line, with bars between them."""
    return " | ".join(" ".join(cell.split()) for cell in cells)
