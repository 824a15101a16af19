"""Rows with `prompt` and `completion`: two texts, or two lists of messages as TRL takes them."""

from collections.abc import Iterator
from typing import Any, Final

from advisor.dataset.conversation import Conversation, Written, said
from advisor.dataset.fault import Fault, missing, text_fault
from advisor.dataset.openai_chat import SETTINGS, messages_faults, settings_of
from advisor.dataset.preference import plain

KEYS: Final = ("prompt", "completion")


def prompt_completion_faults(row: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a row; keys beside the two are columns."""
    if isinstance(row.get("prompt"), list) and isinstance(row.get("completion"), list):
        yield from messages_faults(row["prompt"], ("prompt",), last="user")
        yield from (
            fault
            for fault in messages_faults(row["completion"], ("completion",), last="assistant")
            if fault.id != "role_order"
        )
        return
    for key in KEYS:
        if key not in row:
            yield missing((), key)
            continue
        fault = text_fault(row, key)
        if fault:
            yield fault


def read_prompt_completion(row: dict[str, Any]) -> Conversation:
    """A row whose rules hold."""
    fields = {key: value for key, value in row.items() if key not in (*KEYS, *SETTINGS)}
    if isinstance(row["prompt"], str):
        messages = (said("user", row["prompt"]), said("assistant", row["completion"]))
    else:
        messages = (*row["prompt"], *row["completion"])
    return Conversation(messages, settings=settings_of(row), fields=fields)


def write_prompt_completion(conversation: Conversation) -> Written:
    """The row as two texts where one user's text is answered by a text, else as two lists of messages."""
    messages = (*conversation.messages, *conversation.preferred)
    if len(messages) < 2 or messages[-1]["role"] != "assistant":
        return Written(None, ("the whole row: it has no prompt or no answer",))
    lost = ["the rejected answer"] if conversation.rejected else []
    if plain(messages[:-1], "user") and plain(messages[-1:], "assistant"):
        row = {"prompt": messages[0]["content"], "completion": messages[1]["content"]}
    else:
        row = {"prompt": list(messages[:-1]), "completion": list(messages[-1:])}
    clash = [key for key in conversation.fields if key in row]
    lost += [f'the field "{key}", whose name is taken' for key in clash]
    extra = {key: value for key, value in conversation.fields.items() if key not in clash}
    return Written({**row, **conversation.settings, **extra}, tuple(lost))
