"""Converts a file of fine-tuning data to another format; what the target cannot hold is counted and named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from advisor.data_check import recognised_format
from advisor.data_file import DataFile, open_data_file, read_parts
from advisor.data_target import rows_to, target_kind
from advisor.dataset.conversation import Written
from advisor.dataset.formats import RowFormat, row_format
from advisor.dataset.structure import StructureCheck
from advisor.errors import InputError


class Loss(NamedTuple):
    """Something that the target could not hold: what, in how many rows, and the line of the first."""

    what: str
    rows: int
    first_line: int


class Conversion(NamedTuple):
    """What was read and written."""

    from_format: str
    rows: int
    written: int
    losses: tuple[Loss, ...]


class _Reading:
    """Rows of the source in the target's format, and what is lost on the way."""

    def __init__(self, file: DataFile, source: RowFormat, target: RowFormat) -> None:
        self.file = file
        self.structure = StructureCheck(source)
        self.target = target
        self.lost: Counter[str] = Counter()
        self.first: dict[str, int] = {}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row that can be written, in the order of the file."""
        for part in read_parts(self.file):
            for row in self.structure.read(part):
                if not row.right:
                    continue
                written = self._written(row.line, self.target.write(row.conversation))
                if written is not None:
                    yield written
        for name, places in self.structure.places.items():
            self._lose(f"rows that break a rule of their format ({name})", places[0].line, len(places))

    def losses(self) -> tuple[Loss, ...]:
        """What was lost so far, the most frequent first."""
        return tuple(Loss(what, rows, self.first[what]) for what, rows in self.lost.most_common())

    def _written(self, line: int, written: Written) -> dict[str, Any] | None:
        for what in dict.fromkeys(written.lost):
            self._lose(what, line, 1)
        return written.row

    def _lose(self, what: str, line: int, rows: int) -> None:
        self.lost[what] += rows
        self.first.setdefault(what, line)


def convert_file(
    path: Path,
    out: Path,
    to: str,
    *,
    form: str | None = None,
    prompt: str | None = None,
    answer: str | None = None,
    drop: bool = False,
) -> Conversion:
    """Write the rows of `path` to `out` in the format `to`; `form` is that of the rows, if not to be recognised.

    Raises InputError, with nothing written, where something would be lost and `drop` is false, or where no row is left.
    """
    kind = target_kind(out)
    if (kind in (".csv", ".tsv")) != (to == "table") and kind != ".parquet":
        wanted = ".csv, .tsv or .parquet" if to == "table" else ".jsonl, .json or .parquet"
        raise InputError(f"rows of the format {to} do not go into {kind}", where=str(out), what_to_do=f"use {wanted}")
    file = open_data_file(path)
    source, target = recognised_format(file, form, prompt, answer), row_format(to)
    reading = _Reading(file, source, target)
    columns = _columns(file, source, target) if kind in (".csv", ".tsv") else ()
    written = 0
    with rows_to(out, path, columns) as write:
        for row in reading.rows():
            write(row)
            written += 1
        losses = reading.losses()
        if losses and not drop:
            raise InputError(
                "\n  ".join([f"something would be lost in {to}:", *map(loss_in_words, losses)]),
                where=f"{path}:{losses[0].first_line}",
                what_to_do="nothing was written; --drop writes the rest and says what was dropped",
            )
        if not written:
            raise InputError("no row is left to write", where=str(path), what_to_do="check the file first")
    return Conversion(source.name, reading.structure.rows, written, losses)


def loss_in_words(loss: Loss) -> str:
    """`the rejected answer, 3 x, first on line 7`."""
    return f"{loss.what}, {loss.rows:,} x, first on line {loss.first_line}"


def _columns(file: DataFile, source: RowFormat, target: RowFormat) -> tuple[str, ...]:
    """Every column that a table will have: it is written before the rows, so the rows are read once more."""
    names: dict[str, None] = {}
    for row in _Reading(file, source, target).rows():
        names.update(dict.fromkeys(row))
    return tuple(names) or ("prompt", "completion")
