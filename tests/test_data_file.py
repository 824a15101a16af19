"""Data files of every kind and in every bad state are read part by part, or refused with a sentence."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.data_file import open_data_file, read_parts, sample_of
from advisor.dataset import json_array, json_lines
from advisor.dataset.csv_rows import csv_parts
from advisor.dataset.file_parts import Element, Lines, Part, Row, Unread
from advisor.dataset.formats import recognise
from advisor.dataset.json_array import array_parts
from advisor.dataset.json_lines import line_parts, without_mark
from advisor.errors import InputError
from tests.chat_rows import clean_row, json_values

ROWS = [clean_row(random.Random(seed)) for seed in range(12)]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode()


def chunks(raw: bytes, sizes: list[int]) -> Iterator[bytes]:
    """`raw` in chunks of the given sizes, the last one as large as it takes."""
    for size in sizes:
        if raw:
            yield raw[:size]
        raw = raw[size:]
    if raw:
        yield raw


def written(folder: Path, name: str, raw: bytes) -> Path:
    """A file with these bytes."""
    path = folder / name
    path.write_bytes(raw)
    return path


def parts_of(path: Path) -> list[Part]:
    """Every part of a file."""
    return list(read_parts(open_data_file(path)))


SIZES = st.lists(st.integers(1, 40), max_size=12)


@given(st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"\xc3\xa9", b"{}", b"\x00"]), max_size=60), SIZES)
def test_lines_do_not_depend_on_chunks(pieces: list[bytes], sizes: list[int]) -> None:
    """Line numbers and bytes are the same however the file is read; only line feeds cut."""
    raw = b"".join(pieces)
    found: list[tuple[int, bytes]] = []
    for part in line_parts(chunks(raw, sizes)):
        assert isinstance(part, Lines)
        found += enumerate(part.data.removesuffix(b"\n").split(b"\n"), part.first)
    assert found == list(enumerate(raw.removesuffix(b"\n").split(b"\n") if raw else [], 1))


@given(st.lists(json_values, min_size=1, max_size=6), st.sampled_from([None, 1]), SIZES)
@settings(max_examples=50)
def test_elements_do_not_depend_on_chunks(values: list[object], indent: int | None, sizes: list[int]) -> None:
    """Every element of an array comes whole, with the line and column on which it begins."""
    text = json.dumps(values, indent=indent, ensure_ascii=False)
    found = list(array_parts(chunks(text.encode("utf-8", "replace"), sizes)))
    assert all(isinstance(part, Element) for part in found)
    assert [json.loads(part.data) for part in found if isinstance(part, Element)] == json.loads(
        text.encode("utf-8", "replace")
    )
    lines = text.encode("utf-8", "replace").decode().split("\n")
    for part in found:
        assert isinstance(part, Element)
        assert lines[part.line - 1][part.column - 1 :].startswith(part.data.decode().split("\n")[0])


@given(st.binary(max_size=120), SIZES)
def test_any_bytes_are_parts(raw: bytes, sizes: list[int]) -> None:
    """Arrays and tables of random bytes raise nothing."""
    assert list(array_parts(chunks(b"[" + raw, sizes))) is not None
    assert list(csv_parts(chunks(b"question,answer\n" + raw, sizes), ",")) is not None


def test_broken_elements_spoil_no_other() -> None:
    """A missing element, and an array that is not closed, are told; the others come."""
    parts = list(array_parts([b'[{"a": [}, {"b": 1},, 3, {"c"']))
    assert [part.data for part in parts if isinstance(part, Element)][1:] == [b'{"b": 1}', b"3", b'{"c"']
    assert [part.finding for part in parts if isinstance(part, Unread)] == ["json_error"]


def test_rows_that_are_too_long_are_told_and_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a line or element over the limit only its size is kept; the rows around it are read."""
    for module in (json_lines, json_array):
        monkeypatch.setattr(module, "MAX_ROW_BYTES", 100)
    parts = list(line_parts(chunks(b"{}\n" + b"x" * 1000 + b"\n{}\n" + b"y" * 300, [7] * 400)))
    assert [part.line for part in parts if isinstance(part, Unread)] == [2, 4]
    assert b"".join(part.data for part in parts if isinstance(part, Lines)) == b"{}\n{}\n"
    elements = list(array_parts(chunks(b'[1, "' + b"x" * 1000 + b'", 2]', [7] * 400)))
    assert [type(part) for part in elements] == [Element, Unread, Element]
    assert elements[1][2] == "too_long"


def test_records_of_a_table_have_their_first_line() -> None:
    """Records over several lines, quotes, missing and surplus cells, bytes that are not UTF-8."""
    raw = b'\xef\xbb\xbfq,a\n"one\ntwo",1\n"say ""x""",2\nthree\n4,5,6\n\n\xe9,7\n"open,8\n9,9\n'
    parts = list(csv_parts(without_mark([raw]), ","))
    rows = [part for part in parts if isinstance(part, Row)]
    assert [row.line for row in rows] == [2, 4, 5, 6, 8]
    assert [dict(row.value) for row in rows[:2]] == [{"q": "one\ntwo", "a": "1"}, {"q": 'say "x"', "a": "2"}]
    assert [[fault.id for fault in row.faults] for row in rows[2:]] == [
        ["missing_key"],
        ["unknown_key"],
        ["encoding_error"],
    ]
    assert next(part for part in parts if isinstance(part, Unread))[:3] == (9, None, "truncated")


@pytest.mark.parametrize(
    ("name", "raw", "kind"),
    [
        ("a.jsonl", LINES, "lines"),
        ("a.jsonl.gz", gzip.compress(LINES, mtime=0), "lines"),
        ("a.txt", LINES, "lines"),
        ("a.json", json.dumps(ROWS).encode(), "array"),
        ("a.json", json.dumps(ROWS, indent=2).encode(), "array"),
        ("a.jsonl", b'["row"]\n' + LINES, "lines"),
        ("a.json", b"[\n" + LINES.replace(b"\n", b",\n")[:-2] + b"]\n", "array"),
        ("a.csv", b"question,answer\nq,a\n", "table"),
        ("a.tsv.gz", gzip.compress(b"question\tanswer\nq\ta\n", mtime=0), "table"),
        ("a.txt", b"Text;Label\nq;a\n", "table"),
        ("a.jsonl", b"not json\n" * 20 + LINES, "lines"),
    ],
)
def test_kinds_are_known_by_their_content(tmp_path: Path, name: str, raw: bytes, kind: str) -> None:
    """By how the file begins, and by its name only for tables; the format of the rows follows."""
    file = open_data_file(written(tmp_path, name, raw))
    assert file.kind == kind
    sample = sample_of(file)
    assert recognise(sample.values, sample.head) == ("table" if kind == "table" else "openai_chat")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "nothing but white space"),
        (b" \n\r\n\t", "nothing but white space"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (LINES.decode().encode("utf-16"), "UTF-16"),
        (LINES.decode().encode("utf-16-le"), "UTF-16"),
        (LINES.decode().encode("utf-32-be"), "UTF-16"),
        (b"PK\x03\x04abc", "ZIP archive or an Excel"),
        (b"%PDF-1.7", "a PDF"),
    ],
)
def test_files_that_are_no_text_are_refused(tmp_path: Path, raw: bytes, message: str) -> None:
    """With what they are and what to do."""
    with pytest.raises(InputError, match=message):
        open_data_file(written(tmp_path, "a.jsonl", raw))


def test_paths_that_are_no_files_are_refused(tmp_path: Path) -> None:
    """A folder, nothing at all, a pipe, a name no file can have."""
    os.mkfifo(tmp_path / "pipe")
    for path, message in (
        (tmp_path, "this is a folder"),
        (tmp_path / "none", "there is no such file"),
        (tmp_path / "pipe", "a pipe or a device"),
        (tmp_path / "a\0b", "cannot be opened"),
    ):
        with pytest.raises(InputError, match=message):
            open_data_file(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    """Told as such."""
    path = written(tmp_path, "a.jsonl", LINES)
    path.chmod(0)
    with pytest.raises(InputError, match="may not be read"):
        open_data_file(path)


def test_a_byte_order_mark_is_told_and_the_row_is_read(tmp_path: Path) -> None:
    """In JSON it is a mistake."""
    parts = parts_of(written(tmp_path, "a.jsonl", b"\xef\xbb\xbf" + LINES))
    assert [part[:3] for part in parts if isinstance(part, Unread)] == [(1, 1, "encoding_error")]
    assert b"".join(part.data for part in parts if isinstance(part, Lines)) == LINES


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_damaged_gzip_is_told(tmp_path: Path, damage: str) -> None:
    """What can still be unpacked is read, and that rows are missing is a finding."""
    packed = bytearray(gzip.compress(random.Random(1).randbytes(200_000).hex().encode()))
    if damage == "cut":
        del packed[-50_000:]
    else:
        packed[100_000:100_100] = bytes(100)
    parts = parts_of(written(tmp_path, "a.jsonl.gz", bytes(packed)))
    assert "truncated" in [part.finding for part in parts if isinstance(part, Unread)]


def test_parquet_rows_lose_their_nulls(tmp_path: Path) -> None:
    """Keys that a row does not have are null in Parquet, and come as not there."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([{"prompt": "a", "n": 1}, {"prompt": "b"}]), path)
    assert parts_of(path) == [Row(1, {"prompt": "a", "n": 1}), Row(2, {"prompt": "b"})]
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match="cannot be read"):
        parts_of(path)
