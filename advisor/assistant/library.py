"""The knowledge base of an assistant: folders of documents, searched together, with suspicious passages kept apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from advisor.evaluation.chunks import Chunk
from advisor.evaluation.injection_probe import Injection, Pattern, probe
from advisor.evaluation.injection_rules import load_injection_patterns
from advisor.evaluation.knowledge_base import KnowledgeBase, Refreshed
from advisor.evaluation.quote import best_passage
from advisor.evaluation.search_index import Found, SearchIndex
from advisor.evaluation.search_terms import codes_in
from advisor.tuning.embedding import MiniLM, installed_embedder

_BESIDE_WORDS: Final = 80
_Quote = Callable[[SearchIndex, Chunk], str]


class Passage(NamedTuple):
    """A chunk that has to do with a question, its place below the assistant's folder, and its best sentences."""

    chunk: Chunk
    place: str
    quote: str


class Looked(NamedTuple):
    """What was found for a question, best first, and places left out since they speak to a model."""

    passages: tuple[Passage, ...]
    left_out: tuple[str, ...]


class _Shelf(NamedTuple):
    name: str
    base: KnowledgeBase
    trusted: bool


class _Known(NamedTuple):
    """What is known of a folder's chunks: places that speak to a model, codes such as e-01, and codes' forms."""

    searched: SearchIndex
    suspects: frozenset[str]
    codes: frozenset[str]
    forms: frozenset[str]


class Library:
    """The documents of one assistant, as they are now: a changed document changes the next answer."""

    def __init__(self, folders: Mapping[str, Path], trusted: Sequence[str] = (), cache: Path | None = None) -> None:
        """`folders` by their names as the assistant's file has them. Raises InputError where one is missing."""
        embedder = installed_embedder()
        self._shelves = [
            _Shelf(
                name, KnowledgeBase(path, embedder if isinstance(embedder, MiniLM) else None, cache), name in trusted
            )
            for name, path in folders.items()
        ]
        self._patterns: tuple[Pattern, ...] | None = None
        self._known: dict[str, _Known] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is no folder."""
        return not self._shelves

    def refresh(self) -> dict[str, Refreshed]:
        """Look at every folder now, and say what was found there."""
        return {shelf.name: shelf.base.refresh() for shelf in self._shelves}

    def injections(self) -> list[Injection]:
        """Texts in the documents that speak to a language model; folders that are trusted are looked at too."""
        return [
            one._replace(place=f"{shelf.name}/{one.place}")
            for shelf in self._shelves
            for document in shelf.base.documents
            for one in probe(document, self._known_patterns())
        ]

    def look_up(self, queries: Sequence[str], most: int) -> list[Looked]:
        """At most `most` passages for each query. Where nothing is relevant there is none. Raises InputError."""
        by_shelf = [(shelf, shelf.base.search(queries, most)) for shelf in self._shelves]
        return [
            self._looked([(shelf, found[place]) for shelf, found in by_shelf], query, most)
            for place, query in enumerate(queries)
        ]

    def nearest(self, texts: Sequence[str], least_coverage: float) -> list[Looked]:
        """For each text, which is no question, the nearest passage of each folder that covers so much of it."""
        by_shelf = [(shelf, shelf.base.search(texts, 1)) for shelf in self._shelves]
        return [
            self._passages(
                [(shelf, hits) for shelf, found in by_shelf if _is_near(hits := found[place], least_coverage)],
                1,
                lambda _, chunk: _beginning(chunk.text),
            )
            for place, text in enumerate(texts)
        ]

    def _looked(self, found: Sequence[tuple[_Shelf, Found]], query: str, most: int) -> Looked:
        relevant = [one for one in found if one[1].relevant and not self._asks_unknown_code(one[0], query)]
        looked = self._passages(
            sorted(relevant, key=lambda one: _weight(one[1]), reverse=True), most, partial(_quoted, query)
        )
        asked = set(codes_in(query))
        # Where some passages have the code that is asked for, the others are on something else.
        with_code = tuple(one for one in looked.passages if asked & set(codes_in(one.chunk.text)))
        return looked._replace(passages=(with_code or looked.passages)[:most])

    def _passages(self, relevant: Sequence[tuple[_Shelf, Found]], most: int, quoted: _Quote) -> Looked:
        """Passages of the folders in turn."""
        passages: list[Passage] = []
        left_out: list[str] = []
        for rank in range(most):
            for shelf, hits in relevant:
                if rank >= len(hits.hits):
                    continue
                chunk = hits.hits[rank].chunk
                if not shelf.trusted and chunk.id.rpartition("~")[0] in self._known_of(shelf).suspects:
                    left_out.append(f"{shelf.name}/{chunk.id.rpartition('~')[0].rstrip('#')}")
                    continue
                shown = quoted(shelf.base.index, chunk)
                passages.append(Passage(chunk, f"{shelf.name}/{chunk.source}", shown))
        return Looked(tuple(passages), tuple(dict.fromkeys(left_out)))

    def _asks_unknown_code(self, shelf: _Shelf, query: str) -> bool:
        """Whether the question is about a code such as E-77, where the folder has codes of this form, but not this one.

        No other word tells codes apart, so a passage on another code is no answer.
        """
        asked = set(codes_in(query))
        known = self._known_of(shelf)
        return bool(asked) and not asked & known.codes and any(_form(code) in known.forms for code in asked)

    def _known_of(self, shelf: _Shelf) -> _Known:
        index = shelf.base.index
        known = self._known.get(shelf.name)
        if known is None or known.searched is not index:
            places = {
                one.place if "#" in one.place else f"{one.place}#"
                for document in shelf.base.documents
                for one in probe(document, self._known_patterns())
                if not one.how  # hidden text stands in no chunk
            }
            codes = frozenset(
                code for chunk in index.chunks for code in codes_in(" ".join((*chunk.headings, chunk.text)))
            )
            known = _Known(index, frozenset(places), codes, frozenset(map(_form, codes)))
            self._known[shelf.name] = known
        return known

    def _known_patterns(self) -> tuple[Pattern, ...]:
        if self._patterns is None:
            self._patterns = load_injection_patterns()
        return self._patterns


def _weight(found: Found) -> tuple[bool, float, float]:
    return found.evidence.has_codes, found.evidence.similarity or 0.0, found.evidence.coverage


def _quoted(query: str, index: SearchIndex, chunk: Chunk) -> str:
    """The best sentences; where several codes of the question stand in the chunk, those on each."""
    there = set(codes_in(chunk.text))
    codes = [code for code in dict.fromkeys(codes_in(query)) if code in there]
    if len(codes) < 2:
        return best_passage(index, query, chunk)
    return "\n".join(dict.fromkeys(best_passage(index, code, chunk) for code in codes))


def _beginning(text: str) -> str:
    """The first words; beside a clause all of a short rule is worth reading."""
    words = text.split()
    return " ".join(words[:_BESIDE_WORDS]) + (" …" if len(words) > _BESIDE_WORDS else "")


def _is_near(found: Found, least_coverage: float) -> bool:
    return bool(found.hits) and (found.relevant or found.evidence.coverage >= least_coverage)


def _form(code: str) -> str:
    """A code with its figures alike: E-01 and E-77 are of one form."""
    return re.sub(r"\d", "0", code)
