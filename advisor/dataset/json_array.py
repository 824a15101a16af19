"""The elements of a JSON array, one by one: the file is never held whole, and a broken element spoils no other."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from advisor.dataset.file_parts import Element, Part, Unread
from advisor.dataset.json_lines import ENDS_INSIDE, MAX_ROW_BYTES, too_long

_INSIDE_TEXT: Final = re.compile(rb'["\\]')
_OUTSIDE: Final = re.compile(rb'["\[\]{},]')


class _Splitter:
    """Finds where elements end; `buffer` begins with the element that is not complete yet."""

    def __init__(self) -> None:
        self.buffer = b""
        self.at = 0  # up to here the buffer was looked at
        self.line, self.column = 1, 1  # of the first byte of the buffer
        self.open = bytearray()  # brackets open around `at`
        self.in_text = False
        self.dropped_bytes = 0  # of an element that is too long to be held
        self.ended = False
        self.after_comma = False

    def take(self, chunk: bytes) -> Iterator[Part]:
        """Every element that ends in this chunk."""
        self.buffer += chunk
        while not self.ended:
            if self.in_text:
                if not self._leave_text():
                    break
                continue
            token = _OUTSIDE.search(self.buffer, self.at)
            if token is None:
                self.at = len(self.buffer)
                break
            sign, self.at = token[0], token.end()
            if sign == b'"':
                self.in_text = True
            elif sign == b",":
                if len(self.open) == 1:
                    yield from self._element(last=False)
            elif sign in b"[{":
                self.open += sign
                if len(self.open) == 1:
                    self._forget(self.at)
            elif self.open == b"[" and sign == b"]":
                yield from self._element(last=True)
                self.ended = True
            else:
                # A bracket left open inside a broken element is closed with what is around it; the array stays open.
                opener = self.open.rfind(b"[" if sign == b"]" else b"{", 1)
                if opener > 0:
                    del self.open[opener:]
        if len(self.buffer) > MAX_ROW_BYTES and not self.ended:
            self.dropped_bytes += self.at
            self._forget(self.at)

    def end(self) -> Iterator[Part]:
        """What is left when the file is over."""
        rest = self.buffer.strip()
        if not self.ended:
            self._forget(len(self.buffer) - len(self.buffer.lstrip()))
            if rest:
                yield Element(self.line, self.column, rest, ENDS_INSIDE)
            else:
                yield Unread(self.line, self.column, "truncated", "the array is not closed", row=False)
        elif rest:
            yield Unread(self.line, self.column, "json_error", "something follows after the array", row=False)

    def _leave_text(self) -> bool:
        """Go behind the next quote or escape; false where more bytes are needed."""
        token = _INSIDE_TEXT.search(self.buffer, self.at)
        if token is None:
            self.at = len(self.buffer)
            return False
        if token[0] == b'"':
            self.in_text, self.at = False, token.end()
            return True
        self.at = token.start()
        if token.end() == len(self.buffer):
            return False
        self.at = token.end() + 1
        return True

    def _element(self, *, last: bool) -> Iterator[Part]:
        data = self.buffer[: self.at - 1]
        kept = data.lstrip()
        self._forget(len(data) - len(kept))
        kept = kept.rstrip()
        if self.dropped_bytes:
            yield too_long(self.line, self.dropped_bytes + len(data), self.column)
        elif kept:
            yield Element(self.line, self.column, kept)
        elif self.after_comma or not last:
            yield Unread(self.line, self.column, "json_error", "an element is missing beside a comma", row=False)
        self.after_comma, self.dropped_bytes = not last, 0
        self._forget(self.at)

    def _forget(self, count: int) -> None:
        gone = self.buffer[:count]
        breaks = gone.count(b"\n")
        self.column = len(gone[gone.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + (1 if breaks else self.column)
        self.line += breaks
        self.buffer = self.buffer[count:]
        self.at -= count


def array_parts(chunks: Iterable[bytes | Unread]) -> Iterator[Part]:
    """The elements of the array in `chunks`, which begins with `[`."""
    splitter = _Splitter()
    for chunk in chunks:
        if isinstance(chunk, Unread):
            yield chunk._replace(line=splitter.line) if chunk.finding == "truncated" else chunk
        else:
            yield from splitter.take(chunk)
    yield from splitter.end()
