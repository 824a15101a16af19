"""Chunks follow the structure of documents and lose no word of them."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.evaluation.chunks import Chunk, chunks_of, count_words
from advisor.evaluation.document import CODE, ITEM, PARAGRAPH, TABLE, Block, Content, Document, Section
from advisor.evaluation.documents import read_content

WORDS = st.lists(st.sampled_from("alpha beta gamma. delta? \n 東京 e1".split(" ")), max_size=60).map(" ".join)
BLOCKS = st.builds(
    Block,
    st.sampled_from((PARAGRAPH, ITEM, CODE, TABLE)),
    WORDS.filter(str.strip),
    st.sampled_from(("", "name | price")),
)
SECTIONS = st.builds(
    Section,
    st.lists(st.sampled_from(["One", "Two b", "Three"]), max_size=3).map(tuple),
    st.lists(BLOCKS, max_size=6).map(tuple),
)
DOCUMENTS = st.lists(SECTIONS, max_size=4).map(lambda found: Document("a.md", Content(tuple(found))))


def cut(blocks: list[Block], headings: tuple[str, ...] = ("A",)) -> list[Chunk]:
    """The chunks of one section with small limits."""
    return list(chunks_of(Document("a.md", Content((Section(headings, tuple(blocks)),))), 8, 12))


def words(text: str) -> Counter[str]:
    """The words and signs of a text."""
    return Counter(re.findall(r"[東京]|[^\s東京]+", text))


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS, st.integers(2, 12), st.integers(0, 12))
def test_no_word_is_lost(document: Document, target: int, more: int) -> None:
    """Every word stands in some chunk of its section, as often as in the document; none is too long; ids differ."""
    chunks = list(chunks_of(document, target, target + more))
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    assert all(count_words(chunk.text) <= target + more for chunk in chunks)
    wanted: Counter[str] = Counter()
    for section in document.content.sections:
        for block in section.blocks:
            wanted += words(block.text) + words(block.header)
    found: Counter[str] = Counter()
    for chunk in chunks:
        found += words(chunk.text)
    assert wanted <= found  # headers of tables are repeated
    assert set(wanted) == set(found)
    said = {heading for chunk in chunks for heading in chunk.headings}
    assert said == {heading for section in document.content.sections for heading in section.headings}


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab #-*`>\n1.=~", max_size=120), st.sampled_from(["a.md", "a.txt", "a.rst"]))
def test_no_letter_is_lost_in_reading(text: str, name: str) -> None:
    """The letters of a file stand in its chunks, whatever markup is around them."""
    chunks = chunks_of(Document(name, read_content(name, text.encode())))
    said = " ".join(" ".join((*chunk.headings, chunk.text)) for chunk in chunks)
    assert Counter(re.findall("[ab]", text)) <= Counter(re.findall("[ab]", said))


def test_blocks_are_put_together() -> None:
    """Up to the target, each whole; code and tables are cut at lines only where they are too long."""
    parts = [Block(PARAGRAPH, "one two three"), Block(PARAGRAPH, "four five six"), Block(PARAGRAPH, "seven eight nine")]
    assert [chunk.text for chunk in cut(parts)] == ["one two three\n\nfour five six", "seven eight nine"]
    code = Block(CODE, "a b c\n\nd e f\ng h i j")
    assert cut([code])[0].text == code.text
    table = Block(TABLE, "\n".join(f"p{n} | {n} EUR each" for n in range(4)), "name | price")
    assert [chunk.text for chunk in cut([table])] == [
        "name | price\np0 | 0 EUR each",
        "name | price\np1 | 1 EUR each",
        "name | price\np2 | 2 EUR each",
        "name | price\np3 | 3 EUR each",
    ]


def test_ids_are_stable() -> None:
    """An id names document and heading, and stays when another section changes; equal headings are told apart."""
    sections = [Section(("Menu", "Prices"), (Block(PARAGRAPH, "a"),)), Section(("Hours",), (Block(PARAGRAPH, "b"),))]
    before = [chunk.id for chunk in chunks_of(Document("m.md", Content(tuple(sections))))]
    assert before == ["m.md#prices~1", "m.md#hours~1"]
    sections[0] = sections[0]._replace(blocks=(Block(PARAGRAPH, "long " * 1000),))
    assert [chunk.id for chunk in chunks_of(Document("m.md", Content(tuple(sections))))][-1] == "m.md#hours~1"
    twice = Document("m.md", Content((sections[1], sections[1])))
    assert [chunk.id for chunk in chunks_of(twice)] == ["m.md#hours~1", "m.md#hours~2"]


def test_long_runs_are_cut() -> None:
    """A text without spaces, such as Japanese or base64, is not one endless word."""
    assert count_words("東京都") == 3
    assert len(cut([Block(PARAGRAPH, "あ" * 100)])) >= 9
    assert "".join(chunk.text for chunk in cut([Block(PARAGRAPH, "x" * 4000)])) == "x" * 4000


def test_lone_headings() -> None:
    """A heading with nothing below it is found; one with sections below it is in their paths."""
    content = Content((Section(("A",), ()), Section(("A", "B"), (Block(PARAGRAPH, "b"),)), Section(("C",), ())))
    assert [(chunk.headings, chunk.text) for chunk in chunks_of(Document("a.md", content))] == [
        (("A", "B"), "b"),
        (("C",), ""),
    ]
