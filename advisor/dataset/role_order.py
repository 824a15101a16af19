"""Who may speak after whom in a chat.

Instructions come first, then a user's turn; turns alternate; a tool answers the calls made just before it. Chat
templates of open models refuse other orders, and OpenAI refuses answers of tools that were not called.
"""

from collections.abc import Sequence
from typing import Any

from advisor.dataset.chat_messages import INSTRUCTING, call_ids, has_calls
from advisor.dataset.fault import Fault, Path, quoted, shown_path


def order_fault(messages: Sequence[dict[str, Any]], path: Path) -> Fault | None:
    """The first message that stands where its role may not; every message must have a known role and right calls."""
    before = ""
    open_ids: set[str] = set()
    awaiting = False  # a call was made and not all of its answers are there
    for place, message in enumerate(messages):
        role = message["role"]
        problem = _problem(role, before, message, open_ids, awaiting=awaiting)
        if problem:
            return Fault("role_order", (*path, place), f"{shown_path((*path, place))}: {problem}")
        if role == "assistant":
            open_ids = call_ids(message)
            awaiting = has_calls(message)
        elif role == "tool":
            open_ids.discard(message["tool_call_id"])
            awaiting = bool(open_ids)
        elif role == "function":
            awaiting = False
        if role not in INSTRUCTING:
            before = role
    return None


def weight_fault(messages: Sequence[dict[str, Any]], path: Path) -> Fault | None:
    """The last answer, where every answer has weight 0 and so nothing would be trained on."""
    answers = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    if answers and all(messages[place].get("weight") == 0 for place in answers):
        here = (*path, answers[-1], "weight")
        return Fault("wrong_type", here, "every answer has weight 0, so nothing is trained on")
    return None


def _problem(role: str, before: str, message: dict[str, Any], open_ids: set[str], *, awaiting: bool) -> str:
    if role in INSTRUCTING:
        return f"the {role} turn must come before all other turns" if before else ""
    if role == "tool":
        if before not in ("assistant", "tool") or message["tool_call_id"] not in open_ids:
            return f"no call with the id {quoted(message['tool_call_id'])} waits for this answer of a tool"
        return ""
    if role == "function":
        return "" if before == "assistant" and awaiting else "no function was called just before this answer"
    if awaiting:
        return f"the {role} speaks before every call made was answered"
    if role == "user":
        return "two user turns stand in a row" if before == "user" else ""
    if not before:
        return "the assistant answers before the user has said anything"
    return "two assistant turns stand in a row" if before == "assistant" and not has_calls(message) else ""
