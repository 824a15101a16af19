"""Distillation: a big model answers the questions, and a small one is trained on its answers.

Sequence-level distillation after Kim and Rush 2016: only the teacher's texts are needed, so it may be any model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.dataset.conversation import Conversation, Message, said
from advisor.tuning.trainer import Asked, Model


def labelled_rows(
    teacher: Model, rows: Sequence[Conversation], longest: int | None, seed: int
) -> Iterator[Conversation]:
    """Each row with the teacher's answer, its likeliest one, in place of its own; at most `longest` tokens."""
    for row in rows:
        asked = question(row)
        answer = teacher.answer(Asked(asked, max_tokens=longest, temperature=0.0, seed=seed))
        yield row._replace(messages=(*asked, said("assistant", answer.text)), preferred=(), rejected=())


def question(row: Conversation) -> tuple[Message, ...]:
    """The messages before the last answer."""
    messages = row.messages
    return messages[:-1] if messages and messages[-1]["role"] == "assistant" else messages
