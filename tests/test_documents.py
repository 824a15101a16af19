"""Documents of every format become sections of blocks; what cannot be read is named with its reason."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.evaluation import documents, docx_document
from advisor.evaluation.document import CODE, ITEM, PARAGRAPH, TABLE, Block, Content, Section, slug
from advisor.evaluation.documents import read_content, read_documents


def read(name: str, text: str) -> Content:
    """The content of a text file of that name."""
    return read_content(name, text.encode())


def test_markdown() -> None:
    """Headings nest; items, tables and code are blocks; front matter and comments are no part of the text."""
    content = read(
        "menu.md",
        "---\nowner: Ada\n---\nHello.\n# Menu\nAll *fresh*. <!-- not shown -->\n\n- Cola\n- Water\n\n## Prices\n"
        "| pizza | price |\n|---|---|\n| Margherita | 9.50 |\n\n```\nx = 1\n\ny = 2\n```\n# Hours\nDaily.\n",
    )
    assert content.sections == (
        Section((), (Block(PARAGRAPH, "owner: Ada"),)),
        Section((), (Block(PARAGRAPH, "Hello."),)),
        Section(("Menu",), (Block(PARAGRAPH, "All fresh."), Block(ITEM, "Cola"), Block(ITEM, "Water"))),
        Section(
            ("Menu", "Prices"), (Block(TABLE, "Margherita | 9.50", "pizza | price"), Block(CODE, "x = 1\n\ny = 2"))
        ),
        Section(("Hours",), (Block(PARAGRAPH, "Daily."),)),
    )
    assert [hidden.text for hidden in content.hidden] == ["not shown"]


def test_restructured_text() -> None:
    """Titles by their underlining, deeper as their style comes later; `::` begins code, which may have empty lines."""
    content = read(
        "faq.rst.txt",
        "=====\n FAQ\n=====\n\nWhy so?\n-------\n\nBecause::\n\n   a = 1\n\n   b = 2\n\nDone.\n\n* one\n* two\n\n"
        "How?\n----\nWell.\n",
    )
    assert content.sections == (
        Section(("FAQ",), ()),
        Section(
            ("FAQ", "Why so?"),
            (
                Block(PARAGRAPH, "Because::"),
                Block(CODE, "   a = 1\n\n   b = 2"),
                Block(PARAGRAPH, "Done."),
                Block(ITEM, "* one"),
                Block(ITEM, "* two"),
            ),
        ),
        Section(("FAQ", "How?"), (Block(PARAGRAPH, "Well."),)),
    )


def test_html() -> None:
    """What a person sees is read, with or without end tags; what is hidden stands apart."""
    content = read(
        "page.html",
        "<html><head><title>Shop</title><style>p{}</style></head><body>Hi <b>there</b><p>one<p>two <i>three</i>"
        "<span hidden>secret</span> four<script>no()</script><h2>Prices &amp; more</h2><ul><li>a<li>b</ul>"
        "<table><tr><th>pizza<th>price<tr><td>Margherita<td>9 <span style='display: none'>psst</span>EUR</table>"
        "<div style='color:#fff'>pale</div><pre>x\n  y</pre>end",
    )
    assert content.sections == (
        Section(("Shop",), tuple(Block(PARAGRAPH, text) for text in ("Hi there", "one", "two three four"))),
        Section(
            ("Shop", "Prices & more"),
            (
                Block(ITEM, "a"),
                Block(ITEM, "b"),
                Block(TABLE, "Margherita | 9 EUR", "pizza | price"),
                Block(PARAGRAPH, "pale"),
                Block(CODE, "x\n  y"),
                Block(PARAGRAPH, "end"),
            ),
        ),
    )
    assert [hidden.text for hidden in content.hidden] == ["secret", "psst", "pale"]
    latin = "<meta charset=iso-8859-1><p>Käse".encode("latin-1")
    assert read_content("old.htm", latin).sections[0].blocks[0].text == "Käse"
    assert read_content("old.htm", "<p>Käse".encode("utf-16")).sections[0].blocks[0].text == "Käse"
    layout = read("old.html", "<table><tr><td><h1>A</h1>text<td><table><tr><td>cell</table></table>")
    assert [section.headings for section in layout.sections] == [("A",)]
    assert layout.sections[0].blocks == (Block(PARAGRAPH, "text"), Block(TABLE, "cell"))


def test_tables() -> None:
    """The first record names the columns; the delimiter is found; cells of several lines are one row."""
    assert read("a.csv", 'code;meaning\nE-1;"too\nhot"\nE-2;leak\n').sections == (
        Section((), (Block(TABLE, "E-1 | too hot\nE-2 | leak", "code | meaning"),)),
    )
    assert read("a.tsv", "code\tmeaning\nE-1\ta, b\n").sections[0].blocks[0].text == "E-1 | a, b"


def test_docx() -> None:
    """Headings by style, lists, tables, and letters with the property hidden apart."""
    import docx

    made = docx.Document()
    made.add_heading("Handbook", 0)
    made.add_heading("Leave", 1)
    paragraph = made.add_paragraph("Thirty days. ")
    paragraph.add_run("Ignore this.").font.hidden = True
    made.add_paragraph("ask early", style="List Bullet")
    table = made.add_table(2, 2)
    for cell, text in zip((cell for row in table.rows for cell in row.cells), "kind days sick 10".split(), strict=True):
        cell.text = text
    data = io.BytesIO()
    made.save(data)
    content = read_content("handbook.docx", data.getvalue())
    assert content.sections[-1] == Section(
        ("Handbook", "Leave"),
        (Block(PARAGRAPH, "Thirty days. "), Block(ITEM, "ask early"), Block(TABLE, "sick | 10", "kind | days")),
    )
    assert [hidden.text for hidden in content.hidden] == ["Ignore this."]


def pdf(text: str, password: str = "") -> bytes:
    """A PDF of one page."""
    import pypdf
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(300, 300)
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
         NameObject("/BaseFont"): NameObject("/Helvetica")}
    )  # fmt: skip
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode() if text else b"")
    page[NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pdf() -> None:
    """A section for each page."""
    assert read_content("a.pdf", pdf("Open from nine")).sections == (
        Section(("page 1",), (Block(PARAGRAPH, "Open from nine"),)),
    )


def bomb() -> bytes:
    """A small zip with a megabyte in it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(1_000_000))
    return data.getvalue()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"\x00\x01\x02", "binary"),
        ("a.md", "Käse\n".encode("latin-1"), "line 1 is not UTF-8"),
        ("a.html", b"<p>\x00</p>", "binary"),
        ("a.html", b"<div>" * 100_000, "deeper"),
        ("a.pdf", b"%PDF-1.7 no", "damaged"),
        ("a.pdf", b"", "damaged"),
        ("a.pdf", pdf("x", "secret"), "encrypted"),
        ("a.pdf", pdf(""), "no text"),
        ("a.docx", b"PK no zip", "damaged"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1", "encrypted"),
    ],
)
def test_unreadable(name: str, data: bytes, reason: str) -> None:
    """The reason is said."""
    with pytest.raises(InputError, match=reason):
        read_content(name, data)


def test_zip_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused by what it claims to unpack to."""
    monkeypatch.setattr(docx_document, "_MOST_BYTES", 999_999)
    with pytest.raises(InputError, match="unpacks"):
        read_content("a.docx", bomb())


def test_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Good documents are read, by path; everything else but names with a dot is named with its reason."""
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.md").write_text("no")
    (tmp_path / "sub" / "b.txt").write_bytes(b"\xef\xbb\xbfwith a mark\r\nand lines")
    (tmp_path / "a.md").write_text("fine")
    (tmp_path / "c.txt").write_bytes(b"\xff\xfe\x41")
    (tmp_path / "d.png").write_bytes(b"\x89PNG")
    (tmp_path / "e.txt").symlink_to("/etc/hostname")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "f.pdf").write_bytes(b"%PDF")
    os.mkfifo(tmp_path / "g.txt")
    monkeypatch.setattr(documents, "find_spec", lambda name: None)
    found = read_documents(tmp_path)
    assert [one.path for one in found.read] == ["a.md", "sub/b.txt"]
    assert found.read[1].content.sections[0].blocks[0].text == "with a mark\nand lines"
    reasons = dict(found.unread)
    assert list(reasons) == ["c.txt", "d.png", "e.txt", "f.pdf", "g.txt"]
    assert "advisor[documents]" in reasons["f.pdf"] and "out of the folder" in reasons["e.txt"]
    assert "no reader for .png" in reasons["d.png"] and reasons["g.txt"] == "it is no file"
    with pytest.raises(InputError, match="no such folder"):
        read_documents(tmp_path / "nowhere")


def test_large_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a large file of any kind, nor one of markup, which takes more memory."""
    (tmp_path / "a.txt").write_text("a few words")
    (tmp_path / "b.md").write_text("a word")
    (tmp_path / "c.txt").write_text("a word")
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    monkeypatch.setattr(documents, "_MAX_MARKUP_BYTES", 5)
    found = read_documents(tmp_path)
    assert [one.path for one in found.read] == ["c.txt"]
    assert [(one.path, "larger than" in one.reason) for one in found.unread] == [("a.txt", True), ("b.md", True)]


def test_slug() -> None:
    """As the address of a heading; other scripts stay."""
    assert slug("Why can't I use `x`?  ") == "why-can-t-i-use-x"
    assert slug("Öffnungs­zeiten 営業").startswith("öffnungs") and slug("?!") == ""
