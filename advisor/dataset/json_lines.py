"""Bytes of a JSON Lines file to parts of whole lines; memory is bounded however long a line is."""

from collections.abc import Iterable, Iterator
from typing import Final

from advisor.dataset.file_parts import Lines, Part, Unread

MAX_ROW_BYTES: Final = 64 * 1024 * 1024  # some 16 million tokens, beyond every model
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
ENDS_INSIDE: Final = "the file ends inside this row"


def too_long(line: int, size_bytes: int, column: int | None = None) -> Unread:
    """A row that is not read because of its size."""
    what = f"the row has {size_bytes / 1e6:,.0f} MB; rows over {MAX_ROW_BYTES / 1e6:,.0f} MB are not read"
    return Unread(line, column, "too_long", what)


def without_mark(chunks: Iterable[bytes | Unread]) -> Iterator[bytes | Unread]:
    """The chunks without a byte order mark, which is told; the first chunk must hold it whole."""
    at_start = True
    for chunk in chunks:
        if at_start and isinstance(chunk, bytes) and chunk.startswith(BYTE_ORDER_MARK):
            yield Unread(1, 1, "encoding_error", "the file begins with a byte order mark", row=False)
            yield chunk[3:]
        else:
            yield chunk
        at_start = False


def line_parts(chunks: Iterable[bytes | Unread]) -> Iterator[Part]:
    """Cut at line feeds only; a last line without one may be cut off, and is marked so."""
    first = 1
    held: list[bytes] = []
    held_bytes = 0
    skipped_bytes = 0  # of a line that is too long to be held
    for chunk in chunks:
        if isinstance(chunk, Unread):
            yield chunk._replace(line=first) if chunk.finding == "truncated" else chunk
            continue
        data = chunk
        if skipped_bytes:
            end = data.find(b"\n") + 1
            if not end:
                skipped_bytes += len(data)
                continue
            yield too_long(first, skipped_bytes + end)
            first, skipped_bytes, data = first + 1, 0, data[end:]
        end = data.rfind(b"\n") + 1
        if end:
            held.append(data[:end])
            block = b"".join(held)
            held, held_bytes, data = [], 0, data[end:]
            yield Lines(first, block)
            first += block.count(b"\n")
        if data:
            held.append(data)
            held_bytes += len(data)
        if held_bytes > MAX_ROW_BYTES:
            skipped_bytes, held, held_bytes = held_bytes, [], 0
    if skipped_bytes:
        yield too_long(first, skipped_bytes)
    if held:
        yield Lines(first, b"".join(held), ENDS_INSIDE)
