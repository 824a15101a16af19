"""An item as what judges, experts and searches are shown."""

from __future__ import annotations

from advisor.dataset.chat_messages import INSTRUCTING
from advisor.dataset.conversation import text_of
from advisor.evaluation.item import Item


def question_of(item: Item) -> str:
    """What was asked, instructions left out; of several turns each with its role."""
    turns = [message for message in item.messages if message["role"] not in INSTRUCTING]
    if len(turns) == 1:
        return text_of(turns[0])
    return "\n\n".join(f"{message['role']}: {text_of(message)}" for message in turns)
