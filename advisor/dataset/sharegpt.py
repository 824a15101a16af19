"""ShareGPT's format: `conversations` of turns with `from` and `value`, as axolotl and LLaMA-Factory read it."""

import json
from collections.abc import Iterator
from typing import Any, Final

from advisor.dataset.conversation import Conversation, Message, Written, said
from advisor.dataset.fault import Fault, Path, missing, quoted, shown_path, text_fault, wrong_type
from advisor.dataset.json_text import as_json
from advisor.question import nearest

KEYS: Final = ("conversations", "conversation", "system", "tools")
ROLES: Final = {
    "system": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "observation": "tool",
    "tool": "tool",
    "function_response": "tool",
}
_NAMES: Final = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}


def sharegpt_faults(row: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a row; keys beside the format's own are columns."""
    key = "conversation" if "conversation" in row and "conversations" not in row else "conversations"
    if key not in row:
        yield missing((), key)
        return
    if not isinstance(row.get("system"), str | type(None)):
        yield wrong_type(("system",), "text", row["system"])
    turns = row[key]
    if not isinstance(turns, list):
        yield wrong_type((key,), "a list of turns", turns)
        return
    if not turns:
        yield Fault("empty_content", (key,), f"{key} is an empty list")
        return
    found = [fault for place, turn in enumerate(turns) for fault in _turn_faults(turn, (key, place))]
    yield from found
    if not any(fault.id in ("missing_key", "wrong_type", "unknown_role") for fault in found):
        yield from _order_faults([ROLES[turn["from"]] for turn in turns], (key,))


def read_sharegpt(row: dict[str, Any]) -> Conversation:
    """A row whose rules hold; calls that have no id get one from their place."""
    key = "conversation" if "conversations" not in row else "conversations"
    fields = {name: value for name, value in row.items() if name not in KEYS}
    messages = [said("system", row["system"])] if row.get("system") else []
    called = ""
    for place, turn in enumerate(row[key]):
        message, called = _message(turn, called, f"call_{place}")
        messages.append(message)
    tools = row.get("tools")
    if isinstance(tools, str):
        tools = _parsed(tools)
    return Conversation(tuple(messages), settings={"tools": tools} if tools else {}, fields=fields)


def write_sharegpt(conversation: Conversation) -> Written:
    """The row as turns. Keys of messages that the format lacks, such as weight, stand in the turns under their name."""
    messages = (*conversation.messages, *conversation.preferred)
    if not messages or messages[-1]["role"] != "assistant":
        return Written(None, ("the whole row: it has no answer",))
    lost = ["the rejected answer"] if conversation.rejected else []
    turns: list[dict[str, Any]] = []
    for message in messages:
        content = message.get("content")
        extra = {key: value for key, value in message.items() if key not in ("role", "content")}
        if not isinstance(content, str | type(None)):
            extra["content"] = content
        if message["role"] not in _NAMES:
            extra["role"] = message["role"]
        name = _NAMES.get(message["role"], "system" if message["role"] == "developer" else "observation")
        call = _only_call(message)
        if call is None:
            turns.append({"from": name, "value": content if isinstance(content, str) else "", **extra})
        else:
            calls: list[Any] = extra.pop("tool_calls")
            extra["id"] = calls[0]["id"]
            turns.append({"from": "function_call", "value": call, **extra})
    row: dict[str, Any] = {"conversations": turns}
    settings = dict(conversation.settings)
    if "tools" in settings:
        row["tools"] = as_json(settings.pop("tools"))
    lost += [f"the setting {name}" for name in settings]
    lost += [f'the field "{key}", whose name is taken' for key in conversation.fields if key in KEYS]
    return Written(
        {**row, **{key: value for key, value in conversation.fields.items() if key not in KEYS}}, tuple(lost)
    )


def _only_call(message: Message) -> str | None:
    """The one call of a message without text as `function_call` holds it; None where there are others."""
    calls = message.get("tool_calls") or []
    if len(calls) != 1 or message.get("content") is not None or "content" not in message:
        return None
    function = calls[0]["function"]
    value = {"name": function["name"], "arguments": _parsed(function["arguments"])}
    # Only where the text of the arguments comes back the same.
    return as_json(value) if as_json(value["arguments"]) == function["arguments"] else None


def _message(turn: dict[str, Any], called: str, own_id: str) -> tuple[Message, str]:
    """The message of a turn, and the id of the call that waits for an answer."""
    role = turn.get("role", ROLES[turn["from"]])
    extra = {key: value for key, value in turn.items() if key not in ("from", "value", "role", "content", "id")}
    if turn["from"] == "function_call":
        function = _parsed(turn["value"])
        called = turn.get("id", own_id)
        named = {"name": function["name"], "arguments": as_json(function["arguments"])}
        call = {"id": called, "type": "function", "function": named}
        return {"role": "assistant", "content": None, "tool_calls": [call], **extra}, called
    content = turn.get("content", turn["value"])
    if content == "" and (extra.get("tool_calls") or extra.get("function_call") or extra.get("refusal")):
        content = None
    message: Message = {"role": role, "content": content, **extra}
    if role == "tool" and "tool_call_id" not in message:
        message["tool_call_id"] = called
    return message, called


def _order_faults(roles: list[str], path: Path) -> Iterator[Fault]:
    before = ""
    for place, role in enumerate(roles):
        if (role == "system" and before) or (role in ("user", "assistant") and role == before):
            what = f"{shown_path((*path, place))}: the {role} speaks twice in a row or too late"
            yield Fault("role_order", (*path, place), what)
            break
        if not before and role not in ("system", "user"):
            what = f"{shown_path((*path, place))}: the {role} speaks before the user"
            yield Fault("role_order", (*path, place), what)
            break
        before = before if role == "system" else role
    if roles[-1] != "assistant":
        what = f"the last turn is the {roles[-1]}'s, so there is no answer to learn"
        yield Fault("last_not_assistant", (*path, len(roles) - 1, "from"), what)


def _turn_faults(turn: Any, path: Path) -> Iterator[Fault]:
    if not isinstance(turn, dict):
        yield wrong_type(path, "an object", turn)
        return
    role = turn.get("from")
    if "from" not in turn:
        yield missing(path, "from")
    elif not isinstance(role, str):
        yield wrong_type((*path, "from"), "text", role)
    elif role not in ROLES:
        yield Fault("unknown_role", (*path, "from"), f"nobody is named {quoted(role)}{nearest(role.lower(), ROLES)}")
    says_otherwise = any(turn.get(key) for key in ("tool_calls", "function_call", "refusal", "content"))
    fault = text_fault(turn, "value", path, may_be_empty=says_otherwise or ROLES.get(str(role)) == "tool")
    if fault:
        yield fault
    elif role == "function_call":
        call = _parsed(turn["value"])
        if not isinstance(call, dict) or not {"name", "arguments"} <= set(call) or not isinstance(call["name"], str):
            here = (*path, "value")
            yield Fault("wrong_type", here, f'{shown_path(here)} must be the text of {{"name": …, "arguments": …}}')


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
