"""Pages of a list: rows after a cursor, and whether there are more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Connection, Select, Table

T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """Some items of a list in their order."""

    items: tuple[T, ...]
    has_more: bool


class UnknownCursor(Exception):  # noqa: N818  an answer about the cursor, not an error of ours
    """`after` names nothing in the list."""


class Rows(NamedTuple):
    """The rows of a page, not yet made into records."""

    rows: Sequence[Any]
    has_more: bool


def read_page(
    connection: Connection, query: Select[Any], table: Table, *, after: str | None, limit: int, oldest_first: bool
) -> Rows:
    """At most `limit` rows of `query` that come after the row with the id `after`. Raises UnknownCursor."""
    if after is not None:
        # Looked for among the rows of the query: a cursor from elsewhere tells nothing of what there is.
        number = connection.execute(query.with_only_columns(table.c.number).where(table.c.id == after)).scalar()
        if number is None:
            raise UnknownCursor(after)
        query = query.where(table.c.number > number if oldest_first else table.c.number < number)
    query = query.order_by(table.c.number.asc() if oldest_first else table.c.number.desc()).limit(limit + 1)
    rows = connection.execute(query).all()
    return Rows(rows[:limit], len(rows) > limit)
