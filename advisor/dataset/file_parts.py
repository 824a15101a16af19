"""A data file as it comes in: a part after the other, none of them large."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from advisor.dataset.fault import Fault


class Lines(NamedTuple):
    """Whole lines of JSON, cut at line feeds only; `cut` says why the last one may be incomplete, "" where it is not.

    `first` is the number of the first line in the file, from 1.
    """

    first: int
    data: bytes
    cut: str = ""


class Element(NamedTuple):
    """One element of a JSON array: its text, and the line and column, from 1, where it begins."""

    line: int
    column: int
    data: bytes
    cut: str = ""


class Row(NamedTuple):
    """A row of a table, read already; `faults` are those of its form, such as too few cells."""

    line: int
    value: Mapping[str, Any]
    faults: tuple[Fault, ...] = ()


class Unread(NamedTuple):
    """Something that was not read: the line, the id of the finding and why; `row` is false for what is no row."""

    line: int
    column: int | None
    finding: str
    detail: str
    row: bool = True


Part = Lines | Element | Row | Unread
