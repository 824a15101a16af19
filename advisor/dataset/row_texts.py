"""Every text of a row in one fixed order, and the row again with other texts in their places."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from advisor.dataset.conversation import Conversation, Message

Change = Callable[[str], str]


def texts_of(conversation: Conversation) -> list[str]:
    """What messages say, what calls are made with, and the fields that are texts."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    _changed(conversation, note)
    return found


def with_texts(conversation: Conversation, texts: Sequence[str]) -> Conversation:
    """`conversation` with `texts` instead of its own, as many as `texts_of` gives."""
    given: Iterator[str] = iter(texts)
    return _changed(conversation, lambda _: next(given))


def _changed(conversation: Conversation, change: Change) -> Conversation:
    return conversation._replace(
        messages=tuple(_message(message, change) for message in conversation.messages),
        preferred=tuple(_message(message, change) for message in conversation.preferred),
        rejected=tuple(_message(message, change) for message in conversation.rejected),
        fields=_value(conversation.fields, change),
    )


def _message(message: Message, change: Change) -> Message:
    changed = dict(message)
    content = message.get("content")
    if isinstance(content, str):
        changed["content"] = change(content)
    elif isinstance(content, list):
        changed["content"] = [_part(part, change) for part in content]
    if isinstance(message.get("refusal"), str):
        changed["refusal"] = change(message["refusal"])
    if message.get("tool_calls"):
        calls = message["tool_calls"]
        changed["tool_calls"] = [{**call, "function": _call(call["function"], change)} for call in calls]
    if message.get("function_call"):
        changed["function_call"] = _call(message["function_call"], change)
    return changed


def _part(part: Mapping[str, Any], change: Change) -> dict[str, Any]:
    kind = part.get("type")
    return {**part, kind: change(part[kind])} if kind in ("text", "refusal") else dict(part)


def _call(call: Mapping[str, Any], change: Change) -> dict[str, Any]:
    arguments = call.get("arguments")
    return {**call, "arguments": change(arguments)} if isinstance(arguments, str) else dict(call)


def _value(value: Any, change: Change) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _value(inner, change) for key, inner in value.items()}
    return [_value(inner, change) for inner in value] if isinstance(value, list) else value
