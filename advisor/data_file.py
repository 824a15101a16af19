"""Opens a file of fine-tuning data: which kind it is, and its parts, of which only one is held at a time.

JSON Lines, a JSON array, CSV or TSV, each also gzipped, are known by their content; Parquet needs the extra `parquet`.
"""

from __future__ import annotations

import errno
import gzip
import json
import stat
import zlib
from collections.abc import Iterator
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from advisor.dataset.csv_rows import csv_parts, guess_delimiter
from advisor.dataset.file_parts import Element, Lines, Part, Row, Unread
from advisor.dataset.json_array import array_parts
from advisor.dataset.json_lines import BYTE_ORDER_MARK, line_parts, without_mark
from advisor.dataset.json_row import parse_row
from advisor.dataset.table import guess_columns
from advisor.errors import InputError

_CHUNK_BYTES: Final = 64 * 1024
_HEAD_BYTES: Final = 64 * 1024
_SAMPLE_ROWS: Final = 200
_SAMPLE_PARTS: Final = 256
_OTHER_KINDS: Final = {  # how files begin that are no data sets
    b"PK\x03\x04": ("a ZIP archive or an Excel workbook", "unpack it, or save the sheet as CSV in UTF-8"),
    b"%PDF": ("a PDF", "give the rows as JSON Lines or CSV"),
    b"\x80\x04": ("a Python pickle", "write the rows as JSON Lines"),
    b"SQLite format 3": ("an SQLite database", "export the rows as JSON Lines or CSV"),
    b"\x28\xb5\x2f\xfd": ("compressed with Zstandard", "unpack it, or use gzip"),
    b"BZh": ("compressed with bzip2", "unpack it, or use gzip"),
    b"\xfd7zXZ": ("compressed with xz", "unpack it, or use gzip"),
}


class DataFile(NamedTuple):
    """A file that can be read; `kind` is lines, array, table or parquet."""

    path: Path
    kind: str
    size_bytes: int
    delimiter: str = ","


class Sample(NamedTuple):
    """The first rows that can be read, and the first bytes, to recognise the format by."""

    values: tuple[Any, ...]
    head: bytes


def open_data_file(path: Path) -> DataFile:
    """Find out what `path` is. Raises InputError for what cannot be read, is empty, or is not UTF-8 at all."""
    try:
        state = path.stat()
        if stat.S_ISREG(state.st_mode):
            head = _head(path)
        elif stat.S_ISDIR(state.st_mode):
            raise IsADirectoryError(errno.EISDIR, "")
        else:
            raise InputError(
                "this is a pipe or a device, which cannot be read twice",
                where=str(path),
                what_to_do="write it to a file first",
            )
    except OSError as error:
        raise _cannot_open(path, error) from None
    except ValueError as error:
        raise InputError(f"this path cannot be opened: {error}", where=repr(str(path))) from None
    if head[:4] == b"PAR1":
        return DataFile(path, "parquet", state.st_size)
    _refuse_other_kinds(path, head)
    text = head.removeprefix(BYTE_ORDER_MARK)
    start = text.lstrip()
    if not start and len(head) < _HEAD_BYTES:
        raise InputError(
            "the file is empty" if not head else "the file holds nothing but white space",
            where=str(path),
            what_to_do="give a file with at least one row",
        )
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    header = text.split(b"\n", 1)[0].decode("utf-8", "replace").strip("\r")
    delimiter = "\t" if suffix == ".tsv" else guess_delimiter(header)
    if suffix in (".csv", ".tsv"):
        return DataFile(path, "table", state.st_size, delimiter)
    if start.startswith(b"[") and not _is_line(start):
        return DataFile(path, "array", state.st_size)
    if start[:1] not in b'{["' and guess_columns(header.split(delimiter)):
        return DataFile(path, "table", state.st_size, delimiter)
    return DataFile(path, "lines", state.st_size)


def read_parts(file: DataFile) -> Iterator[Part]:
    """The file from its beginning, part by part. Raises InputError where it can be read no further."""
    if file.kind == "parquet":
        yield from _parquet_rows(file.path)
        return
    try:
        with _opened(file.path) as stream:
            chunks = without_mark(_chunks(stream))
            if file.kind == "table":
                yield from csv_parts(chunks, file.delimiter)
            else:
                yield from array_parts(chunks) if file.kind == "array" else line_parts(chunks)
    except OSError as error:
        raise _cannot_open(file.path, error) from None


def sample_of(file: DataFile) -> Sample:
    """Rows from the beginning of the file, broken ones left out."""
    values: list[Any] = []
    for part in islice(read_parts(file), _SAMPLE_PARTS if file.kind == "lines" else _SAMPLE_ROWS):
        if isinstance(part, Lines):
            lines = part.data.split(b"\n", _SAMPLE_ROWS)[:_SAMPLE_ROWS]
            values += [row.value for row in map(parse_row, lines) if isinstance(row.value, dict)]
        elif isinstance(part, Element):
            values.append(parse_row(part.data).value)
        elif isinstance(part, Row):
            values.append(dict(part.value))
        if len(values) >= _SAMPLE_ROWS:
            break
    return Sample(tuple(values), _head(file.path) if file.kind != "parquet" else b"")


def _opened(path: Path) -> gzip.GzipFile | BufferedReader:
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")


def _head(path: Path) -> bytes:
    with _opened(path) as stream:
        try:
            return stream.read(_HEAD_BYTES)
        except (EOFError, zlib.error):
            stream.seek(0)
            return next((chunk for chunk in _chunks(stream) if isinstance(chunk, bytes)), b"")


def _chunks(stream: gzip.GzipFile | BufferedReader) -> Iterator[bytes | Unread]:
    while True:
        try:
            chunk = stream.read1(_CHUNK_BYTES)
        except EOFError:
            yield Unread(1, None, "truncated", "the gzip stream ends early; rows are missing", row=False)
            return
        except (zlib.error, gzip.BadGzipFile) as error:
            yield Unread(1, None, "truncated", f"the gzip stream is damaged here: {error}", row=False)
            return
        if not chunk:
            return
        yield chunk


def _refuse_other_kinds(path: Path, head: bytes) -> None:
    zeros = head[:4096].count(0)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or zeros > len(head[:4096]) * 0.3:
        raise InputError("the file is UTF-16 or UTF-32, not UTF-8", where=str(path), what_to_do="save it as UTF-8")
    for begin, (what, advice) in _OTHER_KINDS.items():
        if head.startswith(begin):
            raise InputError(f"the file is {what}", where=str(path), what_to_do=advice)


def _is_line(start: bytes) -> bool:
    """Whether a file that begins with a bracket is JSON Lines all the same: its first line is a whole list."""
    line, _, rest = start.partition(b"\n")
    if not rest.strip() or rest.lstrip()[:1] in b",]":
        return False
    try:
        return isinstance(json.loads(line), list)
    except (ValueError, RecursionError):
        return False


def _cannot_open(path: Path, error: OSError) -> InputError:
    problems = {
        errno.ENOENT: ("there is no such file", "check the path"),
        errno.EISDIR: ("this is a folder, not a file", "name a data file inside it"),
        errno.EACCES: ("this file may not be read", "ask for permission to read it"),
    }
    problem, advice = problems.get(error.errno or 0, (error.strerror or str(error), "check the path"))
    return InputError(problem, where=str(path) or "an empty path", what_to_do=advice)


def _parquet_rows(path: Path) -> Iterator[Row]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InputError(
            "Parquet files need the package pyarrow", where=str(path), what_to_do="pip install 'advisor[parquet]'"
        ) from None
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=1000):
                for value in batch.to_pylist():
                    number += 1
                    yield Row(number, _without_nulls(value))
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"the Parquet file cannot be read: {error}", where=str(path)) from None


def _without_nulls(value: Any) -> Any:
    """Structs of Parquet hold every key in every row; those that are null were not there."""
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
