"""What was read and embedded before, by the digest of what it was made from: one SQLite file for each folder.

Rows are only added, and old ones removed after 30 days without use, so several processes can share it: each takes what
is there and adds what is not. It holds nothing that cannot be made again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from advisor.evaluation.document import Block, Content, Hidden, Section

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT: Final = 1  # of the file and of what readers make; part of the file's name, so that versions do not meet
_KEPT_DAYS: Final = 30
_WAIT_S: Final = 60.0  # for another process to finish writing
_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS document (key TEXT PRIMARY KEY, content TEXT NOT NULL, day INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS vector (
        model TEXT NOT NULL, key TEXT NOT NULL, numbers BLOB NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (model, key)
    );
    CREATE TABLE IF NOT EXISTS place (path TEXT PRIMARY KEY, key TEXT NOT NULL);
"""


class PassageCache:
    """The cache in one file; a damaged file is made anew."""

    def __init__(self, path: Path) -> None:
        """Raises OSError or sqlite3.Error where no file can be written there."""
        self._path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._make()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            path.unlink(missing_ok=True)
            self._make()

    def contents(self, keys: Iterable[str], day: int) -> dict[str, Content]:
        """The contents that are kept under `keys`, marked as used on `day`."""
        with self._open() as connection:
            found = dict(_rows(connection, "SELECT key, content FROM document WHERE key IN", keys))
            _mark(connection, "document", found, day)
        return {key: _content(text) for key, text in found.items()}

    def keep_contents(self, contents: Mapping[str, Content], day: int) -> None:
        """Add contents by their keys."""
        rows = [(key, json.dumps(content, ensure_ascii=True), day) for key, content in contents.items()]
        with self._open() as connection:
            connection.executemany("INSERT OR IGNORE INTO document VALUES (?, ?, ?)", rows)

    def vectors(self, model: str, keys: Iterable[str], day: int) -> dict[str, NDArray[np.float32]]:
        """The vectors of a model that are kept under `keys`, marked as used on `day`."""
        import numpy as np

        with self._open() as connection:
            found = dict(_rows(connection, "SELECT key, numbers FROM vector WHERE model = ? AND key IN", keys, model))
            _mark(connection, "vector", found, day)
        return {key: np.frombuffer(numbers, "<f4").astype(np.float32) for key, numbers in found.items()}

    def keep_vectors(self, model: str, vectors: Mapping[str, NDArray[np.float32]], day: int) -> None:
        """Add vectors by their keys."""
        rows = [(model, key, vector.astype("<f4").tobytes(), day) for key, vector in vectors.items()]
        with self._open() as connection:
            connection.executemany("INSERT OR IGNORE INTO vector VALUES (?, ?, ?, ?)", rows)

    def replace_places(self, places: Mapping[str, str], day: int) -> dict[str, str]:
        """Put down which key each path has now, and return what it was; forget what was not used for long."""
        with self._open() as connection:
            before = dict(connection.execute("SELECT path, key FROM place"))
            if before != places:
                connection.execute("DELETE FROM place")
                connection.executemany("INSERT INTO place VALUES (?, ?)", places.items())
            connection.execute("DELETE FROM document WHERE day < ?", (day - _KEPT_DAYS,))
            connection.execute("DELETE FROM vector WHERE day < ?", (day - _KEPT_DAYS,))
        return before

    def _make(self) -> None:
        with closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as connection:
            connection.executescript(_TABLES)
        self._path.chmod(0o600)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection in one transaction, which no other process's writing can come between."""
        with closing(sqlite3.connect(self._path, timeout=_WAIT_S, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection


def _rows(connection: sqlite3.Connection, query: str, keys: Iterable[str], *first: str) -> Iterator[tuple[str, bytes]]:
    wanted = list(dict.fromkeys(keys))
    for begin in range(0, len(wanted), 500):
        part = wanted[begin : begin + 500]
        yield from connection.execute(f"{query} ({','.join('?' * len(part))})", (*first, *part))


def _mark(connection: sqlite3.Connection, table: str, keys: Iterable[str], day: int) -> None:
    rows = [(day, key, day) for key in keys]
    connection.executemany(f"UPDATE {table} SET day = ? WHERE key = ? AND day < ?", rows)  # noqa: S608 one of two names


def _content(text: str | bytes) -> Content:
    sections, hidden = json.loads(text)
    return Content(
        tuple(Section(tuple(headings), tuple(Block(*block) for block in blocks)) for headings, blocks in sections),
        tuple(Hidden(*one) for one in hidden),
    )


def rows_in_order(found: Mapping[str, NDArray[np.float32]], keys: Sequence[str]) -> NDArray[np.float32]:
    """The vectors of `keys`, a row for each."""
    import numpy as np

    return np.stack([found[key] for key in keys]) if keys else np.zeros((0, 1), np.float32)
