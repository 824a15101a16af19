"""Writes rows to a file: whole or not at all, and never over what is being read.

Rows go to a temporary file of this process beside the target, which takes the target's place once all are on the disk.
So an interrupted run or a full disk leaves the target as it was, and of two processes the last one to end wins whole.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from advisor.dataset.json_text import as_json
from advisor.errors import InputError

RowWriter = Callable[[dict[str, Any]], None]
_KINDS: Final = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")


def target_kind(path: Path) -> str:
    """The ending that says how rows are written to `path`. Raises InputError for an ending that says nothing."""
    kind = Path(path.name.lower().removesuffix(".gz")).suffix
    if kind not in _KINDS:
        raise InputError(
            f"the ending {kind or 'of this name'} does not say how to write rows",
            where=str(path),
            what_to_do=f"end the name with one of {', '.join(_KINDS)}; .gz may follow",
        )
    if kind == ".parquet" and path.name.lower().endswith(".gz"):
        raise InputError("Parquet is compressed already", where=str(path), what_to_do="leave .gz out")
    return kind


@contextmanager
def rows_to(path: Path, source: Path, columns: tuple[str, ...] = ()) -> Iterator[RowWriter]:
    """A function that writes one row; the file appears when the block ends without an error.

    `columns` are those of a CSV or TSV. Raises InputError where `path` is `source`, or cannot be written.
    """
    kind = target_kind(path)
    if path.exists() and path.samefile(source):
        raise InputError("this is the file that is read", where=str(path), what_to_do="write to another file")
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _cannot_write(path, error) from None
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            with _packed(raw, path) as stream, _writer(stream, kind, columns, path) as write:
                yield write
            raw.flush()
            os.fsync(raw.fileno())
        temporary.chmod(_mode(path))
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _cannot_write(path, error) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """The rights of the file that is replaced, else those of any new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _cannot_write(path: Path, error: OSError) -> InputError:
    problem = f"the file cannot be written: {error.strerror or error}"
    return InputError(problem, where=str(path), what_to_do="make room, or choose another place; nothing was changed")


@contextmanager
def _packed(raw: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    if not path.name.lower().endswith(".gz"):
        yield raw
        return
    # Without a time stamp the same rows give the same bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
        yield packed  # type: ignore[misc]


@contextmanager
def _writer(stream: IO[bytes], kind: str, columns: tuple[str, ...], path: Path) -> Iterator[RowWriter]:
    if kind == ".parquet":
        with _parquet_writer(stream, path) as write:
            yield write
    elif kind == ".json":
        begun = False

        def element(row: dict[str, Any]) -> None:
            nonlocal begun
            stream.write((",\n" if begun else "[\n").encode() + as_json(row).encode())
            begun = True

        yield element
        stream.write(b"\n]\n" if begun else b"[]\n")
    elif kind in (".csv", ".tsv"):
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        table = csv.DictWriter(text, columns, delimiter="\t" if kind == ".tsv" else ",", lineterminator="\n")
        table.writeheader()
        yield table.writerow
        text.flush()
        text.detach()
    else:
        yield lambda row: _line(stream, row)


def _line(stream: IO[bytes], row: dict[str, Any]) -> None:
    stream.write(as_json(row).encode() + b"\n")


@contextmanager
def _parquet_writer(stream: IO[bytes], path: Path) -> Iterator[RowWriter]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InputError(
            "Parquet files need the package pyarrow", where=str(path), what_to_do="pip install 'advisor[parquet]'"
        ) from None
    held: list[dict[str, Any]] = []
    yield held.append
    try:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(held), stream)
    except pyarrow.ArrowException as error:
        raise InputError(
            f"the rows do not fit one schema: {error}", where=str(path), what_to_do="write .jsonl instead"
        ) from None
