"""Tables with named columns: CSV, TSV, Parquet, and JSON rows that have no other format."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from advisor.dataset.alpaca import write_alpaca
from advisor.dataset.conversation import Conversation, Written, said
from advisor.dataset.fault import Fault, missing, quoted, text_fault
from advisor.dataset.json_text import as_json

# Names in common use, the clearest first; compared in lower case, with spaces and hyphens as underscores.
_PROMPT: Final = (
    "prompt", "question", "instruction", "query", "user", "input", "request", "user_message", "text", "message",
    "ticket", "utterance", "sentence", "document", "content", "problem", "title", "description", "review", "email",
    "body",
)  # fmt: skip
_ANSWER: Final = (
    "completion", "answer", "response", "output", "assistant", "reply", "label", "target", "category", "class",
    "intent", "assistant_message", "expected", "expected_output", "summary", "solution", "sentiment", "tag",
    "labels", "ground_truth",
)  # fmt: skip
_SYSTEM: Final = ("system", "system_prompt", "instructions")
OTHER_TYPE: Final = ".json"  # ends the name of a column whose cells are JSON of a value that is no text


class Columns(NamedTuple):
    """Which columns hold the prompt, the answer, and the instructions where there are any."""

    prompt: str
    answer: str
    system: str | None = None


USUAL: Final = Columns("prompt", "completion", "system")


def guess_columns(names: Iterable[str]) -> Columns | None:
    """The columns by their names, or None where no two are plainly a prompt and its answer."""
    by_plain = {name.strip().lower().replace(" ", "_").replace("-", "_"): name for name in reversed(list(names))}
    prompt = next((by_plain[name] for name in _PROMPT if name in by_plain), None)
    answer = next((by_plain[name] for name in _ANSWER if name in by_plain), None)
    system = next((by_plain[name] for name in _SYSTEM if name in by_plain), None)
    return Columns(prompt, answer, system) if prompt and answer else None


def table_faults(row: dict[str, Any], columns: Columns) -> Iterator[Fault]:
    """What is wrong with a record; other columns than the named ones may hold anything."""
    for key in (columns.prompt, columns.answer):
        if key not in row:
            yield missing((), key)
        elif isinstance(row[key], int | float):
            continue  # a label may be a number
        else:
            fault = text_fault(row, key)
            if fault:
                yield fault


def read_table(row: dict[str, Any], columns: Columns) -> Conversation:
    """A record whose rules hold."""
    messages = [said("user", _text(row[columns.prompt])), said("assistant", _text(row[columns.answer]))]
    if columns.system and row.get(columns.system):
        messages.insert(0, said("system", _text(row[columns.system])))
    return Conversation(
        tuple(messages), fields={key: value for key, value in row.items() if key is not None and key not in columns}
    )


def write_table(conversation: Conversation, columns: Columns = USUAL) -> Written:
    """The row as a record with `columns`; instructions stand in `system` where they have no column."""
    written = write_alpaca(conversation)
    if written.row is None:
        return written
    row, lost = dict(written.row), list(written.lost)
    prompt, added, answer = row.pop("instruction"), row.pop("input"), row.pop("output")
    if row.pop("history", None):
        return Written(None, ("the whole row: it has several turns",))
    record: dict[str, Any] = {columns.prompt: f"{prompt}\n\n{added}" if added else prompt, columns.answer: answer}
    if columns.system and "system" in row:
        record[columns.system] = row.pop("system")
    if added:
        record["alpaca_input"] = added
    for key, value in row.items():
        name = key if isinstance(value, str) else f"{key}{OTHER_TYPE}"
        if name in record:
            lost.append(f"the field {quoted(key)}, whose name is taken")
        record.setdefault(name, value if isinstance(value, str) else as_json(value))
    return Written(record, tuple(lost))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else as_json(value)
