"""Distillation: a big model answers the questions, and a small one is trained on its answers.

Sequence-level distillation after Kim and Rush 2016: only the teacher's texts are needed, so it may be any model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from advisor.dataset.conversation import Conversation, Message, said
from advisor.tuning.trainer import Asked, Model


def labelled_rows(
    teacher: Model, rows: Sequence[Conversation], longest: int | None, seed: int, poll: Callable[[], None]
) -> Iterator[Conversation]:
    """Each row with the teacher's answer, its likeliest one, in place of its own; at most `longest` tokens."""
    for row in rows:
        asked = question(row)
        text = spoken(teacher, Asked(asked, max_tokens=longest, temperature=0.0, seed=seed), poll)
        yield row._replace(messages=(*asked, said("assistant", text)), preferred=(), rejected=())


def spoken(model: Model, asked: Asked, poll: Callable[[], None]) -> str:
    """A model's answer; `poll` is called between its pieces and may raise to stop."""
    pieces: list[str] = []
    for piece in model.stream(asked):
        poll()
        pieces.append(piece)
    return "".join(pieces)


def question(row: Conversation) -> tuple[Message, ...]:
    """The messages before the last answer."""
    messages = row.messages
    return messages[:-1] if messages and messages[-1]["role"] == "assistant" else messages
