"""Whose report it is: name, contact, logo and colours from a consultant's own YAML file."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree.ElementTree import ParseError

from advisor.decision.fields import Fields
from advisor.errors import InputError, RuleBookError
from advisor.files import read_document
from advisor.report.visible_text import on_one_line

SCHEMA: Final = "advisor/brand/v1"
LEAST_CONTRAST: Final = 4.5  # to white, WCAG 2.2, 1.4.3
_MOST_BYTES: Final = 200_000
_LONGEST: Final = 120
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SVG_REFUSED: Final = ("script", "foreignObject", "iframe", "handler")


class Logo(NamedTuple):
    """A picture: `form` is png or svg."""

    form: str
    content: bytes

    @property
    def data_uri(self) -> str:
        """The picture as an address that needs nothing else."""
        kind = "image/svg+xml" if self.form == "svg" else "image/png"
        return f"data:{kind};base64,{b64encode(self.content).decode()}"


class Brand(NamedTuple):
    """Texts are on one line; colours are `#rrggbb` and readable on white."""

    name: str = ""
    contact: str = ""
    colour: str = "#1d4f8c"
    accent: str = "#00703c"
    footer: str = ""
    logo: Logo | None = None


def read_brand(path: Path) -> Brand:
    """The brand in the YAML file at `path`; the logo's path counts from its folder.

    Raises InputError with file:line.
    """
    document = read_document(path)
    try:
        fields = Fields(document, (), "the brand")
        fields.one_of("schema", (SCHEMA,), "schema")
        usual = Brand()
        brand = Brand(
            _line(fields, "name", required=True),
            _line(fields, "contact"),
            _colour(fields, "colour", usual.colour),
            _colour(fields, "accent", usual.accent),
            _line(fields, "footer"),
            _logo(fields, path.parent),
        )
        fields.done()
    except RuleBookError as error:  # the same mistake, but in a file of the user's own
        raise InputError(error.problem, where=error.where, what_to_do=error.what_to_do) from None
    return brand


def contrast_to_white(colour: str) -> float:
    """The WCAG contrast ratio of `#rrggbb` to white, 1 to 21."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _line(fields: Fields, name: str, *, required: bool = False) -> str:
    text = fields.text(name) if required else fields.text(name, "")
    if len(text) > _LONGEST:
        raise fields.error(f"`{name}` has more than {_LONGEST} characters", name, what_to_do="shorten it")
    return on_one_line(text)


def _colour(fields: Fields, name: str, usual: str) -> str:
    colour = fields.text(name, usual)
    if not _COLOUR.fullmatch(colour):
        raise fields.error(f"`{name}` is no colour", name, what_to_do='write "#1d4f8c", in quotes')
    ratio = contrast_to_white(colour)
    if ratio < LEAST_CONTRAST:
        raise fields.error(
            f"{colour} cannot be read on white: its contrast is {ratio:.1f}, {LEAST_CONTRAST} is needed",
            name,
            what_to_do="take a darker colour",
        )
    return colour.lower()


def _logo(fields: Fields, folder: Path) -> Logo | None:
    name = fields.text("logo", "")
    if not name:
        return None
    path = folder / name
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise fields.error(f"{name} is larger than {_MOST_BYTES // 1000} kB", "logo", what_to_do="make it smaller")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise fields.error(f"the logo {name} cannot be read: {why}", "logo", what_to_do="check the path") from None
    if content.startswith(_PNG):
        return Logo("png", content)
    problem = _svg_problem(content)
    if problem:
        raise fields.error(
            f"{name} {problem}", "logo", what_to_do="give a PNG, or a plain SVG without links and scripts"
        )
    return Logo("svg", content)


def _svg_problem(content: bytes) -> str:
    """Why `content` is no SVG that can be shown safely; empty where it is one."""
    from xml.etree.ElementTree import fromstring

    if b"<!" in content.replace(b"<!--", b""):
        return "declares a document type or entities"
    try:
        root = fromstring(content)  # noqa: S314  neither entities nor a document type are in it
    except ParseError:
        return "is neither PNG nor SVG"
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        return "is neither PNG nor SVG"
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag in _SVG_REFUSED:
            return f"has the element {tag}"
        for name, value in element.attrib.items():
            plain = name.rpartition("}")[2].lower()
            if (
                plain.startswith("on")
                or (plain == "href" and not value.startswith("#"))
                or "url(" in value.replace("url(#", "")
            ):
                return f"has the attribute {plain}"
    return ""
