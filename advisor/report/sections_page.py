"""Sections of any report as one HTML page that needs nothing else and runs no script."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.report.marks import WORDS
from advisor.report.report_page import shown_section
from advisor.report.section import Section
from advisor.report.self_contained_page import self_contained_page
from advisor.report.visible_text import visible


def sections_page(title: str, sections: Sequence[Section]) -> str:
    """The page, in the style of reports; every text is escaped."""
    return self_contained_page(
        "sections",
        style_of="report",
        more_style=":root { --colour: #1d70b8; --accent: #1d70b8; }\n",
        title=visible(title),
        sections=[shown_section(section) for section in sections],
        words=WORDS,
    )
