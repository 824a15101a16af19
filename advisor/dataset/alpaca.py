"""Alpaca's instruction format: `instruction`, `input`, `output`, and LLaMA-Factory's `system` and `history`."""

from collections.abc import Iterator
from typing import Any, Final

from advisor.dataset.conversation import Conversation, Message, Written, said, text_of
from advisor.dataset.fault import Fault, Path, shown_path, text_fault, wrong_type

KEYS: Final = ("instruction", "input", "output", "system", "history")
INPUT: Final = "alpaca_input"  # the field in which the input is kept, so that it can be cut off again


def alpaca_faults(row: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a row; keys beside the format's own are columns."""
    given = isinstance(row.get("input"), str) and row["input"].strip()
    for key, may_be_empty in (("instruction", bool(given)), ("output", False)):
        fault = text_fault(row, key, may_be_empty=may_be_empty)
        if fault:
            yield fault
    for key in ("input", "system"):
        if not isinstance(row.get(key), str | type(None)):
            yield wrong_type((key,), "text", row[key])
    history = row.get("history")
    if history is not None and not isinstance(history, list):
        yield wrong_type(("history",), "a list", history)
        return
    for place, turn in enumerate(history or ()):
        yield from _turn_faults(turn, ("history", place))


def read_alpaca(row: dict[str, Any]) -> Conversation:
    """A row whose rules hold. The input follows the instruction after an empty line."""
    fields = {key: value for key, value in row.items() if key not in KEYS}
    messages = [said("system", row["system"])] if row.get("system") else []
    for question, answer in row.get("history") or ():
        messages += [said("user", question), said("assistant", answer)]
    asked, added = row["instruction"], row.get("input") or ""
    if added:
        fields[INPUT] = added
        asked = _joined(asked, added)
    messages += [said("user", asked), said("assistant", row["output"])]
    return Conversation(tuple(messages), fields=fields)


def write_alpaca(conversation: Conversation) -> Written:
    """The row as an instruction; roles other than system, user and assistant have no place in it."""
    messages, lost = _flattened((*conversation.messages, *conversation.preferred))
    lost += ["the rejected answer"] if conversation.rejected else []
    lost += [f"the setting {name}" for name in conversation.settings]
    system = "\n".join(message["content"] for message in messages if message["role"] == "system")
    turns = [message for message in messages if message["role"] != "system"]
    if len(turns) % 2 or not turns or any(turn["role"] != _WHO[place % 2] for place, turn in enumerate(turns)):
        return Written(None, ("the whole row: its turns are not pairs of a user's and the assistant's",))
    fields = dict(conversation.fields)
    asked, added = turns[-2]["content"], fields.get(INPUT)
    if isinstance(added, str) and asked.endswith(added) and asked in _ways(asked.removesuffix(added), added):
        del fields[INPUT]
        asked = asked.removesuffix(added).removesuffix("\n\n")
    else:
        added = ""
    row: dict[str, Any] = {"instruction": asked, "input": added, "output": turns[-1]["content"]}
    if system:
        row["system"] = system
    if len(turns) > 2:
        contents = [turn["content"] for turn in turns[:-2]]
        row["history"] = [list(pair) for pair in zip(contents[::2], contents[1::2], strict=True)]
    lost += [f'the field "{key}", whose name is taken' for key in fields if key in KEYS]
    return Written({**row, **{key: value for key, value in fields.items() if key not in KEYS}}, tuple(lost))


_WHO: Final = ("user", "assistant")


def _flattened(messages: tuple[Message, ...]) -> tuple[list[Message], list[str]]:
    """Messages of plain text, and what of them is lost."""
    plain: list[Message] = []
    lost: list[str] = []
    for message in messages:
        role = message["role"]
        lost += [f"{key} of a message" for key in message if key not in ("role", "content")]
        if isinstance(message.get("content"), list):
            lost.append("the parts of a message")
        if role == "developer" or (role == "system" and any(one["role"] == "system" for one in plain)):
            lost.append("that instructions stood in a developer's or a second system message")
            role = "system"
        plain.append(said(role, text_of(message)))
    return plain, lost


def _joined(instruction: str, added: str) -> str:
    return f"{instruction}\n\n{added}" if instruction else added


def _ways(instruction: str, added: str) -> tuple[str, ...]:
    return (_joined(instruction.removesuffix("\n\n"), added),)


def _turn_faults(turn: Any, path: Path) -> Iterator[Fault]:
    if not isinstance(turn, list) or len(turn) != 2:
        yield Fault("wrong_type", path, f"{shown_path(path)} must be a list of a question and its answer")
        return
    for place, text in enumerate(turn):
        if not isinstance(text, str):
            yield wrong_type((*path, place), "text", text)
