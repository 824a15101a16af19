"""A report as a Word document through python-docx; charts as pictures with their text alternatives."""

from __future__ import annotations

from datetime import datetime, time
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from advisor.report.brand import Brand, Logo
from advisor.report.full_report import Report
from advisor.report.marks import WORDS
from advisor.report.pdf import Paper
from advisor.report.section import Figure, Item, Section, Table
from advisor.report.svg_picture import png_of
from advisor.report.visible_text import visible

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

_SIZES_MM: Final[dict[Paper, tuple[float, float]]] = {"a4": (210, 297), "us-letter": (215.9, 279.4)}
_MARGIN_MM: Final = 20
_LOGO_MM: Final = 14


def report_docx(report: Report, brand: Brand | None = None, *, paper: Paper = "a4") -> bytes:
    """The report as the bytes of a .docx file: memo on the first page, headings, tables whose head repeats."""
    from docx import Document
    from docx.enum.text import WD_BREAK

    brand = brand or Brand()
    word = Document()
    _set_page(word, report, brand, paper)
    if brand.logo:
        _add_logo(word, brand.logo, brand.name)
    about = [f"{brand.name}{f', {brand.contact}' if brand.contact else ''}"] if brand.name else []
    about.append(
        f"{visible(report.kind)} as of {report.as_of.isoformat()}"
        f"{f', for {visible(report.client)}' if report.client else ''}"
    )
    word.add_paragraph("\n".join(about))
    word.add_heading(visible(report.title), 1)
    for section in report.memo:
        _add_section(word, section)
    word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    for section in report.parts:
        _add_section(word, section)
    out = BytesIO()
    word.save(out)
    return out.getvalue()


def _set_page(word: WordDocument, report: Report, brand: Brand, paper: Paper) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Mm, Pt, RGBColor

    width, height = _SIZES_MM[paper]
    page = word.sections[0]
    page.page_width, page.page_height = Mm(width), Mm(height)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(_MARGIN_MM)
    title = visible(report.title)
    page.header.paragraphs[0].text = f"{title}, as of {report.as_of.isoformat()}"
    page.footer.paragraphs[0].text = brand.footer
    core, made = word.core_properties, datetime.combine(report.as_of, time())
    core.title, core.author, core.language = title[:250], brand.name, "en"
    core.comments, core.created, core.modified = "", made, made
    for style in word.styles:
        if style.type == WD_STYLE_TYPE.PARAGRAPH and style.name.startswith("Heading"):
            style.font.color.rgb = RGBColor.from_string(brand.colour.removeprefix("#").upper())
    word.styles["Normal"].font.size = Pt(10)
    word.styles["Normal"].paragraph_format.space_after = Pt(4)


def _add_section(word: WordDocument, section: Section) -> None:
    word.add_heading(visible(section.heading), 2)
    for paragraph in section.paragraphs:
        word.add_paragraph(visible(paragraph))
    for figure in section.figures:
        _add_figure(word, figure)
    for table in section.tables:
        _add_table(word, table)
    for item in section.items:
        _add_item(word, item)


def _add_item(word: WordDocument, item: Item) -> None:
    numbered = item.mark.rstrip(".").isdigit()
    paragraph = word.add_paragraph(style=None if numbered else "List Bullet")
    # Numbers are written out: those of Word would go on from list to list.
    word_of_mark = f"{item.mark} " if numbered else f"{WORDS[item.mark]}: " if item.mark in WORDS else ""
    paragraph.add_run(word_of_mark).bold = True
    paragraph.add_run(visible(item.text))
    for detail in item.details:
        run = paragraph.add_run(f"\n{visible(detail)}")
        run.italic = True


def _add_table(word: WordDocument, table: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement

    for text in (table.title, table.note):
        if text:
            caption = word.add_paragraph()
            caption.add_run(visible(text)).bold = text == table.title
            caption.paragraph_format.keep_with_next = True
    made = word.add_table(rows=0, cols=len(table.columns), style="Light Grid Accent 1")
    for place, cells in enumerate((table.columns, *table.rows)):
        row = made.add_row()
        # A row is never cut by the end of a page, and the first one is shown again on the next page.
        for name in ("w:cantSplit", *(["w:tblHeader"] if place == 0 else [])):
            row._tr.get_or_add_trPr().append(OxmlElement(name))
        for column, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            cell.text = visible(text)
            if column and not table.words:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    word.add_paragraph()


def _add_figure(word: WordDocument, figure: Figure) -> None:
    from docx.shared import Mm

    caption = word.add_paragraph(visible(figure.title))
    caption.paragraph_format.keep_with_next = True
    shape = word.add_picture(BytesIO(png_of(figure.svg)), width=Mm(160))
    _describe(shape, visible(f"{figure.title}: {figure.says}"))


def _add_logo(word: WordDocument, logo: Logo, name: str) -> None:
    from docx.shared import Mm

    picture = logo.content if logo.form == "png" else png_of(logo.content.decode("utf-8", "replace"))
    _describe(word.add_picture(BytesIO(picture), height=Mm(_LOGO_MM)), name or "Logo")


def _describe(shape: Any, says: str) -> None:
    """The text alternative, for which python-docx has no method."""
    shape._inline.docPr.set("descr", says)
