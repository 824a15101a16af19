"""The knowledge base of an assistant: folders of documents, searched together, with suspicious passages kept apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from advisor.evaluation.chunks import Chunk
from advisor.evaluation.injection_probe import Injection, Pattern, probe
from advisor.evaluation.injection_rules import load_injection_patterns
from advisor.evaluation.knowledge_base import KnowledgeBase, Refreshed
from advisor.evaluation.quote import best_passage
from advisor.evaluation.search_index import Found, SearchIndex
from advisor.tuning.embedding import MiniLM, installed_embedder


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
        self._suspicious: dict[str, tuple[SearchIndex, frozenset[str]]] = {}

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

    def _looked(self, found: Sequence[tuple[_Shelf, Found]], query: str, most: int) -> Looked:
        """Passages of the folders in turn, the folder that has most to do with the question first."""
        relevant = sorted((one for one in found if one[1].relevant), key=lambda one: _weight(one[1]), reverse=True)
        passages: list[Passage] = []
        left_out: list[str] = []
        for rank in range(most):
            for shelf, hits in relevant:
                if rank >= len(hits.hits):
                    continue
                chunk = hits.hits[rank].chunk
                if chunk.id.rpartition("~")[0] in self._suspects(shelf):
                    left_out.append(f"{shelf.name}/{chunk.id.rpartition('~')[0].rstrip('#')}")
                    continue
                quoted = best_passage(shelf.base.index, query, chunk)
                passages.append(Passage(chunk, f"{shelf.name}/{chunk.source}", quoted))
        return Looked(tuple(passages[:most]), tuple(dict.fromkeys(left_out)))

    def _suspects(self, shelf: _Shelf) -> frozenset[str]:
        """Places of a folder with a text that speaks to a model, as `path#slug`."""
        if shelf.trusted:
            return frozenset()
        index = shelf.base.index
        kept = self._suspicious.get(shelf.name)
        if kept is None or kept[0] is not index:
            places = {
                place.place if "#" in place.place else f"{place.place}#"
                for document in shelf.base.documents
                for place in probe(document, self._known_patterns())
                if not place.how  # hidden text stands in no chunk
            }
            kept = self._suspicious[shelf.name] = (index, frozenset(places))
        return kept[1]

    def _known_patterns(self) -> tuple[Pattern, ...]:
        if self._patterns is None:
            self._patterns = load_injection_patterns()
        return self._patterns


def _weight(found: Found) -> tuple[bool, float, float]:
    return found.evidence.has_codes, found.evidence.similarity or 0.0, found.evidence.coverage
