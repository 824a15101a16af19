"""Answers in the documents' own words: the sentences of the best chunk that say most of what was asked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from advisor.evaluation.chunks import Chunk, count_words
from advisor.evaluation.search_index import Found, SearchIndex

REFUSAL: Final = "The documents say nothing about this."
WORDS: Final = 60
_BAR: Final = " | "  # between the cells of a row
_SENTENCE: Final = re.compile(
    r"\S(?:[^\n]|\n(?!\s*\n|\s*[-*•]\s))*?(?:[.!?…][\"')\]]*(?=\s|$)|[。！？]|(?=\n\s*\n|\n\s*[-*•]\s)|$)"
)


class Quote(NamedTuple):
    """An answer with the mark [1] of its source, and the ids of the chunks cited, in order of their marks.

    Where nothing relevant was found it is REFUSAL and cites nothing.
    """

    text: str
    chunks: tuple[str, ...]


def quote(index: SearchIndex, query: str, found: Found, most_words: int = WORDS) -> Quote:
    """The neighbouring sentences of the first hit, at most `most_words` long, that best match the query."""
    if not found.relevant:
        return Quote(REFUSAL, ())
    chunk = found.hits[0].chunk
    return Quote(f"{best_passage(index, query, chunk, most_words)} [1]", (chunk.id,))


def best_passage(index: SearchIndex, query: str, chunk: Chunk, most_words: int = WORDS) -> str:
    """The run of sentences with the greatest weight of the query's terms for its length; spaces are made single."""
    words = index.words
    weights = {term: words.idf_of(term) for term in words.terms.asked(query)}
    sentences = [
        sentence
        for line in _lines(chunk.text)
        for sentence in ([line] if _BAR in line else _SENTENCE.findall(line))
        if sentence.strip()
    ]
    if not sentences:
        return " ".join((chunk.text or chunk.headings[-1] if chunk.headings else chunk.text).split())
    terms = [frozenset(words.terms.stems(words.terms.words(sentence))) for sentence in sentences]
    sizes = [count_words(sentence) for sentence in sentences]
    best, best_score = (0, 1), -1.0
    for begin in range(len(sentences)):
        said: set[str] = set()
        size = 0
        for end in range(begin, len(sentences)):
            size += sizes[end]
            if end > begin and (size > most_words or _BAR in sentences[begin] or _BAR in sentences[end]):
                break  # a row of a table is quoted by itself
            said |= terms[end] & weights.keys()
            score = sum(weights[term] for term in said) / math.log2(8 + size)
            if score > best_score + 1e-9:
                best, best_score = (begin, end + 1), score
    return _within(" ".join(" ".join(sentences[slice(*best)]).split()), most_words)


def _lines(text: str) -> list[str]:
    """The rows of a table each by itself, other text as it stands."""
    parts: list[str] = []
    for line in text.split("\n"):
        if _BAR in line or not parts or _BAR in parts[-1]:
            parts.append(line)
        else:
            parts[-1] += f"\n{line}"
    return parts


def _within(text: str, most_words: int) -> str:
    """The text, cut after `most_words` words with an ellipsis."""
    parts = text.split(" ")
    return text if len(parts) <= most_words else " ".join(parts[:most_words]) + " …"


def shown_sources(chunks: Sequence[Chunk]) -> str:
    """A line for each chunk that is cited: its mark, document and heading."""
    lines = [
        f"[{number}] {chunk.source}" + (f", {' > '.join(chunk.headings)}" if chunk.headings else "")
        for number, chunk in enumerate(chunks, 1)
    ]
    return "\n".join(lines)
