"""Two answers to one prompt, the better one marked: OpenAI's format and that of TRL."""

from collections.abc import Iterator
from typing import Any, Final

from advisor.dataset.conversation import Conversation, Message, Written, said
from advisor.dataset.fault import Fault, missing, text_fault, unknown_keys, wrong_type
from advisor.dataset.openai_chat import SETTINGS, messages_faults, setting_faults, settings_of

OPENAI_KEYS: Final = ("input", "preferred_output", "non_preferred_output", "metadata")
TRL_KEYS: Final = ("prompt", "chosen", "rejected")


def openai_preference_faults(row: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a row of OpenAI's preference format."""
    yield from unknown_keys(row, OPENAI_KEYS, ())
    for key in OPENAI_KEYS[:3]:
        if key not in row:
            yield missing((), key)
    asked = row.get("input", {})
    if not isinstance(asked, dict):
        yield wrong_type(("input",), "an object", asked)
    elif "input" in row:
        yield from unknown_keys(asked, ("messages", *SETTINGS), ("input",))
        yield from setting_faults(asked, ("input",))
        if "messages" not in asked:
            yield missing(("input",), "messages")
        else:
            yield from messages_faults(asked["messages"], ("input", "messages"), last="user")
    for key in ("preferred_output", "non_preferred_output"):
        if key in row:
            yield from _answer_faults(row[key], key)
    if not isinstance(row.get("metadata", {}), dict | type(None)):
        yield wrong_type(("metadata",), "an object", row["metadata"])


def trl_preference_faults(row: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a row of TRL: texts, or lists of messages; without a prompt both answers begin with it."""
    for key in ("chosen", "rejected"):
        if key not in row:
            yield missing((), key)
        elif isinstance(row[key], list):
            yield from (
                messages_faults(row[key], (key,), last="assistant")
                if "prompt" not in row
                else _answer_faults(row[key], key)
            )
        else:
            fault = text_fault(row, key)
            if fault:
                yield fault
    if isinstance(row.get("prompt"), list):
        yield from messages_faults(row["prompt"], ("prompt",), last="user")
    elif "prompt" in row:
        fault = text_fault(row, "prompt")
        if fault:
            yield fault
    kinds = {type(row[key]) for key in TRL_KEYS if isinstance(row.get(key), str | list)}
    if len(kinds) > 1:
        yield Fault("wrong_type", (), "prompt, chosen and rejected must all be texts or all be lists of messages")


def read_openai_preference(row: dict[str, Any]) -> Conversation:
    """A row whose rules hold."""
    asked = row["input"]
    fields = dict(row.get("metadata") or {})
    fields |= {key: value for key, value in row.items() if key not in OPENAI_KEYS}
    preferred, rejected = tuple(row["preferred_output"]), tuple(row["non_preferred_output"])
    return Conversation(tuple(asked["messages"]), preferred, rejected, settings_of(asked), fields)


def write_openai_preference(conversation: Conversation) -> Written:
    """The row in OpenAI's preference format."""
    if not conversation.rejected or not conversation.messages:
        return Written(None, ("the whole row: it has no rejected answer",))
    row: dict[str, Any] = {
        "input": {"messages": list(conversation.messages), **conversation.settings},
        "preferred_output": list(conversation.preferred),
        "non_preferred_output": list(conversation.rejected),
    }
    return Written({**row, "metadata": dict(conversation.fields)} if conversation.fields else row)


def read_trl_preference(row: dict[str, Any]) -> Conversation:
    """A row whose rules hold; turns that both answers begin with are the prompt."""
    fields = {key: value for key, value in row.items() if key not in (*TRL_KEYS, *SETTINGS)}
    chosen, rejected = _messages(row["chosen"], "assistant"), _messages(row["rejected"], "assistant")
    asked = _messages(row.get("prompt", []), "user")
    if not asked:
        same = 0
        while same < min(len(chosen), len(rejected)) - 1 and chosen[same] == rejected[same]:
            same += 1
        asked, chosen, rejected = chosen[:same], chosen[same:], rejected[same:]
    return Conversation(asked, chosen, rejected, settings_of(row), fields)


def write_trl_preference(conversation: Conversation) -> Written:
    """The row for TRL: plain texts where one user's text is answered, else lists of messages."""
    if not conversation.rejected:
        return Written(None, ("the whole row: it has no rejected answer",))
    parts = (conversation.messages, conversation.preferred, conversation.rejected)
    extra = _extra(conversation, (*TRL_KEYS, *SETTINGS))
    if plain(conversation.messages, "user") and all(plain(part, "assistant") for part in parts[1:]):
        values: list[Any] = [part[0]["content"] for part in parts]
    else:
        values = [list(part) for part in parts]
    row = {key: value for key, value in zip(TRL_KEYS, values, strict=True) if value}
    return Written({**row, **extra})


def plain(messages: tuple[Message, ...], role: str) -> bool:
    """Whether the messages are one plain text of `role`."""
    return len(messages) == 1 and messages[0] == said(role, messages[0].get("content", "")) and _is_text(messages[0])


def _is_text(message: Message) -> bool:
    return isinstance(message["content"], str)


def _extra(conversation: Conversation, own: tuple[str, ...]) -> dict[str, Any]:
    return {**conversation.settings, **{key: value for key, value in conversation.fields.items() if key not in own}}


def _messages(value: Any, role: str) -> tuple[Message, ...]:
    return (said(role, value),) if isinstance(value, str) else tuple(value)


def _answer_faults(value: Any, key: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield wrong_type((key,), "a list of messages", value)
        return
    # The rules of order look at the answer alone; what was asked stands elsewhere.
    for fault in messages_faults(value, (key,), last="assistant"):
        if fault.id != "role_order":
            yield fault
