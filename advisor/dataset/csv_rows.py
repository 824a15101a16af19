"""The records of a CSV or TSV file, each with the line on which it begins."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from advisor.dataset.fault import Fault, quoted
from advisor.dataset.file_parts import Lines, Part, Row, Unread
from advisor.dataset.json_lines import MAX_ROW_BYTES, line_parts
from advisor.strict_yaml import NO_TEXT

_DELIMITERS: Final = ",;\t|"


def csv_parts(chunks: Iterable[bytes | Unread], delimiter: str) -> Iterator[Part]:
    """Every record below the header, by the names in it; a byte order mark, as spreadsheets write it, is no mistake."""
    csv.field_size_limit(MAX_ROW_BYTES)
    unread: list[Unread] = []
    reader = csv.reader(_text_lines(chunks, unread), delimiter=delimiter, strict=True)
    names: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            at_end = "unexpected end of data" in str(error)
            what = "a quote opened in this record is never closed" if at_end else f"the record cannot be read: {error}"
            yield Unread(line, None, "truncated" if at_end else "wrong_type", what)
            continue
        yield from unread
        unread.clear()
        if cells is None:
            return
        if not cells:
            continue
        if names is None:
            names = cells
            yield from _twice(names)
        else:
            yield _row(names, cells, line)


def guess_delimiter(header: str) -> str:
    """The sign that parts the names of a header line."""
    return max(_DELIMITERS, key=header.count)


def _text_lines(chunks: Iterable[bytes | Unread], unread: list[Unread]) -> Iterator[str]:
    for part in line_parts(chunks):
        if isinstance(part, Lines):
            for line in part.data.removesuffix(b"\n").split(b"\n"):
                yield line.decode("utf-8", "surrogateescape") + "\n"
        elif isinstance(part, Unread) and part.finding != "encoding_error":
            unread.append(part)
            if part.row:
                yield "\n"  # so that the lines are counted


def _twice(names: Sequence[str]) -> Iterator[Unread]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Unread(1, None, "duplicate_key", f"two columns are named {quoted(name)}", row=False)


def _row(names: Sequence[str], cells: Sequence[str], line: int) -> Row:
    value = dict(zip(names, cells, strict=False))
    faults: list[Fault] = []
    if len(cells) != len(names):
        what = f"the record has {len(cells)} cells; the header has {len(names)}"
        faults.append(Fault("missing_key" if len(cells) < len(names) else "unknown_key", (), what))
    for name, cell in value.items():
        wrong = NO_TEXT.search(cell)
        if wrong and "\udc80" <= wrong[0] <= "\udcff":
            faults.append(Fault("encoding_error", (name,), f"{quoted(name)} holds a byte that is not UTF-8"))
        elif wrong:
            what = f"{quoted(name)} holds the control character U+{ord(wrong[0]):04X}"
            faults.append(Fault("control_characters", (name,), what))
    return Row(line, value, tuple(faults))
