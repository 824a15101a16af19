"""Reports as PDF: tagged, one page of memo, the same bytes, any text as it stands."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from advisor.report.brand import Brand, Logo
from advisor.report.pdf import PAPERS, Paper, report_pdf
from advisor.report.svg_picture import png_of
from tests.report_cases import HOSTILE, SCRIPTS, hostile_report, report

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#123"/></svg>'


def texts(content: bytes, pages: int | None = None) -> list[str]:
    """The text of each of the first `pages`, or of all, on one line."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages[:pages]]


def test_memo_is_the_first_page_and_the_rest_follows() -> None:
    """Verdict, why, money, flips, steps and life cycle on page one; reasons begin page two."""
    first, second, *rest = texts(report_pdf(report("medical-notes")).content)
    headings = ["Recommendation: fine-tuning", "Why", "Cost and pay-back", "What would change it", "Next steps"]
    places = [first.index(heading) for heading in [*headings, "Life cycle"]]
    assert places == sorted(places)
    assert "Reasons" in second and "Reasons" not in first
    whole = " ".join(rest)  # of the other pages
    for heading in ("KPIs", "Review calendar", "Sources", "Assumptions", "SHA-256"):
        assert heading in whole


@pytest.mark.slow
def test_it_is_tagged_and_says_what_it_is() -> None:
    """PDF/UA-1 by its metadata, with title, language, a structure tree, and the day of the case as its date."""
    reader = PdfReader(BytesIO(report_pdf(report("pizzeria"), Brand(name="Jane Doe")).content))
    root: Any = reader.trailer["/Root"]
    assert "/StructTreeRoot" in root and root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    assert reader.metadata and reader.metadata.title == report("pizzeria").title
    assert reader.metadata.author == "Jane Doe" and str(reader.metadata.creation_date)[:10] == "2026-11-21"
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()


@pytest.mark.slow
def test_same_report_same_bytes() -> None:
    """With and without PDF/A, which is another file."""
    first, second = (report_pdf(report("pizzeria")).content for _ in range(2))
    assert first == second
    archived = report_pdf(report("pizzeria"), archive=True).content
    root: Any = PdfReader(BytesIO(archived)).trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data()
    assert b"pdfaid" in metadata and archived != first


@pytest.mark.slow
@pytest.mark.parametrize("paper", ["a4", pytest.param("us-letter", marks=pytest.mark.slow)])
def test_hostile_texts_stay_texts(paper: Paper) -> None:
    """Markup is shown, not run; long words break; the memo stays one page on both sizes."""
    pdf = report_pdf(hostile_report(), Brand(name=HOSTILE, footer="] #panic()"), paper=paper)
    pages = texts(pdf.content)
    whole = " ".join(pages).replace("\u200b", "")
    for piece in ('#import "@preview/evil:1.0.0"', "<script>alert(1)</script>", "{{7*7}}", "] #panic()", "$x$ \\u{41}"):
        assert piece in whole
    assert "Reasons" in pages[1] and not pdf.warnings


@pytest.mark.slow
def test_letters_that_no_font_has_give_a_plain_pdf_and_a_warning() -> None:
    """No failure: either fonts of the machine have them all, or the PDF makes no promise; both are said."""
    pdf = report_pdf(hostile_report(SCRIPTS))
    (warning,) = pdf.warnings
    assert "fonts of this machine" in warning or "plain PDF" in warning
    assert any(letter in warning for letter in SCRIPTS if letter > "\u0500")
    assert len(PdfReader(BytesIO(pdf.content)).pages) > 3


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(Path("docs/examples").glob("*.expected.yaml")), ids=lambda path: path.name)
def test_memo_of_each_worked_case_is_one_page(path: Path) -> None:
    """On both sizes of paper, without a warning."""
    found = report(path.name.removesuffix(".expected.yaml"))
    for paper in PAPERS:
        pdf = report_pdf(found, paper=paper)
        second = texts(pdf.content, 2)[1]
        assert "Reasons" in second or "Next questions" in second
        assert not pdf.warnings


@pytest.mark.parametrize(
    "logo", [Logo("svg", SVG.encode()), pytest.param(Logo("png", png_of(SVG)), marks=pytest.mark.slow)]
)
def test_logo_is_on_the_first_page_with_its_name(logo: Logo) -> None:
    """A picture of either kind, with a text alternative, still accessible."""
    pdf = report_pdf(report("pizzeria"), Brand(name="Jane Doe", contact="jane@example.org", logo=logo))
    assert not pdf.warnings and "Jane Doe, jane@example.org" in texts(pdf.content, 1)[0]
