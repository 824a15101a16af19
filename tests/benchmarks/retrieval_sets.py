"""Questions with the documents that answer them, made from installed data; nothing in them was written for a test."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from advisor.evaluation.chunks import Chunk, chunks_of
from advisor.evaluation.documents import read_documents
from tests.benchmarks.reuters import newsgroups, reuters

PYTHON_DOCS = Path("/usr/share/doc/python3.11/html/_sources")  # of the Debian package python3.11-doc
_FIRST_SENTENCE = re.compile(r"(?s)(?!\.\.)([A-Z].{40,250}?[.])\s+(\S.*)")
_QUERY_WORDS = 8


class Questions(NamedTuple):
    """Chunks, questions, and for each question the id (`source`) of what answers it."""

    name: str
    chunks: list[Chunk]
    questions: list[str]
    gold: list[str]


def faq(docs: Path, *, with_question: bool = False) -> Questions:
    """The Python FAQ: each question to its answer, which has lost its heading unless `with_question`."""
    chunks: list[Chunk] = []
    asked: dict[str, str] = {}
    for document in read_documents(docs / "faq").read:
        for chunk in chunks_of(document):
            source = chunk.id.rpartition("~")[0]
            if chunk.headings and chunk.headings[-1].endswith("?"):
                asked[source] = chunk.headings[-1]
                if not with_question:
                    chunk = chunk._replace(headings=chunk.headings[:-1])
            chunks.append(chunk._replace(source=source))
    return Questions("Python FAQ", chunks, list(asked.values()), list(asked))


def sections(docs: Path, folder: str, most: int = 400) -> Questions:
    """The first sentence of a section to the rest of it, which keeps its headings."""
    rng = random.Random(1)
    chunks = [chunk for document in read_documents(docs / folder).read for chunk in chunks_of(document)]
    questions: list[str] = []
    gold: list[str] = []
    for place, chunk in enumerate(chunks):
        match = _FIRST_SENTENCE.match(chunk.text)
        if match and len(match[2].split()) > 30 and len(questions) < most and rng.random() < 0.5:
            questions.append(match[1])
            gold.append(chunk.id)
            chunk = chunk._replace(text=match[2])
        chunks[place] = chunk._replace(source=chunk.id)
    return Questions(f"sections of {folder}", chunks, questions, gold)


def news(most: int = 1000) -> Questions:
    """The first words of a post (its subject) to the rest of it, among all posts of the test part."""
    return _openings("20 Newsgroups", newsgroups("test").texts, most)


def _openings(name: str, texts: Sequence[str], most: int) -> Questions:
    parted = [text.split() for text in texts]
    long = [words for words in parted if len(words) >= 5 * _QUERY_WORDS]
    chunks = [Chunk(str(n), str(n), (), " ".join(words[_QUERY_WORDS:300])) for n, words in enumerate(long)]
    chosen = random.Random(0).sample(range(len(long)), most)
    return Questions(name, chunks, [" ".join(long[n][:_QUERY_WORDS]) for n in chosen], [str(n) for n in chosen])


def off_topic(docs: Path) -> Iterator[tuple[str, Questions, list[str]]]:
    """Collections with questions that have no answer there: name, collection, questions."""
    wires = _openings("Reuters", reuters("train").texts, 300)
    talk = [
        " ".join(text.split()[:_QUERY_WORDS])
        for text, group in zip(*newsgroups("train"), strict=True)
        if group.startswith(("rec.", "soc.", "talk.")) and len(text.split()) >= 5 * _QUERY_WORDS
    ]
    talk = random.Random(0).sample(talk, 300)
    python = faq(docs, with_question=True)
    yield "Python FAQ, asked of Reuters' topics", python, wires.questions
    yield "Python FAQ, asked of sport, religion, politics", python, talk
    yield "Python library, asked of sport, religion, politics", sections(docs, "library"), talk
    yield "Reuters, asked of Python", wires, python.questions
