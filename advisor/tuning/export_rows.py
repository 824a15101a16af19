"""Data files for other trainers: one row for each answer to learn, in a form that three tools read alike.

Each of them is told to learn the last answer of a row only. So an answer of weight 0 is never learnt, which none of
them could be told otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from advisor.dataset.chat_messages import INSTRUCTING
from advisor.dataset.conversation import Conversation, Message, text_of


def supervised_lines(conversations: Iterable[Conversation]) -> Iterator[str]:
    """JSON Lines of `messages`, the last being an answer to learn; `training` marks it for axolotl."""
    for conversation in conversations:
        messages = [_plain(message) for message in conversation.messages]
        for place, message in enumerate(conversation.messages):
            if message["role"] == "assistant" and message.get("weight") != 0:
                row = [{**one, "training": other == place} for other, one in enumerate(messages[: place + 1])]
                yield _line({"messages": row})


def preference_lines(conversations: Iterable[Conversation]) -> Iterator[str]:
    """JSON Lines of `messages`, `chosen` and `rejected`, the latter two one message each."""
    for conversation in conversations:
        if conversation.preferred and conversation.rejected:
            yield _line(
                {
                    "messages": [_plain(message) for message in conversation.messages],
                    "chosen": _answer(conversation.preferred),
                    "rejected": _answer(conversation.rejected),
                }
            )


def _answer(messages: tuple[Message, ...]) -> Message:
    return {"role": "assistant", "content": "\n".join(map(text_of, messages))}


def _plain(message: Message) -> Message:
    return {"role": "system" if message["role"] in INSTRUCTING else message["role"], "content": text_of(message)}


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
