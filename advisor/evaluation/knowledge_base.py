"""A folder of documents that can be searched, kept up to date: only what changed is read and embedded again."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from advisor.errors import InputError
from advisor.evaluation.chunks import Chunk, chunks_of
from advisor.evaluation.document import Content, Document
from advisor.evaluation.documents import File, Unread, content_key, find_documents, read_content, read_file
from advisor.evaluation.passage_cache import FORMAT, PassageCache, rows_in_order
from advisor.evaluation.relevance import least_similarity
from advisor.evaluation.search_index import Found, SearchIndex
from advisor.rule_cache import cache_folder

if TYPE_CHECKING:
    from advisor.tuning.embedding import Embedder, Vectors

_READ_AT_ONCE: Final = 100  # documents; what a stopped run had read before is kept
_EMBEDDED_AT_ONCE: Final = 256  # chunks; what a stopped run had embedded is kept
_FRESH_S: Final = 2.0  # longer than a tick of any file system's clock
_DAY_S: Final = 86_400


class Refreshed(NamedTuple):
    """What the last look at the folder did: documents read anew, chunks embedded anew, and paths gone since the last.

    `documents` counts all that can be searched; `unread` are those that cannot be read, with the reason.
    """

    documents: int
    read: tuple[str, ...]
    embedded: int
    removed: tuple[str, ...]
    unread: tuple[Unread, ...]


class _Seen(NamedTuple):
    """A file's stamp, when it was first seen with it (seconds of the monotonic clock), and the key read last.

    Until it was read some time after that, it is not `sure`: a change within a clock tick leaves the stamp as it is.
    """

    stamp: tuple[int, int, int, int]
    since_s: float
    key: str
    sure: bool


class KnowledgeBase:
    """The documents of one folder. Safe to be used from several threads, and by several processes at once."""

    def __init__(self, folder: Path, embedder: Embedder | None = None, cache: Path | None = None) -> None:
        """`cache` is the folder for what is kept, by default in the user's cache folder; `embedder` adds vectors.

        Where no cache can be written, everything is kept in memory. Raises InputError where there is no such folder.
        """
        if not folder.is_dir():
            raise InputError("there is no such folder", where=str(folder), what_to_do="name your documents' folder")
        self.folder = folder
        self._embedder = embedder
        self._cache = _cache_of(folder, cache or cache_folder())
        self._lock = threading.RLock()
        self._seen: dict[str, _Seen] = {}
        self._contents: dict[str, Content] = {}
        self._places: dict[str, str] | None = None
        self._vectors: dict[str, Vectors] = {}
        self._index = SearchIndex(())

    @property
    def index(self) -> SearchIndex:
        """The index of the last look at the folder."""
        return self._index

    @property
    def has_vectors(self) -> bool:
        """Whether the chunks can be searched by vectors."""
        return self._embedder is not None

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents of the last look at the folder, by path."""
        return tuple(Document(path, self._contents[key]) for path, key in (self._places or {}).items())

    def search(self, queries: Sequence[str], most: int = 5, method: str = "", *, look: bool = True) -> list[Found]:
        """At most `most` chunks for each query, from the documents as they are now. Raises InputError, HostError.

        Looking at the folder takes a moment in which many queries can be answered, so ask them at once, or without a
        `look`, from the documents of the last one.
        """
        if look:
            self.refresh()
        with self._lock:
            index = self._index
        vectors = self._embedder.embed(list(queries)) if self._embedder and queries else None
        return index.search(queries, most, vectors=vectors, method=method)

    def refresh(self) -> Refreshed:
        """Look at the folder, and read and embed what is new in it. Raises InputError, HostError."""
        with self._lock:
            return self._refreshed()

    def _refreshed(self) -> Refreshed:
        day = int(time.time() // _DAY_S)
        unread: list[Unread] = []
        files: dict[str, File] = {}
        for found in find_documents(self.folder):
            if isinstance(found, Unread):
                unread.append(found)
                continue
            try:
                self._look_at(found)
                files[found.path] = found
            except InputError as error:
                unread.append(Unread(found.path, str(error)))
        self._seen = {path: self._seen[path] for path in files}
        read, failed = self._read(files, day)
        unread += failed
        places = {path: self._seen[path].key for path in files if self._seen[path].key in self._contents}
        before, embedded = self._places or {}, 0
        if places != self._places:
            if self._cache:
                before = self._cache.replace_places(places, day)
            embedded = self._build(places, day)
        removed = tuple(sorted(before.keys() - places))
        return Refreshed(len(places), read, embedded, removed, tuple(sorted(unread)))

    def _look_at(self, file: File) -> None:
        """Note the key of a file, which is read for that unless it is surely the same as before."""
        seen = self._seen.get(file.path)
        same = seen is not None and seen.stamp == file.stamp
        if seen and same and seen.sure:
            return
        now = time.monotonic()
        since = seen.since_s if seen and same else now
        self._seen[file.path] = _Seen(file.stamp, since, content_key(file, read_file(file)), now - since > _FRESH_S)

    def _read(self, files: dict[str, File], day: int) -> tuple[tuple[str, ...], list[Unread]]:
        """Take the contents of new keys from the cache or read them: the paths read, and what cannot be read."""
        missing = {self._seen[path].key for path in files} - self._contents.keys()
        if self._cache and missing:
            self._contents.update(self._cache.contents(missing, day))
        made: dict[str, Content] = {}
        read: list[str] = []
        unread: list[Unread] = []
        for path, file in files.items():
            if self._seen[path].key in self._contents:
                continue
            try:
                data = read_file(file)
                content = read_content(path, data)
            except InputError as error:
                unread.append(Unread(path, str(error)))
                continue
            key = content_key(file, data)
            self._seen[path] = self._seen[path]._replace(key=key, sure=False)
            self._contents[key] = made[key] = content
            read.append(path)
            if len(made) == _READ_AT_ONCE:
                self._keep(made, day)
        self._keep(made, day)
        return tuple(read), unread

    def _keep(self, made: dict[str, Content], day: int) -> None:
        if self._cache and made:
            self._cache.keep_contents(made, day)
        made.clear()

    def _build(self, places: dict[str, str], day: int) -> int:
        """Make the index of these documents; the number of chunks that had to be embedded."""
        kept = set(places.values())
        self._contents = {key: content for key, content in self._contents.items() if key in kept}
        chunks = [chunk for path, key in places.items() for chunk in chunks_of(Document(path, self._contents[key]))]
        vectors, embedded = self._embedded(chunks, day)
        floor = least_similarity(self._embedder.what) if self._embedder else None
        self._index = SearchIndex(chunks, vectors, floor)
        self._places = places
        return embedded

    def _embedded(self, chunks: Sequence[Chunk], day: int) -> tuple[Vectors | None, int]:
        """The vectors of chunks, and how many were made."""
        if self._embedder is None:
            return None, 0
        texts = {_digest(text): text for text in map(_told, chunks)}
        self._vectors = {key: vector for key, vector in self._vectors.items() if key in texts}
        missing = [key for key in texts if key not in self._vectors]
        if self._cache and missing:
            self._vectors.update(self._cache.vectors(self._embedder.what, missing, day))
            missing = [key for key in missing if key not in self._vectors]
        for begin in range(0, len(missing), _EMBEDDED_AT_ONCE):
            part = missing[begin : begin + _EMBEDDED_AT_ONCE]
            made = dict(zip(part, self._embedder.embed([texts[key] for key in part]), strict=True))
            if self._cache:
                self._cache.keep_vectors(self._embedder.what, made, day)
            self._vectors.update(made)
        return rows_in_order(self._vectors, [_digest(_told(chunk)) for chunk in chunks]), len(missing)


def _told(chunk: Chunk) -> str:
    """A chunk as it is embedded: below its headings."""
    return "\n".join((" > ".join(chunk.headings), chunk.text)) if chunk.headings else chunk.text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _cache_of(folder: Path, cache: Path | None) -> PassageCache | None:
    if cache is None:
        return None
    named = _digest(str(folder.resolve()))[:16]
    try:
        return PassageCache(cache / f"documents-{named}-{FORMAT}.sqlite")
    except (OSError, sqlite3.Error):
        return None
