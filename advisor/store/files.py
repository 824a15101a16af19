"""What is known of uploaded and written files; their bytes lie in the data folder."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Engine, delete, insert, select

from advisor.store.page import Page, read_page
from advisor.store.tables import DEFAULT_WORKSPACE, FILES


class StoredFile(NamedTuple):
    """A file; `created_at` in seconds since 1970."""

    id: str
    bytes: int
    created_at: int
    filename: str
    purpose: str
    sha256: str
    workspace: str = DEFAULT_WORKSPACE


_COLUMNS = tuple(FILES.c[name] for name in StoredFile._fields)


class Files:
    """The table of files."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, file: StoredFile) -> None:
        """Note a file whose bytes are in place. A file that is known already stays as it is."""
        with self._engine.begin() as connection:
            if connection.execute(select(FILES.c.id).where(FILES.c.id == file.id)).scalar() is None:
                connection.execute(insert(FILES).values(file._asdict()))

    def find(self, id: str, workspace: str | None = None) -> StoredFile | None:
        """The file with that id; with `workspace` only if it lies there."""
        query = select(*_COLUMNS).where(FILES.c.id == id)
        if workspace is not None:
            query = query.where(FILES.c.workspace == workspace)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return StoredFile(*row) if row else None

    def page(
        self,
        *,
        after: str | None = None,
        limit: int = 10_000,
        purpose: str | None = None,
        oldest_first: bool = False,
        workspace: str | None = None,
    ) -> Page[StoredFile]:
        """Files, those of one purpose and one workspace if given. Raises UnknownCursor."""
        query = select(*_COLUMNS)
        if workspace is not None:
            query = query.where(FILES.c.workspace == workspace)
        if purpose is not None:
            query = query.where(FILES.c.purpose == purpose)
        with self._engine.connect() as connection:
            found = read_page(connection, query, FILES, after=after, limit=limit, oldest_first=oldest_first)
        return Page(tuple(StoredFile(*row) for row in found.rows), found.has_more)

    def remove(self, id: str) -> bool:
        """Forget a file; false where there was none."""
        with self._engine.begin() as connection:
            return connection.execute(delete(FILES).where(FILES.c.id == id)).rowcount > 0
