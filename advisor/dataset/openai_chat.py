"""OpenAI's chat format: rows with `messages`, the last one the answer; and reinforcement items, without an answer."""

from collections.abc import Iterator
from typing import Any, Final

from advisor.dataset.chat_messages import ROLES, message_faults
from advisor.dataset.conversation import Conversation, Written, said, text_of
from advisor.dataset.fault import Fault, Path, missing, shown_path, text_fault, unknown_keys, wrong_type
from advisor.dataset.role_order import order_fault, weight_fault

SETTINGS: Final = ("tools", "functions", "parallel_tool_calls")
KEYS: Final = ("messages", *SETTINGS, "metadata")
REFERENCE: Final = "reference_answer"  # the name of a reinforcement item's right answer in OpenAI's examples


def chat_faults(row: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a row whose last message is to be learnt."""
    if "messages" not in row:
        yield missing((), "messages", hint=f"; its keys are {', '.join(sorted(row)[:5]) or 'none'}")
        return
    yield from unknown_keys(row, KEYS, ())
    yield from setting_faults(row, ())
    if not isinstance(row.get("metadata", {}), dict | type(None)):
        yield wrong_type(("metadata",), "an object", row["metadata"])
    yield from messages_faults(row["messages"], ("messages",), last="assistant")


def reinforcement_faults(row: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with an item whose answer the model gives itself and a grader judges."""
    if "messages" not in row:
        yield missing((), "messages")
        return
    yield from setting_faults(row, ())
    yield from messages_faults(row["messages"], ("messages",), last="user")


def read_chat(row: dict[str, Any]) -> Conversation:
    """A row whose rules hold. Keys that are not the format's own count as metadata."""
    fields = dict(row.get("metadata") or {})
    fields |= {key: value for key, value in row.items() if key not in KEYS}
    return Conversation(tuple(row["messages"]), settings=settings_of(row), fields=fields)


def write_chat(conversation: Conversation) -> Written:
    """The row in OpenAI's chat format; columns that it has no place for go to `metadata`."""
    messages, fields = conversation.messages, dict(conversation.fields)
    lost: tuple[str, ...] = ()
    if conversation.preferred:
        messages += conversation.preferred
        lost = ("the rejected answer",)
    elif not messages or messages[-1]["role"] != "assistant":
        if not isinstance(fields.get(REFERENCE), str):
            return Written(None, ("the whole row: it has no answer",))
        messages += (said("assistant", fields.pop(REFERENCE)),)
    row = {"messages": list(messages), **conversation.settings}
    return Written({**row, "metadata": fields} if fields else row, lost)


def read_reinforcement(row: dict[str, Any]) -> Conversation:
    """An item whose rules hold; what its grader needs stands in the fields."""
    fields = {key: value for key, value in row.items() if key != "messages" and key not in SETTINGS}
    return Conversation(tuple(row["messages"]), settings=settings_of(row), fields=fields)


def write_reinforcement(conversation: Conversation) -> Written:
    """The row as a reinforcement item; an answer that is there becomes the reference for the grader."""
    messages, fields = conversation.messages, dict(conversation.fields)
    lost: tuple[str, ...] = ("the rejected answer",) if conversation.rejected else ()
    answers = conversation.preferred
    if not answers and messages and messages[-1]["role"] == "assistant":
        messages, answers = messages[:-1], messages[-1:]
    if answers:
        if (
            REFERENCE in fields
            or set(answers[-1]) != {"role", "content"}
            or not isinstance(answers[-1]["content"], str)
        ):
            lost += ("an answer that is more than text",)
        fields.setdefault(REFERENCE, text_of(answers[-1]))
    return Written({"messages": list(messages), **conversation.settings, **fields}, lost)


def settings_of(row: dict[str, Any]) -> dict[str, Any]:
    """Tools and the like of a row."""
    return {key: row[key] for key in SETTINGS if key in row}


def messages_faults(messages: Any, path: Path, *, last: str) -> Iterator[Fault]:
    """What is wrong with a list of messages that must end with the role `last` ("" where any will do)."""
    if not isinstance(messages, list):
        yield wrong_type(path, "a list of messages", messages)
        return
    if not messages:
        yield Fault("empty_content", path, f"{shown_path(path)} is an empty list")
        return
    found = [fault for place, message in enumerate(messages) for fault in message_faults(message, (*path, place))]
    yield from found
    end = messages[-1].get("role") if isinstance(messages[-1], dict) else None
    if last == "assistant" and end in ROLES and end != "assistant":
        what = f"the last turn is the {end}'s, so there is no answer to learn"
        yield Fault("last_not_assistant", (*path, len(messages) - 1, "role"), what)
    if last == "user" and end == "assistant":
        what = "the last turn is the assistant's, but here the model has to answer"
        yield Fault("role_order", (*path, len(messages) - 1), what)
    if any(fault.id in ("unknown_role", "missing_key", "wrong_type") for fault in found):
        return  # who speaks cannot be told
    for fault in (order_fault(messages, path), weight_fault(messages, path)):
        if fault:
            yield fault


def setting_faults(row: dict[str, Any], path: Path) -> Iterator[Fault]:
    """What is wrong with the tools, functions and parallel_tool_calls of a row."""
    for key in ("tools", "functions"):
        value, here = row.get(key), (*path, key)
        if value is not None and not isinstance(value, list):
            yield wrong_type(here, "a list", value)
            continue
        for place, item in enumerate(value or ()):
            yield from _tool_faults(item, (*here, place), bare=key == "functions")
    if not isinstance(row.get("parallel_tool_calls", True), bool):
        yield wrong_type((*path, "parallel_tool_calls"), "true or false", row["parallel_tool_calls"])


def _tool_faults(tool: Any, path: Path, *, bare: bool) -> Iterator[Fault]:
    if not isinstance(tool, dict):
        yield wrong_type(path, "an object", tool)
        return
    if not bare:
        if tool.get("type") != "function":
            yield Fault("wrong_type", path, f'{shown_path(path)} must have the type "function"')
            return
        if "function" not in tool:
            yield missing(path, "function")
            return
        tool, path = tool["function"], (*path, "function")
        if not isinstance(tool, dict):
            yield wrong_type(path, "an object", tool)
            return
    fault = text_fault(tool, "name", path)
    if fault:
        yield fault
    if not isinstance(tool.get("parameters", {}), dict):
        yield wrong_type((*path, "parameters"), "an object", tool["parameters"])
