"""Reads DOCX by python-docx: headings by style, list items, tables, hidden runs apart."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any, Final

from advisor.errors import InputError
from advisor.evaluation.csv_document import table_row
from advisor.evaluation.document import ITEM, PARAGRAPH, TABLE, Content, Hidden, Outline

_MOST_BYTES: Final = 200_000_000  # of all parts unpacked: a zip of a megabyte can hold gigabytes
_MOST_PARTS: Final = 10_000
_HEADING: Final = re.compile(r"Heading (\d)")


def read_docx(data: bytes) -> Content:
    """Sections by the styles Title and Heading 1 to 9.

    Raises InputError where it unpacks too large; where it is damaged, whatever python-docx raises.
    """
    import docx
    from docx.text.paragraph import Paragraph

    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError("it is encrypted, or a .doc of old", what_to_do="save it as .docx without a password")
    outline = Outline()
    hidden: list[Hidden] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_BYTES:
        raise InputError(f"it unpacks to more than {_MOST_BYTES // 1_000_000} MB or {_MOST_PARTS:,} parts")
    for thing in docx.Document(io.BytesIO(data)).iter_inner_content():
        if isinstance(thing, Paragraph):
            _paragraph(thing, outline, hidden)
        else:
            rows = [table_row([cell.text for cell in _once(row.cells)]) for row in thing.rows]
            outline.block(TABLE, "\n".join(rows[1:]), rows[0] if rows else "")
    return Content(outline.sections(), tuple(hidden))


def _paragraph(paragraph: Any, outline: Outline, hidden: list[Hidden]) -> None:
    unseen = "".join(run.text for run in paragraph.runs if run.font.hidden)
    if unseen.strip():
        hidden.append(Hidden("letters with the property hidden", unseen))
    seen = paragraph.text
    if unseen:
        seen = "".join(
            "" if getattr(getattr(part, "font", None), "hidden", False) else part.text
            for part in paragraph.iter_inner_content()
        )
    style = (paragraph.style.name if paragraph.style is not None else "") or ""
    heading = _HEADING.match(style)
    if seen.strip() and (heading or style == "Title"):
        outline.heading(int(heading[1]) if heading else 0, seen)
    else:
        outline.block(ITEM if style.startswith("List") else PARAGRAPH, seen)


def _once(cells: Any) -> list[Any]:
    """The cells of a row; one that spans several columns is given by python-docx for each of them."""
    found: list[Any] = []
    for cell in cells:
        if not found or found[-1]._tc is not cell._tc:
            found.append(cell)
    return found
