"""One row whatever its format: messages as OpenAI writes them, and all that stands beside them."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from advisor.dataset.chat_messages import INSTRUCTING
from advisor.dataset.example import Example
from advisor.dataset.json_text import as_json

Message = dict[str, Any]


class Conversation(NamedTuple):
    """A row that can be read. Where two answers are compared, `messages` ends before the answer."""

    messages: tuple[Message, ...]
    preferred: tuple[Message, ...] = ()
    rejected: tuple[Message, ...] = ()
    settings: Mapping[str, Any] = {}  # tools and the like, by the names of OpenAI's format
    fields: Mapping[str, Any] = {}  # metadata and columns beside the conversation


class Written(NamedTuple):
    """A row in another format, and in words what it could not hold; no row where nothing meaningful is left."""

    row: dict[str, Any] | None
    lost: tuple[str, ...] = ()


def said(role: str, content: str) -> Message:
    """A plain message."""
    return {"role": role, "content": content}


def text_of(message: Message) -> str:
    """What a message says: its text, the texts of its parts, a refusal, or the tools it calls as JSON."""
    content = message.get("content")
    if isinstance(content, str) and content:
        return content
    if isinstance(content, list):
        return "\n".join(part[part["type"]] for part in content if part["type"] in ("text", "refusal"))
    return message.get("refusal") or "\n".join(_calls(message))


def example_of(conversation: Conversation, line: int) -> Example:
    """The row as what a model is shown and what it should answer."""
    system: list[str] = []
    turns: list[str] = []
    texts: list[str] = []
    for message in conversation.messages:
        text = text_of(message)
        texts += [text, *(_calls(message) if message.get("content") else ())]
        (system if message["role"] in INSTRUCTING else turns).append(text)
    answer = ""
    if conversation.preferred:
        answer = "\n".join(map(text_of, conversation.preferred))
        texts += [text_of(message) for message in (*conversation.preferred, *conversation.rejected)]
    elif turns and conversation.messages[-1]["role"] == "assistant":
        answer = turns.pop()
    fields = {name: value if isinstance(value, str) else as_json(value) for name, value in conversation.fields.items()}
    return Example(line, "\n".join(system), "\n".join(turns), answer, tuple(texts), fields)


def _calls(message: Message) -> Iterator[str]:
    calls = [call["function"] for call in message.get("tool_calls") or ()]
    if message.get("function_call"):
        calls.append(message["function_call"])
    for call in calls:
        yield as_json(call)
