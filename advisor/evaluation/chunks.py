"""Cuts documents into chunks along their structure: sections, blocks, and rows of tables with their header."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from advisor.evaluation.document import CODE, ITEM, TABLE, Block, Document, Section, slug

TARGET_WORDS: Final = 180  # about as much as a small embedding model reads
MAX_WORDS: Final = 360
# A word; a sign of a script without spaces counts as one, and so does every 40th letter of a longer run.
_WORD: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]{1,40}")  # fmt: skip # noqa: E501
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|(?<=[。！？])|\n")


class Chunk(NamedTuple):
    """A part of a document that answers are looked for in and that is cited.

    `id` is `path#slug~n`: the slug of the innermost heading and the place among the chunks of that slug. It stays while
    the document and what stands before it under that heading stay.
    """

    id: str
    source: str
    headings: tuple[str, ...]
    text: str


def chunks_of(document: Document, target_words: int = TARGET_WORDS, max_words: int = MAX_WORDS) -> Iterator[Chunk]:
    """The chunks of a document in order; none spans two sections, and none has more than `max_words` words of text.

    Blocks are put together up to `target_words`. What alone is longer than `max_words` is cut at ends of sentences,
    lines or rows, and within them where they are longer still. A heading with nothing below it is a chunk too.
    """
    numbers: Counter[str] = Counter()
    sections = document.content.sections
    for place, section in enumerate(sections):
        below = sections[place + 1].headings if place + 1 < len(sections) else ()
        texts = list(_texts(section, target_words, max_words))
        if not texts and section.headings and below[: len(section.headings)] != section.headings:
            texts = [""]
        name = slug(section.headings[-1]) if section.headings else ""
        for text in texts:
            numbers[name] += 1
            yield Chunk(f"{document.path}#{name}~{numbers[name]}", document.path, section.headings, text)


def count_words(text: str) -> int:
    """How many words a text has, signs of scripts without spaces counting as words."""
    return len(_WORD.findall(text))


def _texts(section: Section, target: int, most: int) -> Iterator[str]:
    """The blocks of a section, put together."""
    parts: list[Block] = []
    words = 0
    for block in section.blocks:
        for part in _cut(block, target, most):
            size = count_words(_shown(part))
            if parts and (words + size > most or words >= target or (words + size > target and words > target // 2)):
                yield _joined(parts)
                parts, words = [], 0
            parts.append(part)
            words += size
    if parts:
        yield _joined(parts)


def _cut(block: Block, target: int, most: int) -> Iterator[Block]:
    """The block whole where it is short enough, else in pieces of about the target."""
    if count_words(_shown(block)) <= most:
        yield block
        return
    header = count_words(block.header)
    if header > most // 2:  # too long to be repeated
        yield from _cut(Block(block.kind, f"{block.header}\n{block.text}"), target, most)
        return
    by_lines = block.kind in (CODE, TABLE)
    pieces = block.text.split("\n") if by_lines else _sentences(block.text)
    gap = "\n" if by_lines else ""
    kept: list[str] = []
    words = header
    for piece in (part for whole in pieces for part in _short(whole, most - header)):
        size = count_words(piece)
        if kept and words + size > target:
            yield block._replace(text=gap.join(kept))
            kept, words = [], header
        kept.append(piece)
        words += size
    if any(piece.strip() for piece in kept):
        yield block._replace(text=gap.join(kept))


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a text with the space behind them."""
    begin = 0
    for end in _SENTENCE_END.finditer(text):
        yield text[begin : end.end()]
        begin = end.end()
    yield text[begin:]


def _short(text: str, most: int) -> Iterator[str]:
    """The text in pieces of at most `most` words."""
    begin = 0
    for number, word in enumerate(_WORD.finditer(text)):
        if number and number % most == 0:
            yield text[begin : word.start()]
            begin = word.start()
    yield text[begin:]


def _shown(block: Block) -> str:
    return f"{block.header}\n{block.text}" if block.header else block.text


def _joined(parts: list[Block]) -> str:
    """Blocks with an empty line between them, list items without."""
    text = _shown(parts[0])
    for before, part in pairwise(parts):
        text += ("\n" if before.kind == part.kind == ITEM else "\n\n") + _shown(part)
    return text.strip("\n")
