"""The fast way through OpenAI's chat format: rows of plain texts that are plainly right are passed in C.

A row that is not passed here is no mistake yet: it is read by `json_row` and judged by `openai_chat`, which also take
every row that is passed here (a property test holds one against the other).
"""

import re
from typing import Final, Literal

import msgspec

from advisor.dataset.conversation import Conversation, said
from advisor.strict_yaml import NO_TEXT


class PlainMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A message of a role that needs no other key, and a text."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str


class PlainChat(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A row of nothing but messages."""

    messages: list[PlainMessage]


_decode: Final = msgspec.json.Decoder(PlainChat).decode
_ESCAPED_CONTROL: Final = re.compile(rb"\\u(?:00(?:0[^9aAdD]|1|7[fF]|[89])|[fF]{3}[eEfF])")
_FIRST: Final = frozenset({"system", "developer"})


def plain_chat(line: bytes) -> PlainChat | None:
    """The row in `line` where it is plain and no rule is broken; None where it has to be looked at closely."""
    try:
        row = _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    messages = row.messages
    # In C the last of equal keys wins silently, but a key given twice shows in the number of quotes: two around each
    # key and text. Escaped ones are not counted; where a text ends with a backslash that cannot be told cheaply.
    quotes = line.count(b'"')
    if b"\\" in line:
        if b'\\\\"' in line or _ESCAPED_CONTROL.search(line):
            return None
        quotes -= line.count(b'\\"')
    if quotes != 2 + 8 * len(messages) or b"\x7f" in line:
        return None
    # In UTF-8 the control characters beyond ASCII, and what is no character, begin with these bytes.
    if not line.isascii() and (b"\xc2" in line or b"\xef\xbf" in line) and NO_TEXT.search(line.decode()):
        return None
    before = ""
    for message in messages:
        role, content = message.role, message.content
        # What is empty or begins with white space of ASCII comes before "!" in order.
        if content < "!" and not content.strip():
            return None
        if not content.isascii() and content.isspace():
            return None
        if role in _FIRST:
            if before:
                return None
        elif role == before or (not before and role != "user"):
            return None
        else:
            before = role
    return row if before == "assistant" else None


def read_plain(row: PlainChat) -> Conversation:
    """The same as of any other row."""
    return Conversation(tuple(said(message.role, message.content) for message in row.messages))
