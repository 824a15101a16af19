"""Cleaning: what is dropped, mended and replaced, what the log keeps, and what is never touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from advisor.cli import advisor
from advisor.dataset.conversation import Conversation
from advisor.dataset.repair import repaired
from advisor.dataset.row_texts import texts_of, with_texts
from advisor.errors import InputError


def chat(user: str, answer: str, **more: Any) -> dict[str, Any]:
    """A row of two messages."""
    return {"messages": [{"role": "user", "content": user}, {"role": "assistant", "content": answer}], **more}


ROWS: list[Any] = [
    chat("How do I reset the pump after a dry run in the cellar?", "Press reset twice."),
    chat("My card 4111 1111 1111 1111 was charged, I am ann@example.com", "I am sorry, Ann."),
    "not json",
    chat("How do I reset the pump after a dry run in the cellar?", "Press reset twice."),  # repeats line 1
    {"messages": [{"role": "user", "content": "a question", "stamp": 1}, {"role": "assistant", "content": "b\x07c"}]},
    {"messages": [{"role": "user", "content": "no answer here"}]},
    chat("How do I reset the pump after a dry run in the cellar?", "Call service."),  # contradicts line 1
    {"messages": [{"role": "robot", "content": "write to bob@example.com"}, {"role": "assistant", "content": "ok"}]},
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """ROWS as a file."""
    path = tmp_path / "train.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in ROWS]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def clean(source: Path, *words: str) -> Result:
    """`advisor data clean` into out.jsonl beside the source."""
    out = source.with_name("out.jsonl")
    return CliRunner().invoke(advisor, ["data", "clean", str(source), str(out), *words], catch_exceptions=False)


def written(path: Path) -> list[Any]:
    """The rows of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_what_is_dropped_and_mended_is_logged_so_that_it_can_be_undone(source: Path) -> None:
    """Line, reason, and the row before and after; with the log the file can be put together again."""
    before = source.read_bytes()
    assert clean(source).exit_code == 0
    assert source.read_bytes() == before
    rows, log = written(source.with_name("out.jsonl")), written(source.with_name("out.jsonl.changes.jsonl"))
    assert rows == [ROWS[0], ROWS[1], chat("a question", "bc"), ROWS[6]]
    done = [(item["line"], item["action"], item["reason"]) for item in log]
    assert done == [
        (3, "dropped", "json_error"),
        (4, "dropped", "exact_duplicate"),
        (5, "repaired", "control_characters"),
        (5, "repaired", "unknown_key"),
        (6, "dropped", "last_not_assistant"),
        (8, "dropped", "unknown_role"),
    ]
    lines = before.decode().splitlines()
    assert all(item["before"] == lines[item["line"] - 1] for item in log if item["line"] != 8)
    assert log[-1]["before"] is None and log[-1]["personal"] is True  # an address may not lie about in a log


def test_anonymised_rows_leave_nothing_personal_in_file_or_log(source: Path) -> None:
    """Tokens in the row; the log says where and what kind, never what it was."""
    assert clean(source, "--anonymise").exit_code == 0
    text = source.with_name("out.jsonl").read_text() + source.with_name("out.jsonl.changes.jsonl").read_text()
    assert "4111" not in text and "@example.com" not in text
    assert written(source.with_name("out.jsonl"))[1]["messages"][0]["content"] == (
        "My card [CARD] was charged, I am [EMAIL]"
    )


def test_only_the_kinds_that_are_named(source: Path) -> None:
    """A card and not the address."""
    assert clean(source, "--kind", "card").exit_code == 0
    assert "[CARD] was charged, I am ann@example.com" in source.with_name("out.jsonl").read_text()


def test_more_may_be_dropped_and_duplicates_kept(source: Path) -> None:
    """By the ids of the findings."""
    result = clean(source, "--drop", "conflicting_answers", "--keep-duplicates")
    assert "1 conflicting answers" in result.stdout and "exact" not in result.stdout
    assert len(written(source.with_name("out.jsonl"))) == 4


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--drop", "nonsense"], "there is no finding nonsense"),
        (["--kind", "nonsense"], "there is no kind nonsense"),
    ],
)
def test_what_is_not_known_is_refused_before_anything_is_written(source: Path, words: list[str], says: str) -> None:
    """A sentence, and no file."""
    with pytest.raises(InputError, match=says):
        clean(source, *words)
    assert not source.with_name("out.jsonl").exists()


def test_the_source_is_never_the_target(source: Path) -> None:
    """Neither as the file nor as the log, and nothing half is left where no row remains."""
    words = ["data", "clean", str(source), str(source)]
    with pytest.raises(InputError, match="this is the file that is read"):
        CliRunner().invoke(advisor, words, catch_exceptions=False)
    with pytest.raises(InputError, match="this is the file that is read"):
        clean(source, "--log", str(source))
    source.write_text("not json\n[1]\n", encoding="utf-8")
    with pytest.raises(InputError):
        clean(source)
    assert {path.name for path in source.parent.iterdir()} == {"train.jsonl"}


texts = st.text(max_size=20)
messages = st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": texts}) | st.builds(
    lambda text, call: {
        "role": "assistant",
        "content": [{"type": "text", "text": text}],
        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": call}}],
    },
    texts,
    texts,
)
conversations = st.builds(
    lambda rows, fields: Conversation(tuple(rows), fields=fields),
    st.lists(messages, max_size=4),
    st.dictionaries(st.sampled_from("ab"), texts | st.lists(texts, max_size=2) | st.integers(), max_size=2),
)


@given(conversations)
def test_texts_come_out_and_go_back_in_the_same_places(conversation: Conversation) -> None:
    """With their own texts a row is the same; with others each stands in its place."""
    found = texts_of(conversation)
    assert with_texts(conversation, found) == conversation
    numbered = [str(number) for number in range(len(found))]
    assert texts_of(with_texts(conversation, numbered)) == numbered


@given(conversations)
def test_a_mended_row_needs_no_mending(conversation: Conversation) -> None:
    """And what is right already is left as it is."""
    once, what = repaired(conversation)
    assert repaired(once) == (once, ())
    assert (once == conversation) == (not what)
