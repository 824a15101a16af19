"""Reports for reading: verdict first, 80 columns, colour only on a terminal."""

from __future__ import annotations

from datetime import date

import pytest

from advisor.files import content, load_case, load_life_cycle, load_rulebook
from advisor.recommendation import recommend
from advisor.record import Record
from advisor.report.content import sections
from advisor.report.markdown import as_markdown
from advisor.report.terminal import as_text


def record(name: str) -> Record:
    """The record of a worked case."""
    book = load_rulebook()
    case = load_case(content("examples") / f"{name}.yaml", book.questions)
    return recommend(case, book, load_life_cycle(), date(2026, 11, 21))


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_text_keeps_to_the_width(width: int) -> None:
    """No line is longer than the terminal, except where one word is."""
    for line in as_text(sections(record("legal-document-analyser")), colour=False, width=width).splitlines():
        assert len(line) <= width or " " not in line.strip()


def test_sections_come_in_the_order_of_reading() -> None:
    """Verdict, why, what would change it, flags, checklists, road map, why not, sources."""
    titles = [section.title for section in sections(record("medical-notes"))]
    order = ["Why", "What would change it", "Flags", "Checklist before", "Road map", "Why not", "Sources"]
    assert [title for title in titles if title in order] == order
    assert sections(record("medical-notes"))[0].lead


def test_open_case_shows_what_is_possible_and_what_to_ask() -> None:
    """An open case says so in the verdict and lists the next questions."""
    text = as_text(sections(record("first-questions")), colour=False, width=80)
    assert "OPEN, PROVISIONAL" in text.splitlines()[0]
    assert "Still possible:" in text
    assert "Next questions" in text


def test_colour_only_where_asked_for() -> None:
    """Escape codes are there with colour and only then, and change no word."""
    plain = as_text(sections(record("pizzeria")), colour=False, width=80)
    coloured = as_text(sections(record("pizzeria")), colour=True, width=80)
    assert "\033" not in plain
    assert "\033[1m" in coloured


def test_every_source_is_in_the_report() -> None:
    """Text and Markdown name each source that a reason cites."""
    found = record("hr-leave-policy")
    text, markdown = as_text(sections(found), colour=False, width=100), as_markdown(sections(found))
    for source in found.reasons[0].source:
        assert f"{source}:" in text
        assert source in markdown.replace("\\", "")
