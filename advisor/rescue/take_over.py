"""The rows that take over from a tuned model: its training file, fetched, or its own answers, collected.

Both go on where they were broken off, and nothing is asked or paid for twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from advisor.chat_client import ChatClient
from advisor.dataset.conversation import Message, said
from advisor.errors import InputError
from advisor.evaluation.answer_store import AnswerStore
from advisor.evaluation.asked_model import ModelAtHost, TokenPrices
from advisor.evaluation.budget import Budget
from advisor.evaluation.item import Item
from advisor.evaluation.language_arm import LanguageArm, Means
from advisor.evaluation.prompting import Prompted
from advisor.files import read_text, write_whole

ROWS: Final = "training.jsonl"
ANSWERS: Final = "answers.sqlite3"


class Collected(NamedTuple):
    """Answers that are there, those that failed (they are asked for again), and what this run paid."""

    rows: int
    failed: int
    usd: Decimal
    first_error: str


def read_prompts(path: Path) -> list[Item]:
    """Prompts from lines of text, or of JSON in the chat format; an answer at the end of one is left out.

    Raises InputError with file:line.
    """
    found: list[Item] = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        messages = _messages(line, f"{path}:{number}") if path.suffix == ".jsonl" else (said("user", line.strip()),)
        found.append(Item(f"L{number}", messages, ""))
    if not found:
        raise InputError("there is no prompt", where=str(path), what_to_do="write one on each line")
    return found


class Collector:
    """A tuned model at its host that answers prompts within a ceiling."""

    def __init__(
        self, client: ChatClient, prices: TokenPrices | None, folder: Path, most_usd: Decimal | None, most_tokens: int
    ) -> None:
        """`most_tokens` of an answer. Raises InputError."""
        self._folder = folder
        means = Means(AnswerStore(folder / ANSWERS), Budget(most_usd), most_tokens)
        self._means = means
        model = ModelAtHost(client, prices)
        self.arm = LanguageArm("old", "tuned", model.what, model, lambda item: Prompted(item.messages), means)

    def most_usd(self, items: Sequence[Item]) -> Decimal | None:
        """What the answers that are not there yet can cost at most; None where no price is known."""
        return self.arm.expected(items).usd

    def collect(self, items: Sequence[Item], answered: Callable[[], None]) -> Collected:
        """Ask, and write a training row for each answer. Raises InputError where none came."""
        replies = self.arm.replies(items, answered)
        by_id = {reply.item: reply for reply in replies}
        rows = [
            {"messages": [*item.messages, said("assistant", by_id[item.id].text)]}
            for item in items
            if item.id in by_id and not by_id[item.id].error and by_id[item.id].text.strip()
        ]
        errors = [reply.error for reply in replies if reply.error]
        if not rows:
            raise InputError(
                f"no answer came: {errors[0] if errors else 'the ceiling was reached before the first'}",
                what_to_do="the same command goes on",
            )
        write_whole(self._folder / ROWS, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        spent = self._means.budget.spent_usd
        return Collected(len(rows), len(items) - len(rows), spent, errors[0] if errors else "")


def _messages(line: str, where: str) -> tuple[Message, ...]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON: {error}", where=where, what_to_do="correct it") from None
    messages = value.get("messages") if isinstance(value, dict) else None
    if not isinstance(messages, list) or not all(isinstance(one, dict) and "role" in one for one in messages):
        raise InputError("this row has no messages", where=where, what_to_do="write it in the chat format")
    while messages and messages[-1]["role"] == "assistant":
        messages = messages[:-1]
    if not messages:
        raise InputError("this row has no question", where=where, what_to_do="leave it out")
    return tuple(messages)
