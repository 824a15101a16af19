"""The fast way passes only what the close look passes too, and reads it the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.dataset.fault import Fault
from advisor.dataset.formats import row_faults, row_format
from advisor.dataset.json_row import parse_row
from advisor.dataset.plain_chat import plain_chat, read_plain
from tests.chat_rows import plain_chats

CHAT = row_format("openai_chat")
BITS = [
    *'{}[]:,"\\ \t\r',
    '"role"', '"role": "user"', '"content"', '"messages"', '"content": "x"', '"ro\\u006ce": "user"', '"a\\\\"', '\\"',
    "\\u0000", "\\u0007", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\x7f", "\x85", "\u00a0", "\u3000",
    "\ufffe", "\ufeff",
    " :", '":', '\\":', "\\u0022", "\\\\", "null", "1", "user", "assistant", "system", "developer", "é", "\u200b",
]  # fmt: skip


def agree(line: bytes) -> None:
    """What the fast way passes has no fault and is read the same way."""
    row = plain_chat(line)
    if row is not None:
        assert not close_look(line)
        assert read_plain(row) == CHAT.read(parse_row(line).value)


def close_look(line: bytes) -> list[Fault]:
    """What the slow way finds."""
    parsed = parse_row(line)
    return [*parsed.faults, *row_faults(parsed.value, CHAT)]


@given(plain_chats(), st.booleans(), st.sampled_from([(",", ":"), (", ", ": ")]))
def test_plain_rows_are_passed_by_both(row: dict[str, Any], ascii_only: bool, separators: tuple[str, str]) -> None:
    """Rows of nothing but texts take the fast way, unless metadata stands beside them."""
    line = json.dumps(row, ensure_ascii=ascii_only, separators=separators).encode()
    assert not close_look(line)
    agree(line)
    if "metadata" not in row and not ascii_only and b"\\" not in line:
        assert plain_chat(line) is not None


@given(plain_chats(), st.lists(st.tuples(st.integers(0, 400), st.sampled_from(BITS), st.integers(0, 6)), max_size=4))
def test_changed_rows_are_never_passed_by_the_fast_way_alone(
    row: dict[str, Any], edits: list[tuple[int, str, int]]
) -> None:
    """Pieces of JSON put in anywhere, and characters taken out."""
    text = json.dumps(row, ensure_ascii=False)
    for at, bit, gone in edits:
        at %= len(text) + 1
        text = text[:at] + bit + text[at + gone :]
    agree(text.encode("utf-8", "surrogatepass"))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["user", "assistant", "system", "developer", "tool", "human"]),
            st.text(max_size=5) | st.sampled_from(["", " ", "\u00a0", "\x00", "\x9d", "a\\", 'b"', '":', "\ud800"]),
        ),
        max_size=5,
    ),
    st.booleans(),
)
@example([("user", "a\\"), ("assistant", "b\\")], False)
@example([("user", "\u3000"), ("assistant", "b")], False)
def test_any_roles_and_texts(turns: list[tuple[str, str]], ascii_only: bool) -> None:
    """Every order of roles, and every text."""
    row = {"messages": [{"role": role, "content": content} for role, content in turns]}
    agree(json.dumps(row, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    "line",
    [
        b'{"messages":[{"role":"user","content":"a","content":"a"},{"role":"assistant","content":"b\\\\"}]}',
        b'{"messages":[{"role":"user","content":"\\\\","content":"\\\\"},{"role":"assistant","content":"\\\\"}]}',
        b'{"messages":[],"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}',
        b'{"messages":[{"role":"user","role" :"user","content":"a"},{"role":"assistant","content":"b"}]}',
        b'{"messages":[{"role":"user","rol\\u0065":"user","content":"a"},{"role":"assistant","content":"b"}]}',
        b'{"messages":[{"role":"user","content":"\\u001b"},{"role":"assistant","content":"b"}]}',
    ],
)
def test_keys_given_twice_and_escapes_are_not_passed(line: bytes) -> None:
    """What C would pass in silence is looked at closely."""
    assert plain_chat(line) is None
    assert close_look(line)
