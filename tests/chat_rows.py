"""Rows of chats with known mistakes, and strategies for rows that are right: for the tests of data sets."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st

Row = dict[str, Any]


class Planted(NamedTuple):
    """Lines of a file, and the finding that was planted in each line that is not right."""

    text: str
    found: dict[int, str]


def clean_row(rng: random.Random) -> Row:
    """A row that breaks no rule, of one of several kinds."""
    words = " ".join(
        rng.choice('el gato duerme über die Brücke 犬が 走る "quoted": a\\b c:d \t…'.split(" ")) for _ in range(9)
    )
    turns: list[Row] = [{"role": "user", "content": f"{rng.random()} {words}"}, {"role": "assistant", "content": words}]
    kind = rng.randrange(8)
    if kind == 0:
        turns.insert(0, {"role": "developer", "content": "Be brief. "})
    elif kind == 1:
        turns = [
            {"role": "system", "content": "s"},
            *turns,
            {"role": "user", "content": "and?"},
            turns[1] | {"weight": 1},
        ]
    elif kind == 2:
        call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
        answer = {"role": "tool", "tool_call_id": "c1", "content": ""}
        turns = [turns[0], {"role": "assistant", "content": None, "tool_calls": [call]}, answer, turns[1]]
    elif kind == 3:
        picture = {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}
        turns[0] = {"role": "user", "content": [{"type": "text", "text": "what is it?"}, picture], "name": "ann"}
    row: Row = {"messages": turns}
    if kind == 4:
        row["metadata"] = {"source": "a.md#b"}
    if kind == 5:
        row["tools"] = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
        row["parallel_tool_calls"] = False
    return row


def _plant(row: Row, key: str, value: Any) -> Row:
    return {**row, "messages": [*row["messages"][:-1], {**row["messages"][-1], key: value}]}


def _without(row: Row, key: str) -> Row:
    return {
        **row,
        "messages": [
            *row["messages"][:-1],
            {name: value for name, value in row["messages"][-1].items() if name != key},
        ],
    }


def _begin(row: Row, second: Row) -> Row:
    return {**row, "messages": [{"role": "user", "content": "a"}, second, row["messages"][-1]]}


def _with_role(role: str) -> Callable[[Row], Any]:
    return lambda row: _plant(row, "role", role)


MISTAKES: Mapping[str, tuple[Callable[[Row], Any], ...]] = {
    "json_error": (
        lambda row: json.dumps(row)[:-3],
        lambda row: json.dumps(row).replace('": ', '" ', 1),
        lambda row: json.dumps(row) + ",",
        lambda row: json.dumps(row).replace('"', "'"),
        lambda row: json.dumps(row)[:-1] + ', "metadata": {"a": NaN}}',
        lambda row: json.dumps(row).replace(": ", ":\x00", 1),
        lambda row: '{"messages": ' + "[" * 500 + "]" * 500 + "}",
    ),
    "encoding_error": (lambda row: json.dumps(_plant(row, "content", "half \ud83d of a pair")),),
    "not_an_object": (lambda row: row["messages"], lambda row: None, lambda row: "text", lambda row: 1.5),
    "duplicate_key": (
        lambda row: json.dumps(row)[:-1] + ', "messages": []}',
        lambda row: json.dumps(row).replace('{"role": "user"', '{"role": "user", "role": "user"', 1),
        lambda row: json.dumps(row).replace('{"role": "user"', '{"role" : "user", "r\\u006fle": "user"', 1),
    ),
    "missing_key": (
        lambda row: _without(row, "role"),
        lambda row: _without(row, "content"),
        lambda row: {"prompt": "a", "completion": "b"},
        lambda row: {},
    ),
    "wrong_type": (
        lambda row: {**row, "messages": {"role": "user"}},
        lambda row: _plant(row, "content", 7),
        lambda row: _plant(row, "weight", 2),
        lambda row: _plant(row, "weight", True),
        lambda row: {**row, "messages": ["hello"]},
        lambda row: {**row, "tools": {}},
        lambda row: _plant(row, "tool_calls", [{"id": "a", "function": {"name": "f", "arguments": {}}}]),
        lambda row: _plant(row, "content", [{"type": "image_url", "image_url": {"url": "u"}}]),
    ),
    "unknown_key": (
        lambda row: _plant(row, "timestamp", "x"),
        lambda row: {**row, "id": 7},
        lambda row: _plant(row, "tool_call_id", "a"),
    ),
    "unknown_role": tuple(map(_with_role, ("human", "Assistant", "gpt", "assistant ", ""))),
    "role_order": (
        lambda row: {**row, "messages": [row["messages"][-1], *row["messages"]]},
        lambda row: {**row, "messages": [*row["messages"], {"role": "assistant", "content": "again"}]},
        lambda row: _begin(row, {"role": "user", "content": "b"}),
        lambda row: _begin(row, {"role": "system", "content": "b"}),
        lambda row: _begin(row, {"role": "tool", "tool_call_id": "x", "content": "b"}),
    ),
    "last_not_assistant": (
        lambda row: {**row, "messages": [*row["messages"], {"role": "user", "content": "hm"}]},
        lambda row: {**row, "messages": [{"role": "system", "content": "s"}]},
    ),
    "empty_content": (
        lambda row: _plant(row, "content", ""),
        lambda row: _plant(row, "content", " \n\t\u00a0"),
        lambda row: _plant(row, "content", None),
        lambda row: _plant(row, "content", []),
        lambda row: {**row, "messages": []},
    ),
    "control_characters": (
        lambda row: _plant(row, "content", "a \x1b[31m b"),
        lambda row: _plant(row, "content", "a \x7f b"),
        lambda row: json.dumps(_plant(row, "content", "a \x9d b"), ensure_ascii=False),
    ),
}  # fmt: skip


def planted_file(seed: int, rows: int) -> Planted:
    """Rows of which a third has one mistake each; every mistake occurs."""
    rng = random.Random(seed)
    every = [(name, make) for name, makes in MISTAKES.items() for make in makes]
    lines: list[str] = []
    found: dict[int, str] = {}
    for number in range(1, rows + 1):
        row: Any = clean_row(rng)
        if number % 3 == 0:
            name, make = every[number // 3 % len(every)]
            found[number] = name
            row = make(row)
        ascii_only = rng.random() < 0.5
        written = row if isinstance(row, str) and row.startswith("{") else json.dumps(row, ensure_ascii=ascii_only)
        lines.append(written)
    return Planted("\n".join(lines) + "\n", found)


_SIGNS = st.characters(categories=["L", "N", "P", "S", "Zs"]) | st.sampled_from('"\\\n: {}')
texts = st.builds(lambda text, sign: text + sign, st.text(_SIGNS, max_size=20), st.characters(categories=["L", "P"]))


def pairs(least: int = 1, most: int = 3) -> st.SearchStrategy[list[Row]]:
    """Turns of plain text: a user's and the assistant's, some times over."""
    pair = st.tuples(texts, texts).map(
        lambda both: [{"role": "user", "content": both[0]}, {"role": "assistant", "content": both[1]}]
    )
    return st.lists(pair, min_size=least, max_size=most).map(lambda found: [turn for one in found for turn in one])


@st.composite
def plain_chats(draw: st.DrawFn, most_pairs: int = 3) -> Row:
    """A chat of plain texts, with or without a system prompt and metadata."""
    messages = draw(pairs(1, most_pairs))
    if draw(st.booleans()):
        messages.insert(0, {"role": "system", "content": draw(texts)})
    fields = draw(st.dictionaries(st.sampled_from(["team", "topic", "n"]), texts, max_size=2))
    return {"messages": messages, "metadata": fields} if fields else {"messages": messages}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "messages role content weight name tools function tool_calls id type text arguments metadata input "
                "chosen rejected prompt completion instruction output history conversations from value "
                "preferred_output non_preferred_output system tool_call_id function_call refusal".split()
            )
            | st.text(max_size=4),
            inner | st.sampled_from(["user", "assistant", "tool", "function", "human", "gpt", "function_call"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)
