"""A report as PDF through typst: tagged for screen readers (PDF/UA-1), the same bytes for the same input.

Texts go in as data only. Fonts are those in the wheel; where they lack a letter, those of the machine are used as well,
and where no font has it the PDF is a plain one without the promise of accessibility, and a warning says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from advisor.errors import InputError
from advisor.files import content
from advisor.report.brand import Brand
from advisor.report.full_report import Report
from advisor.report.marks import WORDS
from advisor.report.section import Section, Table
from advisor.report.visible_text import visible

if TYPE_CHECKING:
    from typst import PDFStandard

Paper = Literal["a4", "us-letter"]
PAPERS: Final[tuple[Paper, ...]] = ("a4", "us-letter")
_FONTS: Final = ("Libertinus Serif", "DejaVu Sans Mono", "New Computer Modern")
_ACCESSIBLE: Final[PDFStandard] = "ua-1"
_ARCHIVED: Final[PDFStandard] = "a-2a"
# A run without a place to break would leave the page.
_LONG_RUN: Final = re.compile(r"\S{30}(?=\S{8})")
_NO_FONT: Final = re.compile(r'the text `"(.+?)"` could not be displayed')
_MOST_LETTERS: Final = 8
_BREAK: Final = "\u200b"


class Pdf(NamedTuple):
    """The file, and what could not be had."""

    content: bytes
    warnings: tuple[str, ...]


def report_pdf(report: Report, brand: Brand | None = None, *, paper: Paper = "a4", archive: bool = False) -> Pdf:
    """The report on `paper`; `archive` asks for PDF/A-2a as well. Raises InputError where it cannot be set."""
    return _set(_document(report, brand or Brand(), paper), report, archive=archive)


def _set(document: dict[str, Any], report: Report, *, archive: bool) -> Pdf:
    """Tries from the strictest to the plainest; fonts of the machine are slow to find and differ between machines."""
    standards: list[PDFStandard] = [_ACCESSIBLE, *([_ARCHIVED] if archive else [])]
    try:
        return Pdf(_compiled(document, report, standards, only_own_fonts=True), ())
    except RuntimeError as error:  # typst's own errors are of this kind
        lacking = _lacking(error)
    try:
        pdf = _compiled(document, report, standards, only_own_fonts=False)
    except RuntimeError as error:
        lacking = _lacking(error)
    else:
        said = (
            f"the program's own fonts lack {lacking}, so fonts of this machine were used; another may set it otherwise"
        )
        return Pdf(pdf, (said,))
    promised = "PDF/UA-1 or PDF/A" if archive else "PDF/UA-1"
    said = f"no font here has {lacking}: this is a plain PDF, which does not promise {promised}"
    return Pdf(_compiled(document, report, [], only_own_fonts=False), (said,))


def _lacking(error: RuntimeError) -> str:
    """The letters that have no font. Raises InputError where the error is another one."""
    letters = dict.fromkeys(_NO_FONT.findall(str(getattr(error, "diagnostic", error))))
    if not letters:
        said = getattr(error, "message", error)
        raise InputError(f"the PDF cannot be set: {said}", what_to_do="take --format html, and report this") from None
    more = f" and {len(letters) - _MOST_LETTERS} more" if len(letters) > _MOST_LETTERS else ""
    return f"{' '.join(list(letters)[:_MOST_LETTERS])}{more}"


def _compiled(
    document: dict[str, Any], report: Report, standards: Sequence[PDFStandard], *, only_own_fonts: bool
) -> bytes:
    import typst

    day = report.as_of
    pdf = typst.compile(
        (content("web") / "templates" / "report.typ").read_bytes(),
        format="pdf",
        ignore_system_fonts=only_own_fonts,
        sys_inputs={"report": json.dumps(document, ensure_ascii=False)},
        pdf_standards=list(standards),
        timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
    )
    return bytes(pdf)


def _document(report: Report, brand: Brand, paper: Paper) -> dict[str, Any]:
    about = f"{report.title}{f', for {report.client}' if report.client else ''}"
    logo = brand.logo
    return {
        "title": _text(report.title),
        "kind": _text(report.kind),
        "client": _text(report.client),
        "running": _text(about),
        "as_of": report.as_of.isoformat(),
        "day": [report.as_of.year, report.as_of.month, report.as_of.day],
        "paper": paper,
        "fonts": _FONTS,
        "brand": {
            "name": _text(brand.name),
            "contact": _text(brand.contact),
            "footer": _text(brand.footer),
            "colour": brand.colour,
            "accent": brand.accent,
        },
        "logo": logo and {"form": logo.form, "content": list(logo.content), "alt": _text(brand.name) or "Logo"},
        "memo": list(map(_section, report.memo)),
        "parts": list(map(_section, report.parts)),
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "heading": _text(section.heading),
        "paragraphs": list(map(_text, section.paragraphs)),
        "figures": [
            {"title": _text(one.title), "says": _text(f"{one.title}: {one.says}"), "svg": one.svg}
            for one in section.figures
        ],
        "tables": list(map(_table, section.tables)),
        "entries": [
            {"word": WORDS.get(item.mark, ""), "text": _text(item.text), "details": list(map(_text, item.details))}
            for item in section.items
        ],
        "ordered": bool(section.items) and all(item.mark.rstrip(".").isdigit() for item in section.items),
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": _text(table.title),
        "note": _text(table.note),
        "columns": list(map(_text, table.columns)),
        "rows": [list(map(_text, row)) for row in table.rows],
        "words": table.words,
        "shares": _shares(table),
    }


def _shares(table: Table) -> list[float]:
    """How wide each column is, by its longest cell, the widest at most four times the narrowest."""
    lines = (table.columns, *table.rows)
    longest = [max(len(line[place]) for line in lines) for place in range(len(table.columns))]
    return [min(2.0, max(0.5, length / 40)) for length in longest]


def _text(text: str) -> str:
    """`text` on one line and in pieces that fit a column."""
    return _LONG_RUN.sub(lambda run: run[0] + _BREAK, " ".join(visible(text).split()))
