"""Rows for a linear model: what the user asked, the answer, and whether the answers are labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from advisor.dataset.chat_messages import INSTRUCTING
from advisor.dataset.conversation import Conversation, text_of

LABEL_LETTERS: Final = 60  # longer answers, or answers of several lines, are texts
ROWS_A_LABEL: Final = 2  # labels come again: at least so many rows for each on average
LABELS: Final = 500  # more distinct answers than this are texts


class LabelRow(NamedTuple):
    """One row. `system` is only looked at to see whether it names the labels; the model reads `prompt`."""

    prompt: str
    answer: str
    system: str


def prompt_of(messages: Iterable[Mapping[str, Any]]) -> str:
    """The text that a linear model reads: what the user said in all turns, one below the other."""
    return "\n".join(text_of(dict(message)) for message in messages if message["role"] == "user")


def label_rows(conversations: Iterable[Conversation]) -> list[LabelRow]:
    """Rows whose last message is an answer to learn from: of the assistant, and not of weight 0."""
    rows: list[LabelRow] = []
    for conversation in conversations:
        if not conversation.messages:
            continue
        *before, last = conversation.messages
        if last["role"] == "assistant" and last.get("weight") != 0:
            system = "\n".join(text_of(message) for message in before if message["role"] in INSTRUCTING)
            rows.append(LabelRow(prompt_of(before), text_of(last), system))
    return rows


def are_labels(rows: Sequence[LabelRow]) -> bool:
    """Whether the answers are labels: two or more, short, and they come again or the system prompt names them all."""
    counts = Counter(row.answer for row in rows)
    if not 2 <= len(counts) <= LABELS or any(len(label) > LABEL_LETTERS or "\n" in label for label in counts):
        return False
    return len(rows) >= ROWS_A_LABEL * len(counts) or all(row.answer in row.system for row in rows)
