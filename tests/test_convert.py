"""Conversion between formats: there and back gives the same rows, and nothing is lost silently."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.data_convert import convert_file
from advisor.data_target import rows_to
from advisor.dataset.formats import row_faults, row_format
from advisor.errors import InputError
from tests.chat_rows import Row, pairs, plain_chats, texts

ANSWERS = ("openai_chat", "prompt_completion", "alpaca", "sharegpt")
CALLED: Row = {
    "messages": [
        {"role": "user", "content": "weather?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c7", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}],
        },
        {"role": "tool", "tool_call_id": "c7", "content": "sunny"},
        {"role": "assistant", "content": "Sunny.", "weight": 0},
        {"role": "user", "content": [{"type": "text", "text": "sure?"}], "name": "ann"},
        {"role": "assistant", "content": "Yes."},
    ],
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "metadata": {"source": "a.md", "n": 3},
}


def there_and_back(row: Row, form: str, through: str) -> Row | None:
    """The row written in another format and read back; nothing may be lost on either way."""
    source, target = row_format(form), row_format(through)
    assert not row_faults(row, source)
    there = target.write(source.read(row))
    assert there.lost == () and there.row is not None
    assert not row_faults(there.row, target)
    back = source.write(target.read(json.loads(json.dumps(there.row))))
    assert back.lost == ()
    return back.row


@pytest.mark.parametrize("through", [*ANSWERS, "reinforcement"])
@given(row=plain_chats())
@settings(max_examples=40)
def test_chats_come_back_the_same(through: str, row: Row) -> None:
    """Of plain texts, in several turns, with and without a system prompt and metadata."""
    assert there_and_back(row, "openai_chat", through) == row


@given(row=plain_chats(most_pairs=1))
def test_chats_of_one_turn_come_back_from_a_table(row: Row) -> None:
    """A table has one column for each."""
    assert there_and_back(row, "openai_chat", "table") == row


@st.composite
def alpacas(draw: st.DrawFn) -> Row:
    """Alpaca rows, with and without input, system prompt, history and columns."""
    row: Row = {"instruction": draw(texts), "input": draw(st.just("") | texts), "output": draw(texts)}
    turns = draw(st.just([]) | pairs(1, 2))
    if turns:
        row["history"] = [[turns[at]["content"], turns[at + 1]["content"]] for at in range(0, len(turns), 2)]
    return row | draw(st.dictionaries(st.sampled_from(["system", "topic"]), texts))


@pytest.mark.parametrize("through", ANSWERS)
@given(row=alpacas())
@settings(max_examples=40)
def test_alpaca_comes_back_the_same(through: str, row: Row) -> None:
    """The input is told from the instruction again."""
    assert there_and_back(row, "alpaca", through) == row


@pytest.mark.parametrize("through", ["openai_chat", "prompt_completion", "sharegpt"])
def test_tools_and_weights_come_back_the_same(through: str) -> None:
    """Calls with their ids, weights, names and content parts are carried."""
    assert there_and_back(CALLED, "openai_chat", through) == CALLED


def test_sharegpt_with_calls_comes_back_the_same() -> None:
    """function_call and observation turns."""
    row = {
        "conversations": [
            {"from": "system", "value": "s"},
            {"from": "human", "value": "q"},
            {"from": "function_call", "value": '{"name": "f", "arguments": {"a": 1}}', "id": "x"},
            {"from": "observation", "value": "r", "tool_call_id": "x"},
            {"from": "gpt", "value": "a"},
        ],
        "tools": '[{"type": "function", "function": {"name": "f"}}]',
        "id": "row1",
    }
    assert there_and_back(row, "sharegpt", "openai_chat") == row


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "q", "chosen": "good", "rejected": "bad", "score": 3},
        {
            "prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}],
            "chosen": [{"role": "assistant", "content": "good"}],
            "rejected": [{"role": "assistant", "content": "bad"}],
        },
    ],
)
def test_preferences_come_back_the_same(row: Row) -> None:
    """TRL's pairs through OpenAI's format."""
    assert there_and_back(row, "trl_preference", "openai_preference") == row


def test_implicit_prompts_are_found() -> None:
    """Without a prompt both answers begin with it."""
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    row = {"chosen": turns, "rejected": [turns[0], {"role": "assistant", "content": "b"}]}
    written = row_format("trl_preference").write(row_format("trl_preference").read(row))
    assert written.row == {"prompt": "q", "chosen": "a", "rejected": "b"}


@pytest.mark.parametrize(
    ("form", "row", "to", "lost"),
    [
        ("openai_chat", CALLED, "alpaca", "the whole row: its turns are not pairs of a user's and the assistant's"),
        ("trl_preference", {"prompt": "q", "chosen": "a", "rejected": "b"}, "openai_chat", "the rejected answer"),
        (
            "openai_chat",
            {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": 1}]},
            "alpaca",
            "weight of a message",
        ),
        ("alpaca", {"instruction": "q", "output": "a"}, "trl_preference", "the whole row: it has no rejected answer"),
    ],
)
def test_what_the_target_cannot_hold_is_named(form: str, row: Row, to: str, lost: str) -> None:
    """Each loss is told in words."""
    assert lost in row_format(to).write(row_format(form).read(row)).lost


def chat_file(folder: Path, *extra: str) -> Path:
    """A file of two right rows and `extra` lines."""
    path = folder / "in.jsonl"
    row = json.dumps({"messages": [{"role": "user", "content": "q é"}, {"role": "assistant", "content": "a"}]})
    path.write_text("\n".join([row, row, *extra]) + "\n", encoding="utf-8")
    return path


def test_losses_are_refused_unless_dropped(tmp_path: Path) -> None:
    """A broken row stops the conversion with nothing written; --drop writes the rest and counts it."""
    path, out = chat_file(tmp_path, "{broken"), tmp_path / "out.jsonl"
    with pytest.raises(InputError, match=r"in\.jsonl:3: something would be lost in alpaca:\n.*json_error"):
        convert_file(path, out, "alpaca")
    assert [one.name for one in tmp_path.iterdir()] == ["in.jsonl"]
    done = convert_file(path, out, "alpaca", drop=True)
    assert (done.rows, done.written, [loss.rows for loss in done.losses]) == (3, 2, [1])
    assert len(out.read_text().splitlines()) == 2


@pytest.mark.parametrize("name", ["o.jsonl", "o.jsonl.gz", "o.json", "o.csv", "o.tsv.gz", "o.parquet"])
def test_every_ending_is_written_and_read(tmp_path: Path, name: str) -> None:
    """Rows in each kind of file come back the same; a gzipped file is the same each time."""
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    path, out, back = chat_file(tmp_path), tmp_path / name, tmp_path / "back.jsonl"
    to = "table" if "sv" in name else "openai_chat"
    convert_file(path, out, to)
    first = out.read_bytes()
    assert gzip.decompress(first) if name.endswith("gz") else first
    convert_file(path, out, to)
    assert out.read_bytes() == first
    convert_file(out, back, "openai_chat")
    assert list(map(json.loads, back.read_text().splitlines())) == list(map(json.loads, path.read_text().splitlines()))


def test_the_input_is_never_overwritten(tmp_path: Path) -> None:
    """Not by its own name, and not by a link to it."""
    path = chat_file(tmp_path)
    before = path.read_bytes()
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    for out in (path, link):
        with pytest.raises(InputError, match="this is the file that is read"):
            convert_file(path, out, "alpaca")
    assert path.read_bytes() == before


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device"), ValueError("x")])
def test_an_interrupted_write_leaves_the_target_as_it_was(tmp_path: Path, error: BaseException) -> None:
    """Whatever ends the writing: no half file, no temporary file."""
    path, out = chat_file(tmp_path), tmp_path / "out.jsonl"
    out.write_text("before")
    with pytest.raises((type(error), InputError)), rows_to(out, path) as write:
        write({"a": 1})
        raise error
    assert out.read_text() == "before"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_two_writers_do_not_mix(tmp_path: Path) -> None:
    """Each writes a file of its own; the last to end wins whole."""
    path, out = chat_file(tmp_path), tmp_path / "out.jsonl"
    with rows_to(out, path) as first:
        first({"by": 1})
        with rows_to(out, path) as second:
            second({"by": 2})
            first({"by": 1})
        assert out.read_text() == '{"by": 2}\n'
    assert out.read_text() == '{"by": 1}\n' * 2


@pytest.mark.parametrize(
    ("out", "to", "message"),
    [
        ("o.txt", "alpaca", "does not say how to write"),
        ("o.csv", "alpaca", "do not go into .csv"),
        ("o.jsonl", "table", "do not go into .jsonl"),
        ("no/such/o.jsonl", "alpaca", "cannot be written"),
    ],
)
def test_impossible_targets_are_refused(tmp_path: Path, out: str, to: str, message: str) -> None:
    """With what to do instead."""
    with pytest.raises(InputError, match=message):
        convert_file(chat_file(tmp_path), tmp_path / out, to)


def test_columns_can_be_named(tmp_path: Path) -> None:
    """A table whose names say nothing."""
    path, out = tmp_path / "t.csv", tmp_path / "o.jsonl"
    path.write_text("a;b;c\nx;y;z\n", encoding="utf-8")
    with pytest.raises(InputError, match="do not say what they hold"):
        convert_file(path, out, "openai_chat")
    convert_file(path, out, "openai_chat", prompt="b", answer="c")
    row: dict[str, Any] = json.loads(out.read_text())
    assert [message["content"] for message in row["messages"]] == ["y", "z"]
    assert row["metadata"] == {"a": "x"}
