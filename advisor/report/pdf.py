"""A report as PDF through typst: tagged for screen readers (PDF/UA-1), the same bytes for the same input.

Texts go in as data only. Fonts are those in the wheel; where they lack a letter, those of the machine are used as well,
and where no font has it the PDF is a plain one without the promise of accessibility, and a warning says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

from advisor.errors import InputError
from advisor.files import content
from advisor.report.brand import Brand
from advisor.report.full_report import Report
from advisor.report.marks import WORDS
from advisor.report.section import Section, Table
from advisor.report.visible_text import visible

Paper = Literal["a4", "us-letter"]
PAPERS: Final[tuple[Paper, ...]] = ("a4", "us-letter")
_FONTS: Final = ("Libertinus Serif", "DejaVu Sans Mono", "New Computer Modern")
_ACCESSIBLE: Final = "ua-1"
_ARCHIVED: Final = "a-2a"
# A run without a place to break would leave the page.
_LONG_RUN: Final = re.compile(r"\S{30}(?=\S{8})")
_BREAK: Final = "\u200b"


class Pdf(NamedTuple):
    """The file, and what could not be had."""

    content: bytes
    warnings: tuple[str, ...]


def report_pdf(report: Report, brand: Brand | None = None, *, paper: Paper = "a4", archive: bool = False) -> Pdf:
    """The report on `paper`; `archive` asks for PDF/A-2a as well. Raises InputError where it cannot be set."""
    return _set(_document(report, brand or Brand(), paper), report, archive=archive)


def _set(document: dict[str, Any], report: Report, *, archive: bool) -> Pdf:
    standards = [_ACCESSIBLE, *([_ARCHIVED] if archive else [])]
    asked = " and ".join(["PDF/UA-1", *(["PDF/A-2a"] if archive else [])])
    lacking = "the fonts lack letters that the report has"
    # From the strictest to the plainest; system fonts are slow to find and differ between machines.
    tries = (
        (True, standards, ()),
        (False, standards, (f"{lacking}, so fonts of this machine were used: other machines may set it otherwise",)),
        (True, [], (f"no font here has every letter of the report: this is a plain PDF, not {asked}",)),
    )
    errors = []
    for only_own_fonts, wanted, said in tries:
        try:
            pdf = _compiled(document, report, wanted, only_own_fonts=only_own_fonts)
        except RuntimeError as error:  # typst's own errors are of this kind
            errors.append(str(getattr(error, "message", error)))
        else:
            return Pdf(pdf, said if errors else ())
    raise InputError(f"the PDF cannot be set: {errors[-1]}", what_to_do="take --format html, and report this")


def _compiled(document: dict[str, Any], report: Report, standards: Sequence[str], *, only_own_fonts: bool) -> bytes:
    import typst

    day = report.as_of
    pdf = typst.compile(
        (content("web") / "templates" / "report.typ").read_bytes(),
        format="pdf",
        ignore_system_fonts=only_own_fonts,
        sys_inputs={"report": json.dumps(document, ensure_ascii=False)},
        pdf_standards=list(standards),  # type: ignore[arg-type]
        timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
    )
    return bytes(pdf)


def _document(report: Report, brand: Brand, paper: Paper) -> dict[str, Any]:
    about = f"{report.title}{f', for {report.client}' if report.client else ''}"
    logo = brand.logo
    return {
        "title": _text(report.title),
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
    """How wide each column of words after the first is, by its longest cells, within a factor of four."""
    longest = [max((len(row[place]) for row in table.rows), default=1) for place in range(1, len(table.columns))]
    return [min(2.0, max(0.5, length / 40)) for length in longest]


def _text(text: str) -> str:
    """`text` on one line and in pieces that fit a column."""
    return _LONG_RUN.sub(lambda run: run[0] + _BREAK, " ".join(visible(text).split()))
