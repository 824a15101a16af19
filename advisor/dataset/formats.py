"""The formats of fine-tuning data: how each is recognised, checked, read and written."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from advisor.dataset import alpaca, openai_chat, preference, prompt_completion, sharegpt, table
from advisor.dataset.conversation import Conversation, Written
from advisor.dataset.fault import Fault, kind_of
from advisor.dataset.table import USUAL, Columns, guess_columns

Faults = Callable[[dict[str, Any]], Iterator[Fault]]


class RowFormat(NamedTuple):
    """The rules of one format, and its rows to conversations and back; `read` takes only rows without a fault."""

    name: str
    faults: Faults
    read: Callable[[dict[str, Any]], Conversation]
    write: Callable[[Conversation], Written]


_FORMATS: Final = (
    RowFormat("openai_chat", openai_chat.chat_faults, openai_chat.read_chat, openai_chat.write_chat),
    RowFormat(
        "openai_preference",
        preference.openai_preference_faults,
        preference.read_openai_preference,
        preference.write_openai_preference,
    ),
    RowFormat(
        "trl_preference",
        preference.trl_preference_faults,
        preference.read_trl_preference,
        preference.write_trl_preference,
    ),
    RowFormat(
        "reinforcement",
        openai_chat.reinforcement_faults,
        openai_chat.read_reinforcement,
        openai_chat.write_reinforcement,
    ),
    RowFormat(
        "prompt_completion",
        prompt_completion.prompt_completion_faults,
        prompt_completion.read_prompt_completion,
        prompt_completion.write_prompt_completion,
    ),
    RowFormat("alpaca", alpaca.alpaca_faults, alpaca.read_alpaca, alpaca.write_alpaca),
    RowFormat("sharegpt", sharegpt.sharegpt_faults, sharegpt.read_sharegpt, sharegpt.write_sharegpt),
)
FORMAT_NAMES: Final = (*(form.name for form in _FORMATS), "table")
_MARKS: Final[Sequence[tuple[str, tuple[str, ...]]]] = (  # keys by which rows are known; the first that fits counts
    ("openai_chat", ("messages",)),
    ("openai_preference", ("preferred_output",)),
    ("openai_preference", ("non_preferred_output",)),
    ("trl_preference", ("chosen", "rejected")),
    ("prompt_completion", ("prompt", "completion")),
    ("alpaca", ("instruction", "output")),
    ("sharegpt", ("conversations",)),
    ("sharegpt", ("conversation",)),
)


def row_format(name: str, columns: Columns | None = None) -> RowFormat:
    """The format `name`, one of FORMAT_NAMES; a table needs its columns."""
    if name == "table":
        known = columns or USUAL
        return RowFormat(
            name,
            partial(table.table_faults, columns=known),
            partial(table.read_table, columns=known),
            partial(table.write_table, columns=known),
        )
    return next(form for form in _FORMATS if form.name == name)


def row_faults(value: Any, form: RowFormat) -> tuple[Fault, ...]:
    """Everything that is wrong with a row whose JSON is right."""
    if not isinstance(value, dict):
        return (Fault("not_an_object", (), f"the row is {kind_of(value)}, not an object"),)
    return tuple(form.faults(value))


def recognise(rows: Iterable[Any], head: bytes = b"") -> str | None:
    """The format that most of `rows` have; where none can be read, the one whose keys stand in the bytes of `head`."""
    votes: Counter[str] = Counter()
    for row in rows:
        if isinstance(row, dict):
            name = _format_of(row)
            if name:
                votes[name] += 1
    if votes:
        return votes.most_common(1)[0][0]
    for name, keys in _MARKS:
        if all(f'"{key}"'.encode() in head for key in keys):
            return name
    return None


def table_columns(rows: Iterable[Any]) -> Columns | None:
    """The columns of JSON rows that are records of a table, by the first row whose names say it."""
    found = (guess_columns(map(str, row)) for row in rows if isinstance(row, dict))
    return next((columns for columns in found if columns), None)


def _format_of(row: Mapping[str, Any]) -> str | None:
    for name, keys in _MARKS:
        if all(key in row for key in keys):
            return "reinforcement" if name == "openai_chat" and _is_item(row) else name
    return "table" if guess_columns(map(str, row)) else None


def _is_item(row: Mapping[str, Any]) -> bool:
    """Whether a row with messages is a reinforcement item: no answer, and something for a grader beside it."""
    messages = row["messages"]
    if not isinstance(messages, list) or not messages or not isinstance(messages[-1], dict):
        return False
    return messages[-1].get("role") != "assistant" and any(key not in openai_chat.KEYS for key in row)
