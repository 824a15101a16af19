"""More examples from a model, within a spend limit; what was paid for is kept at once, and a broken run goes on."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

from advisor.chat_client import ChatClient
from advisor.data_target import rows_to
from advisor.dataset.example import Example
from advisor.dataset.synthetic import (
    ASKED,
    NewExample,
    Novelty,
    Refused,
    as_chat_row,
    chosen_to_show,
    request_messages,
    written_examples,
)
from advisor.errors import InputError

MOST_FRUITLESS = 3  # requests in a row that bring nothing new
LONGEST = 3  # times the expected tokens: no request takes more
TAKEN_SHARE = Decimal("0.8")  # of what is written, expected to be new; assumption


class Wish(NamedTuple):
    """What is wanted: so many new examples, of a kind, drawn with a seed, for at most so many USD."""

    examples: int
    kind: str
    seed: int
    most_usd: Decimal


class Rate(NamedTuple):
    """USD for a token in and out; `because` says where that is from."""

    input_usd: Decimal
    output_usd: Decimal
    because: str

    def usd(self, input_tokens: int, output_tokens: int) -> Decimal:
        """What so many tokens cost."""
        return self.input_usd * input_tokens + self.output_usd * output_tokens


class Forecast(NamedTuple):
    """What a run is expected to take, and the most that one request can."""

    requests: int
    usd: Decimal
    most_output_tokens: int
    most_usd_a_request: Decimal


class Batch(NamedTuple):
    """One request that was paid for, and what was taken of its answer."""

    number: int
    usd: Decimal
    rows: tuple[dict[str, Any], ...]
    refused: Mapping[str, int]


class Extended(NamedTuple):
    """What came of a run; `ended` says why it ended."""

    rows: int
    usd: Decimal
    refused: Mapping[str, int]
    ended: str


def forecast(wish: Wish, rate: Rate, input_tokens: int, output_tokens: int, have: int = 0) -> Forecast:
    """The requests and USD for what is still wanted; tokens are those of one request and its answer."""
    missing = max(0, wish.examples - have)
    requests = ceil(missing / (ASKED * TAKEN_SHARE))
    most_tokens = LONGEST * output_tokens
    usd = rate.usd(input_tokens, output_tokens) * requests
    return Forecast(requests, usd, most_tokens, rate.usd(input_tokens * LONGEST, most_tokens))


def kept_batches(part: Path) -> list[Batch]:
    """The batches of an interrupted run, a last line that is cut left out. Raises InputError for another file."""
    if not part.exists():
        return []
    found: list[Batch] = []
    lines = part.read_text(encoding="utf-8").split("\n")
    for line in lines[:-1]:
        try:
            value = json.loads(line)
            found.append(Batch(value["batch"], Decimal(value["usd"]), tuple(value["rows"]), value["refused"]))
        except (ValueError, KeyError, TypeError):
            raise InputError(
                "this is no interrupted run of `advisor data extend`",
                where=str(part),
                what_to_do="move it away, or write to another file",
            ) from None
    return found


def extend(
    examples: Sequence[Example],
    client: ChatClient,
    wish: Wish,
    rate: Rate,
    expected: Forecast,
    out: Path,
    source: Path,
    told: Callable[[int, Decimal], None],
) -> Extended:
    """Write `wish.examples` new rows to `out`; each request is kept beside it before the next begins.

    `told` hears of the rows and USD so far. Raises HostError where the host fails; the same call goes on from there.
    """
    part = out.with_name(out.name + ".part")
    batches = kept_batches(part)
    novelty = Novelty(example.prompt for example in examples)
    for batch in batches:
        for row in batch.rows:
            novelty.take(row["messages"][-2]["content"])
    ended = "as many as wanted"
    for step in _batches(examples, client, wish, rate, expected, novelty, batches):
        if isinstance(step, str):
            ended = step
            break
        _keep(part, step)
        batches.append(step)
        told(sum(len(one.rows) for one in batches), sum((one.usd for one in batches), Decimal(0)))
    rows = [row for batch in batches for row in batch.rows][: wish.examples]
    if not rows:
        part.unlink(missing_ok=True)
        raise InputError(
            f"no new example came of it: {ended}",
            what_to_do="try another model, or say with --wish what is wanted",
        )
    with rows_to(out, source) as write:
        for row in rows:
            write(row)
    part.unlink()
    refused = sum((Counter(batch.refused) for batch in batches), Counter[str]())
    return Extended(len(rows), sum((batch.usd for batch in batches), Decimal(0)), dict(refused), ended)


def _batches(
    examples: Sequence[Example],
    client: ChatClient,
    wish: Wish,
    rate: Rate,
    expected: Forecast,
    novelty: Novelty,
    done: Sequence[Batch],
) -> Iterator[Batch | str]:
    """Request after request; at the end the reason why there is no further one, where it is not that all are there."""
    have = sum(len(batch.rows) for batch in done)
    spent = sum((batch.usd for batch in done), Decimal(0))
    number, fruitless = len(done), 0
    while have < wish.examples:
        if spent + expected.most_usd_a_request > wish.most_usd:
            yield f"the next request could exceed ${wish.most_usd}"
            return
        shown = chosen_to_show(examples, number, wish.seed)
        messages = request_messages(shown, ASKED, wish.kind)
        answered = client.complete(messages, expected.most_output_tokens, temperature=1.0, seed=wish.seed + number)
        taken, refused = written_examples(answered.text, shown)
        usd = rate.usd(answered.input_tokens, answered.output_tokens)
        batch = _taken(number, usd, taken, refused, novelty, shown[0].system if shown else "", client.model)
        yield batch
        have, spent = have + len(batch.rows), spent + usd
        number += 1
        fruitless = 0 if batch.rows else fruitless + 1
        if fruitless == MOST_FRUITLESS:
            yield f"{MOST_FRUITLESS} requests in a row brought nothing new"
            return


def _taken(
    number: int,
    usd: Decimal,
    taken: Sequence[NewExample],
    refused: Sequence[Refused],
    novelty: Novelty,
    system: str,
    model: str,
) -> Batch:
    reasons = Counter(item.why for item in refused)
    rows: list[dict[str, Any]] = []
    for example in taken:
        why = novelty.take(example.prompt)
        if why:
            reasons[why] += 1
        else:
            rows.append(as_chat_row(example, system, model))
    return Batch(number, usd, tuple(rows), dict(reasons))


def _keep(part: Path, batch: Batch) -> None:
    """Append the batch as one line, on the disk before the next request is paid for."""
    value = {"batch": batch.number, "usd": str(batch.usd), "rows": batch.rows, "refused": batch.refused}
    line = json.dumps(value, ensure_ascii=False) + "\n"
    try:
        with part.open("r+b" if part.exists() else "w+b") as stream:
            _cut_broken_end(stream.fileno(), part)
            stream.seek(0, os.SEEK_END)
            stream.write(line.encode())
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise InputError(
            f"the file cannot be written: {error.strerror}", where=str(part), what_to_do="make room, then go on"
        ) from None


def _cut_broken_end(descriptor: int, part: Path) -> None:
    """Cut a last line that a crash left without its end."""
    kept = part.read_bytes()
    whole = kept.rfind(b"\n") + 1
    if whole != len(kept):
        os.ftruncate(descriptor, whole)
