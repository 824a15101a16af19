"""The rules of one message of a chat as OpenAI writes it: role, content, tool calls.

After OpenAI's API reference for chat completions and its guide to supervised fine-tuning.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from advisor.dataset.fault import Fault, Path, missing, quoted, shown_path, text_fault, unknown_keys, wrong_type
from advisor.question import nearest

ROLES: Final = ("system", "developer", "user", "assistant", "tool", "function")
INSTRUCTING: Final = ("system", "developer")
_KEYS: Final = frozenset({"role", "content", "name", "weight"})
KEYS_OF_ROLES: Final = {
    "user": _KEYS,
    "assistant": _KEYS | {"tool_calls", "function_call", "refusal", "audio"},
    "tool": _KEYS | {"tool_call_id"},
}
_PLAIN: Final = frozenset({"role", "content"})
_ALL_KEYS: Final = _KEYS.union(*KEYS_OF_ROLES.values())
_PARTS: Final = {  # kinds of content parts by role, and the key that holds each
    "user": {"text": "text", "image_url": "image_url", "input_audio": "input_audio", "file": "file"},
    "assistant": {"text": "text", "refusal": "refusal"},
}
_OTHER_NAMES: Final = {
    "human": "user",
    "gpt": "assistant",
    "bot": "assistant",
    "chatgpt": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "observation": "tool",
}


def message_faults(message: Any, path: Path) -> Iterator[Fault]:
    """What is wrong with one message, its place among the others left aside."""
    if not isinstance(message, dict):
        yield wrong_type(path, "an object", message)
        return
    role = message.get("role")
    if message.keys() == _PLAIN and role in ROLES[:4] and _says_something(message["content"]):
        return  # by far the most, told at once
    yield from unknown_keys(message, KEYS_OF_ROLES.get(role, _KEYS) if role in ROLES else _ALL_KEYS, path)
    if "role" not in message:
        yield missing(path, "role")
    elif not isinstance(role, str):
        yield wrong_type((*path, "role"), "text", role)
    elif role not in ROLES:
        other = _OTHER_NAMES.get(role.lower())
        hint = f"; did you mean {other}?" if other else nearest(role.lower(), ROLES)
        yield Fault("unknown_role", (*path, "role"), f"there is no role {quoted(role)}{hint}")
    yield from _content_faults(message, role if isinstance(role, str) else "", path)
    if message.get("name", "") is not None and not isinstance(message.get("name", ""), str):
        yield wrong_type((*path, "name"), "text", message["name"])
    if "weight" in message and (isinstance(message["weight"], bool) or message["weight"] not in (0, 1)):
        yield Fault("wrong_type", (*path, "weight"), f"{shown_path((*path, 'weight'))} must be 0 or 1")
    if role == "assistant":
        yield from _call_faults(message, path)
    for needing, key in (("tool", "tool_call_id"), ("function", "name")):
        fault = text_fault(message, key, path) if role == needing else None
        if fault:
            yield fault


def has_calls(message: dict[str, Any]) -> bool:
    """Whether the message calls a tool or a function."""
    return bool(message.get("tool_calls") or message.get("function_call"))


def call_ids(message: dict[str, Any]) -> set[str]:
    """The ids of the tool calls in a message whose rules hold."""
    return {call["id"] for call in message.get("tool_calls") or ()}


def _says_something(content: Any) -> bool:
    return isinstance(content, str) and bool(content) and not content.isspace()


def _content_faults(message: dict[str, Any], role: str, path: Path) -> Iterator[Fault]:
    content, here = message.get("content"), (*path, "content")
    says_otherwise = role == "assistant" and (has_calls(message) or message.get("refusal") or message.get("audio"))
    if says_otherwise and (content is None or content == ""):
        return
    if isinstance(content, list):
        if not content:
            yield Fault("empty_content", here, f"{shown_path(here)} is an empty list")
        for place, part in enumerate(content):
            yield from _part_faults(part, role, (*here, place))
        return
    if content is not None and not isinstance(content, str):
        yield wrong_type(here, "text or a list of parts", content)
        return
    # A tool may well answer nothing.
    fault = text_fault(message, "content", path, may_be_empty=role in ("tool", "function"))
    if fault:
        yield fault


def _part_faults(part: Any, role: str, path: Path) -> Iterator[Fault]:
    if not isinstance(part, dict):
        yield wrong_type(path, "an object", part)
        return
    kinds = _PARTS.get(role, {"text": "text"})
    kind = part.get("type")
    if "type" not in part:
        yield missing(path, "type")
    elif not isinstance(kind, str) or kind not in kinds:
        what = f"must be one of {', '.join(kinds)} in a message of the {role or 'unknown'} role"
        yield Fault("wrong_type", (*path, "type"), f"{shown_path((*path, 'type'))} {what}")
    else:
        yield from unknown_keys(part, ("type", kinds[kind]), path)
        if kind in ("text", "refusal"):
            fault = text_fault(part, kind, path)
            if fault:
                yield fault
        elif kind not in part:
            yield missing(path, kind)
        elif not isinstance(part[kind], dict):
            yield wrong_type((*path, kind), "an object", part[kind])
        elif kind == "image_url":
            fault = text_fault(part[kind], "url", (*path, kind))
            if fault:
                yield fault


def _call_faults(message: dict[str, Any], path: Path) -> Iterator[Fault]:
    refusal = message.get("refusal")
    if refusal is not None and not isinstance(refusal, str):
        yield wrong_type((*path, "refusal"), "text", refusal)
    calls, here = message.get("tool_calls"), (*path, "tool_calls")
    if calls is not None and not isinstance(calls, list):
        yield wrong_type(here, "a list", calls)
    elif calls is not None and not calls:
        yield Fault("empty_content", here, f"{shown_path(here)} is an empty list")
    for place, call in enumerate(calls if isinstance(calls, list) else ()):
        at = (*here, place)
        if not isinstance(call, dict):
            yield wrong_type(at, "an object", call)
            continue
        yield from unknown_keys(call, ("id", "type", "function"), at)
        fault = text_fault(call, "id", at)
        if fault:
            yield fault
        if call.get("type", "function") != "function":
            yield Fault("wrong_type", (*at, "type"), f'{shown_path((*at, "type"))} must be "function"')
        if "function" not in call:
            yield missing(at, "function")
        else:
            yield from _function_faults(call["function"], (*at, "function"))
    if message.get("function_call") is not None:
        yield from _function_faults(message["function_call"], (*path, "function_call"))


def _function_faults(function: Any, path: Path) -> Iterator[Fault]:
    if not isinstance(function, dict):
        yield wrong_type(path, "an object", function)
        return
    yield from unknown_keys(function, ("name", "arguments"), path)
    fault = text_fault(function, "name", path)
    if fault:
        yield fault
    arguments, here = function.get("arguments"), (*path, "arguments")
    if "arguments" not in function:
        yield missing(path, "arguments")
    elif not isinstance(arguments, str):
        yield Fault("wrong_type", here, f"{shown_path(here)} must be JSON written as text")
    elif not _is_object(arguments):
        yield Fault("wrong_type", here, f"{shown_path(here)} is text, but not the text of a JSON object")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
