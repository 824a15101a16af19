"""Reads PDF by pypdf (extra `documents`): the text of each page, under the number of the page."""

from __future__ import annotations

import io
import logging
from typing import Any, Final

from advisor.errors import InputError
from advisor.evaluation.document import Content, Outline
from advisor.evaluation.plain_text import read_plain_text

_MOST_PAGES: Final = 5_000
_MOST_CHARACTERS: Final = 50_000_000


def read_pdf(data: bytes) -> Content:
    """A section for each page. Raises InputError where it is encrypted, has no text or is too large.

    Where it is damaged, whatever pypdf raises.
    """
    import pypdf
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it reports each repair; what cannot be read is raised
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise InputError("it is encrypted", what_to_do="save it without a password")
    except DependencyError:  # ciphers for which pypdf needs another library
        raise InputError("it is encrypted", what_to_do="save it without a password") from None
    return Content(_pages(reader).sections())


def _pages(reader: Any) -> Outline:
    if len(reader.pages) > _MOST_PAGES:
        raise InputError(f"it has {len(reader.pages):,} pages, more than {_MOST_PAGES:,}")
    outline = Outline()
    characters = 0
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        characters += len(text)
        if characters > _MOST_CHARACTERS:
            raise InputError(f"its text is longer than {_MOST_CHARACTERS // 1_000_000} million characters")
        outline.heading(1, f"page {number}")
        for section in read_plain_text(text).sections:
            for block in section.blocks:
                outline.block(*block)
    if not characters:
        raise InputError("it holds no text, perhaps pictures of pages", what_to_do="run text recognition (OCR) first")
    return outline
