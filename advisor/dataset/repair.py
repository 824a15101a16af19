"""Mistakes of a row that can be mended without guessing, and the mended row."""

import re
from typing import Any, Final

from advisor.dataset.chat_messages import KEYS_OF_ROLES
from advisor.dataset.conversation import Conversation, Message
from advisor.dataset.row_texts import texts_of, with_texts

# Control characters that no text needs: all but tab, line feed and carriage return; and a byte order mark within.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")


def repaired(conversation: Conversation) -> tuple[Conversation, tuple[str, ...]]:
    """The row without control characters and without keys that messages do not have; and the ids of what was mended."""
    mended: list[str] = []
    texts = texts_of(conversation)
    clean = [_CONTROL.sub("", text) for text in texts]
    if clean != texts:
        conversation = with_texts(conversation, clean)
        mended.append("control_characters")
    plain = conversation._replace(
        messages=tuple(map(_known_keys, conversation.messages)),
        preferred=tuple(map(_known_keys, conversation.preferred)),
        rejected=tuple(map(_known_keys, conversation.rejected)),
    )
    if plain != conversation:
        mended.append("unknown_key")
    return plain, tuple(mended)


def _known_keys(message: Message) -> dict[str, Any]:
    known = KEYS_OF_ROLES.get(message["role"], KEYS_OF_ROLES["user"])
    return {key: value for key, value in message.items() if key in known}
