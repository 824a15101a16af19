"""More examples from a model: what is taken, what it costs, and what an interruption loses (nothing)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from advisor.chat_client import ChatClient
from advisor.cli import advisor
from advisor.data_examples import rows_of
from advisor.data_extend import Extended, Forecast, Rate, Wish, extend, forecast, kept_batches
from advisor.dataset.example import Example
from advisor.dataset.synthetic import Novelty, written_examples
from advisor.errors import HostError, InputError
from tests.chat_host import Host, Reply, chat_host

RATE = Rate(Decimal("0.000001"), Decimal("0.00001"), "a test")  # one request: 100 in, 50 out = $0.0006
EXPECTED = Forecast(1, Decimal("0.0006"), 150, Decimal("0.0018"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Twenty chat rows about pumps."""
    rows = [
        {
            "messages": [
                {"role": "system", "content": "Name the fault."},
                {"role": "user", "content": f"Pump {number} shows code E{number} while it runs at night"},
                {"role": "assistant", "content": f"Fault {number}"},
            ]
        }
        for number in range(20)
    ]
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def new_rows(number: int, count: int = 8) -> str:
    """An answer with `count` examples that are like no other."""
    kinds = "valve boiler filter sensor motor gauge hose tank".split()
    rows = [
        {"input": f"The {kinds[place]} of plant {number} fails with sign {number * 31 + place}", "output": "Fault"}
        for place in range(count)
    ]
    return json.dumps({"examples": rows})


def run(host: Host, source: Path, wanted: int, most_usd: str = "1", expected: Forecast = EXPECTED) -> Extended:
    """`extend` at the host, into out.jsonl beside the source."""
    examples = [row.example for row in rows_of(source)]
    wish = Wish(wanted, "", 0, Decimal(most_usd))
    client = ChatClient("writer", host.base_url)
    return extend(examples, client, wish, RATE, expected, source.with_name("out.jsonl"), source, lambda *_: None)


def test_new_examples_are_written_and_marked(source: Path) -> None:
    """In the chat format with the task's instructions, synthetic, with model and lines; the cost is what was used."""
    with chat_host(lambda number, _: new_rows(number)) as host:
        done = run(host, source, 20)
    rows = [json.loads(line) for line in source.with_name("out.jsonl").read_text().splitlines()]
    assert (done.rows, done.usd, len(rows)) == (20, Decimal("0.0018"), 20)  # 3 requests
    assert rows[0]["messages"][0] == {"role": "system", "content": "Name the fault."}
    assert rows[0]["metadata"]["synthetic"] == "true" and rows[0]["metadata"]["written_by"] == "writer"
    assert not source.with_name("out.jsonl.part").exists()
    assert host.requests[0]["max_tokens"] == 150
    assert host.requests[0]["messages"] != host.requests[1]["messages"]  # other examples are shown each time


def test_what_is_there_already_is_not_taken(source: Path) -> None:
    """Repeats of the file and of itself, paraphrases by a word, empty and unreadable ones, each counted."""
    said = [
        {"input": "PUMP 3 shows code e3, while it runs at night!", "output": "x"},
        {"input": "Pump 3 shows code E3 while it runs at noon", "output": "x"},
        {"input": "A brand new leak in the cellar of the mill", "output": "y"},
        {"input": "a brand new leak in the cellar of the mill", "output": "z"},
        {"input": " ", "output": "z"},
        {"input": 5, "output": "z"},
    ]
    with chat_host(lambda *_: "Here you are:\n" + json.dumps({"examples": said}) + "\nDone.") as host:
        done = run(host, source, 5)
    assert (done.rows, len(host.requests)) == (1, 4)
    assert done.ended == "3 requests in a row brought nothing new"
    assert done.refused == {"duplicate": 2 + 3 * 3, "near_duplicate": 4, "empty": 4, "unreadable": 4}


def test_the_limit_is_never_exceeded(source: Path) -> None:
    """With $0.0018 as the most of one request and $0.003 in all, the second would be the last that could fit."""
    with chat_host(lambda number, _: new_rows(number, 1)) as host:
        done = run(host, source, 50, "0.003")
    assert len(host.requests) == 3  # after 0.0012 another one could end at 0.0030, after 0.0018 not
    assert done.usd == Decimal("0.0018") and "could exceed $0.003" in done.ended


def test_an_interrupted_run_goes_on_without_paying_again(source: Path) -> None:
    """The host breaks down at the third request; the same command goes on with the third."""

    def breaks(number: int, _: Sequence[dict[str, str]]) -> Reply:
        return new_rows(number) if number < 2 else 400

    part = source.with_name("out.jsonl.part")
    with chat_host(breaks) as host, pytest.raises(HostError, match=r"answered 400: .*told to fail"):
        run(host, source, 24)
    assert not source.with_name("out.jsonl").exists()
    assert [batch.number for batch in kept_batches(part)] == [0, 1]
    with part.open("ab") as stream:
        stream.write(b'{"batch": 2, "usd": "0.0')  # as a crash in the middle of writing leaves it
    with chat_host(lambda number, _: new_rows(number + 2)) as host:
        done = run(host, source, 24)
    assert (done.rows, done.usd, len(host.requests)) == (24, Decimal("0.0018"), 1)


def test_what_may_pass_is_tried_again(source: Path) -> None:
    """Twice 500 and once 429, then it works; nothing is paid for the failures."""
    replies: list[Reply] = [500, 429, 500, new_rows(0)]
    with chat_host(lambda number, _: replies[number]) as host:
        assert run(host, source, 8).usd == Decimal("0.0006")
    assert len(host.requests) == 4


def test_the_command_shows_the_cost_and_asks(source: Path) -> None:
    """Without a yes nothing is sent; a model without a price is refused before anything is sent."""
    with chat_host(lambda number, _: new_rows(number)) as host:
        words = ["data", "extend", str(source), str(source.with_name("out.jsonl")), "--count", "8", "--model", "writer"]
        local = [*words, "--base-url", host.base_url]
        refused = CliRunner().invoke(advisor, local, input="n\n")
        assert refused.exit_code == 1 and not host.requests
        assert "about 2 requests, $0.0000, at most $5; the host is this machine" in refused.stderr
        done = CliRunner().invoke(advisor, [*local, "--yes"], catch_exceptions=False)
        assert "8 new examples, $0.0000 spent (as many as wanted)" in done.stdout


def test_a_missing_key_is_said(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name of the variable, never a key."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    words = ["data", "extend", str(source), "out.jsonl", "--count", "8", "--model", "gpt-4o-mini"]
    with pytest.raises(InputError, match="no key in the environment variable OPENAI_API_KEY"):
        CliRunner().invoke(advisor, words, catch_exceptions=False)


def test_a_forecast_by_hand() -> None:
    """100 rows at 8 a request of which 80 % are taken: 16 requests of 1,000 tokens in and 400 out."""
    found = forecast(Wish(100, "", 0, Decimal(5)), RATE, 1000, 400)
    assert (found.requests, found.usd) == (16, Decimal("0.08"))  # 16 x (0.001 + 0.004)
    assert forecast(Wish(100, "", 0, Decimal(5)), RATE, 1000, 400, have=100).requests == 0


@given(st.text(max_size=300))
def test_whatever_a_model_writes_is_read_or_refused(text: str) -> None:
    """No answer stops a run."""
    taken, refused = written_examples(text, [Example(1, "", "a", "b", (), {})])
    assert all(example.prompt and example.answer for example in taken)
    assert taken or refused or "[]" in "".join(text.split())


@given(st.lists(st.text(alphabet="ab c", min_size=1, max_size=12), max_size=20))
def test_nothing_is_taken_twice(prompts: list[str]) -> None:
    """The same input again is never new."""
    novelty = Novelty(prompts)
    assert all(novelty.take(prompt) for prompt in prompts)
