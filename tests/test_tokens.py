"""Counting tokens offline: the same ids as OpenAI's own vocabularies, and estimates that say so."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from advisor.cli import advisor
from advisor.errors import InputError, RuleBookError
from advisor.files import content, load_tokenizers
from advisor.token_count import count_tokens, load_encoding

TOKENIZERS = load_tokenizers()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, so that the vocabulary is unpacked anew."""
    monkeypatch.setenv("ADVISOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    return tmp_path / "cache"


@pytest.mark.parametrize(
    ("model", "encoding", "exact"),
    [
        ("gpt-4o-mini", "o200k_base", True),
        ("openai/gpt-5.6-luna", "o200k_base", True),
        ("gpt-4-turbo", "cl100k_base", True),
        ("gpt-4.1-mini", "o200k_base", True),
        ("ft:gpt-3.5-turbo-0125:acme::abc", "cl100k_base", True),
        ("gpt-oss-20b", "o200k_harmony", True),
        ("claude-sonnet-5", "o200k_base", False),
        ("hf/Qwen/Qwen3-8B", "o200k_base", False),
        ("something-new", "o200k_base", False),
    ],
)
def test_each_model_has_its_tokenizer(model: str, encoding: str, exact: bool) -> None:
    """OpenAI's models are counted exactly; the others by the nearest public vocabulary."""
    found = TOKENIZERS.of(model)
    assert (found.encoding, found.exact) == (encoding, exact)


def test_known_ids() -> None:
    """`hello world` is 24912, 2375 in o200k_base and 15339, 1917 in cl100k_base, as OpenAI publishes them."""
    assert load_encoding("o200k_base").encode_ordinary("hello world") == [24912, 2375]
    assert load_encoding("cl100k_base").encode_ordinary("hello world") == [15339, 1917]


def test_the_vocabulary_is_the_official_file(cache: Path) -> None:
    """What is unpacked has the sha256 that tiktoken expects of its download."""
    load_encoding("o200k_base")
    (unpacked,) = (cache / "tiktoken").iterdir()
    expected = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
    assert hashlib.sha256(unpacked.read_bytes()).hexdigest() == expected


def test_an_estimate_says_how_far_it_may_be_off() -> None:
    """Twenty tokens of o200k_base, times 1.15, give or take 20 %, for Claude: 18 to 28."""
    text = "hello world" * 10
    exact, estimated = (count_tokens([text], TOKENIZERS.of(model)) for model in ("gpt-4o", "claude-sonnet-5"))
    assert exact.exact and exact.low == exact.tokens == exact.high
    assert not estimated.exact
    assert estimated.tokens == round(exact.tokens * Decimal("1.15"))
    assert estimated.low < estimated.tokens < estimated.high
    assert "not published" in estimated.because


def test_chats_are_counted_by_message(tmp_path: Path) -> None:
    """Three tokens around each message: 3 + 1 (user) + 2 (hello world)."""
    file = tmp_path / "chat.jsonl"
    file.write_text(json.dumps({"messages": [{"role": "user", "content": "hello world"}]}) + "\n", encoding="utf-8")
    result = CliRunner().invoke(advisor, ["cost", "tokens", str(file), "--format", "json", "--as-of", "2026-11-21"])
    assert json.loads(result.output)["tokens"] == 6
    file.write_text("{\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"chat.jsonl:1: this line is no JSON"):
        CliRunner().invoke(advisor, ["cost", "tokens", str(file)], catch_exceptions=False)


def test_the_command_names_price_day_and_exactness(tmp_path: Path) -> None:
    """A million tokens of `hello world` cost what the page says."""
    file = tmp_path / "text.txt"
    file.write_text("hello world\n" * 10, encoding="utf-8")
    out = CliRunner().invoke(advisor, ["cost", "tokens", str(file), "--as-of", "2026-11-21"]).output
    assert "exact" in out and "per 1M tokens" in out and "2026-10-14" in out
    out = CliRunner().invoke(advisor, ["cost", "tokens", str(file), "--model", "acme", "--as-of", "2026-11-21"]).output
    assert "an estimate" in out and "not priced" in out


@pytest.mark.slow
def test_no_network_is_needed(cache: Path) -> None:
    """A fresh process that may not open a connection counts all the same."""
    program = (
        "import socket\n"
        "def refuse(*_): raise OSError('no network')\n"
        "socket.socket.connect = refuse\n"
        "from advisor.token_count import load_encoding\n"
        "print(len(load_encoding('o200k_base').encode_ordinary('hello world')))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "2\n"


def test_a_file_of_tokenizers_must_end_with_every_other_name(tmp_path: Path) -> None:
    """Otherwise some name would have none."""
    path = tmp_path / "tokenizers.yaml"
    path.write_text('as_of: "2026-11-21"\nencodings:\n- {begins_with: [gpt], encoding: o200k_base}\n', encoding="utf-8")
    with pytest.raises(RuleBookError, match="every other name"):
        load_tokenizers(path)


def test_measured_files_take_the_place_of_answers(tmp_path: Path) -> None:
    """The sum of the documents and the mean of samples stand in the formulas; a wrong name is refused."""
    (tmp_path / "texts").mkdir()
    for name, text in (("a.txt", "one two three"), ("b.txt", "one two three four five")):
        (tmp_path / "texts" / name).write_text(text, encoding="utf-8")
    case = str(content("examples") / "saas-support.yaml")
    words = ["cost", case, "--approach", "rag", "--as-of", "2026-11-21", "--draws", "100", "--format", "csv"]
    measured = [
        "--measure",
        f"knowledge.tokens={tmp_path / 'texts'}",
        "--measure",
        f"traffic.input_tokens={tmp_path / 'texts'}",
    ]
    result = CliRunner().invoke(advisor, [*words, *measured], catch_exceptions=False)
    assert "8 tokens of documents" in result.stdout and "4 input tokens" in result.stdout
    assert "traffic.input_tokens: 4 tokens each, on average, in 2 file(s)" in result.stderr
    with pytest.raises(InputError, match="is no count of tokens"):
        CliRunner().invoke(advisor, [*words, "--measure", "data.examples=x"], catch_exceptions=False)
