"""Reads HTML by lxml, and Markdown by markdown-it through HTML: headings, lists, code, tables; hidden text apart.

lxml takes damaged pages as browsers do, in linear time, and stops at 256 levels, which is said and not passed over.
"""

from __future__ import annotations

import re
from typing import Any, Final

from advisor.errors import InputError
from advisor.evaluation.csv_document import table_row
from advisor.evaluation.document import CODE, ITEM, PARAGRAPH, TABLE, Content, Hidden, Outline

_INLINE: Final = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q ruby rt s samp small span "
    "strike strong sub sup time tt u var wbr input select".split()
)
_NO_TEXT: Final = frozenset("script style template head meta link base svg math object embed iframe".split())
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_NOT_IN_TABLES: Final = "descendant::table|descendant::h1|descendant::h2|descendant::h3|descendant::pre|descendant::ul"
_HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])|"
    r"(?:left|top|text-indent)\s*:\s*-\d{3,}"
)
_COLOUR: Final = re.compile(r"(?<![\w-])(background(?:-color)?|color)\s*:\s*([^;!]+)")
_WHITE: Final = frozenset(("white", "#fff", "#ffffff", "rgb(255,255,255)", "rgba(255,255,255,1)"))
_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


def read_markdown(text: str) -> Content:
    """CommonMark with tables. Front matter is a paragraph of its own before the first heading."""
    from markdown_it import MarkdownIt

    front = _FRONT_MATTER.match(text)
    body = text[front.end() :] if front else text
    content = read_html(MarkdownIt("commonmark").enable("table").render(body).encode("utf-8", "replace"), "utf-8")
    if not front or not front[1].strip():
        return content
    outline = Outline()
    outline.block(PARAGRAPH, front[1].strip())
    return content._replace(sections=(*outline.sections(), *content.sections))


def read_html(data: bytes, encoding: str | None = None) -> Content:
    """The page's text; the encoding is the page's own unless given. Raises InputError where elements nest too deep."""
    from lxml import etree

    parser = etree.HTMLParser(encoding=encoding, no_network=True, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(data, parser) if data.strip() else None
    except (etree.XMLSyntaxError, ValueError, LookupError):
        root = None
    if any("depth" in error.message for error in parser.error_log):
        raise InputError("its elements nest deeper than 255 levels")
    if root is None:
        return Content(())
    walk = _Walk(etree)
    if not root.xpath("boolean(//h1)"):
        title = root.findtext(".//title") or ""
        if title.strip():
            walk.outline.heading(0, title)
    return walk.through(root)


class _Walk:
    """One way through the tree, without recursion."""

    def __init__(self, etree: Any) -> None:
        self._etree = etree
        self.outline = Outline()
        self._hidden: list[Hidden] = []
        self._parts: list[str] = []
        self._kept: list[int] = []  # how many `pre` are open

    def through(self, root: Any) -> Content:
        events = self._etree.iterwalk(root, events=("start", "end", "comment"))
        for event, node in events:
            if event == "comment":
                self._hide("an HTML comment", node.text or "")
                self._say(node.tail)
            elif event == "start":
                if self._is_left_out(node):
                    events.skip_subtree()
                else:
                    self._enter(node)
            else:
                self._leave(node)
        self._close(PARAGRAPH)
        return Content(self.outline.sections(), tuple(self._hidden))

    def _is_left_out(self, node: Any) -> bool:
        """Whether the element's own text is not shown, or was read as a whole: a table of data."""
        if node.tag in _NO_TEXT:
            return True
        how = _hidden_by(node)
        if how:
            text = " ".join("".join(node.itertext()).split())
            self._hide(how, text)
            return how != _PALE  # pale text may stand on a dark ground that a style sheet gives
        if node.tag == "table" and not node.xpath(f"boolean({_NOT_IN_TABLES})"):
            self._close(PARAGRAPH)
            self._table(node)
            return True
        return False

    def _enter(self, node: Any) -> None:
        if node.tag == "br":
            self._parts.append("\n")
        elif node.tag not in _INLINE:
            self._close(_kind(node.getparent()))
        if node.tag == "pre":
            self._kept.append(1)
        if node.tag == "img":
            self._say(f" {node.get('alt')} " if node.get("alt") else None)
        self._say(node.text)

    def _leave(self, node: Any) -> None:
        skipped = node.tag in _NO_TEXT or (_hidden_by(node) not in ("", _PALE))
        if not skipped and node.tag in _HEADINGS:
            text = self._text()
            if text:
                self.outline.heading(_HEADINGS[node.tag], text)
        elif not skipped and node.tag not in _INLINE:
            self._close(_kind(node))
        if node.tag == "pre" and self._kept:
            self._kept.pop()
        self._say(node.tail)

    def _table(self, table: Any) -> None:
        rows = []
        header = ""
        for number, row in enumerate(table.iter("tr")):
            cells = [cell for cell in row if cell.tag in ("td", "th")]
            line = table_row([_shown_text(cell) for cell in cells])
            if number == 0 and cells and all(cell.tag == "th" for cell in cells):
                header = line
            elif line.strip(" |"):
                rows.append(line)
        caption = table.find("caption")
        if caption is not None:
            self.outline.block(PARAGRAPH, _shown_text(caption))
        self.outline.block(TABLE, "\n".join(rows), header)
        for node in table.iter():
            how = "an HTML comment" if node.tag is self._etree.Comment else _hidden_by(node)
            if how:
                self._hide(how, node.text or "" if node.tag is self._etree.Comment else "".join(node.itertext()))

    def _say(self, text: str | None) -> None:
        if text:
            self._parts.append(text if self._kept else _SPACES.sub(" ", text))

    def _text(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        return text.strip("\n") if self._kept else "\n".join(line.strip() for line in text.split("\n")).strip()

    def _close(self, kind: str) -> None:
        self.outline.block(kind, self._text())

    def _hide(self, how: str, text: str) -> None:
        if text.strip():
            self._hidden.append(Hidden(how, " ".join(text.split())))


_PALE: Final = "white letters"


def _kind(node: Any) -> str:
    if node is None:
        return PARAGRAPH
    if node.tag == "pre":
        return CODE
    return ITEM if node.tag in ("li", "dt", "dd") else PARAGRAPH


def _hidden_by(node: Any) -> str:
    """How an element is kept from a person's eyes; "" where it is not."""
    if not isinstance(node.tag, str) or not node.attrib:
        return ""
    if node.get("hidden") is not None or (node.tag == "input" and node.get("type") == "hidden"):
        return "an element with the attribute hidden"
    style = (node.get("style") or "").lower()
    if style and _HIDING.search(style):
        return "an element that its style does not show"
    colours = {name: "".join(value.split()) for name, value in _COLOUR.findall(style)}
    if node.tag == "font" and node.get("color"):
        colours["color"] = str(node.get("color")).lower()
    ground = colours.get("background-color") or colours.get("background") or ""
    letters = colours.get("color", "")
    if letters and letters == ground:
        return "letters in the colour of their ground"
    return _PALE if letters in _WHITE and not ground else ""


def _shown_text(cell: Any) -> str:
    """The text of a cell but for what is hidden."""
    if cell.get("hidden") is None and not any(_hidden_by(node) not in ("", _PALE) for node in cell.iter()):
        return " ".join("".join(cell.itertext("*")).split())
    return " ".join(
        text.strip()
        for text in cell.xpath(".//text()")
        if not any(_hidden_by(node) not in ("", _PALE) for node in _above(text.getparent(), text.is_tail))
    )


def _above(node: Any, is_tail: bool) -> list[Any]:
    """The elements that hold a text."""
    first = node.getparent() if is_tail else node
    return [] if first is None else [first, *first.iterancestors()]
