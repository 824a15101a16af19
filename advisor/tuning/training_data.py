"""An uploaded file as rows to learn from: checked before a job is queued, read again when it is trained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from advisor.dataset.conversation import Conversation
from advisor.dataset.example import Place
from advisor.dataset.file_parts import Lines
from advisor.dataset.formats import recognise, row_format
from advisor.dataset.json_row import parse_row
from advisor.dataset.structure import READABLE, StructureCheck

FORMATS: Final = {
    "supervised": ("openai_chat", "prompt_completion", "alpaca", "sharegpt"),
    "dpo": ("openai_preference", "trl_preference"),
    "reinforcement": ("reinforcement",),
}
FEW_ROWS: Final = 10  # hosted services refuse fewer; here it is a warning
_HEAD_ROWS: Final = 100
_BLOCK_BYTES: Final = 1 << 20


class CheckedFile(NamedTuple):
    """What was found in a file: how many rows, why it cannot be used (None where it can), and what is doubtful."""

    rows: int
    problem: str | None
    warnings: tuple[str, ...]


def check_file(path: Path, method: str) -> CheckedFile:
    """Look at every row of a JSONL file."""
    name = _format_of(path, method)
    if name not in FORMATS[method]:
        held = "no format that is known" if name is None else f"rows of the format {name}"
        return CheckedFile(
            0, f"{method} training needs rows of {' or '.join(FORMATS[method])}; the file has {held}", ()
        )
    check = StructureCheck(row_format(name))
    for part in _parts(path):
        check.check(part)
    if not check.rows:
        return CheckedFile(0, "the file has no rows", ())
    mistakes = {id: places for id, places in check.places.items() if places and not _bearable(id)}
    if mistakes:
        return CheckedFile(check.rows, _told(mistakes), ())
    warnings = [
        f"{len(places)} rows with {id.replace('_', ' ')}, the first on line {places[0].line}: {places[0].detail}"
        for id, places in check.places.items()
        if places
    ]
    if check.rows < FEW_ROWS:
        warnings.append(f"only {check.rows} rows: too few to tell whether the model has learnt anything else")
    return CheckedFile(check.rows, None, tuple(warnings))


def read_rows(path: Path, method: str) -> tuple[Conversation, ...]:
    """The rows of a file that `check_file` found no problem in."""
    name = _format_of(path, method)
    assert name in FORMATS[method], name
    check = StructureCheck(row_format(name))
    return tuple(row.conversation for part in _parts(path) for row in check.read(part))


def _bearable(id: str) -> bool:
    return id in READABLE and id != "last_not_assistant"


def _told(mistakes: dict[str, list[Place]]) -> str:
    """The first mistakes in words, and how many there are."""
    places = sorted((place.line, place.column or 0, place.detail) for found in mistakes.values() for place in found)
    shown = "; ".join(f"line {line}{f', column {column}' if column else ''}: {say}" for line, column, say in places[:3])
    rest = f"; and {len(places) - 3} more" if len(places) > 3 else ""
    return shown + rest


def _format_of(path: Path, method: str) -> str | None:
    with path.open("rb") as stream:
        head = [line for _, line in zip(range(_HEAD_ROWS), stream, strict=False)]
    values = (parse_row(line).value for line in head)
    name = recognise(values, b"".join(head)[:_BLOCK_BYTES])
    # Items without an answer and without anything beside them look like chats.
    return "reinforcement" if method == "reinforcement" and name == "openai_chat" else name


def _parts(path: Path) -> Iterator[Lines]:
    """The file in blocks of whole lines."""
    first, rest = 1, b""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            whole, line_end, tail = (rest + block).rpartition(b"\n")
            rest = tail
            if line_end:
                yield Lines(first, whole + line_end)
                first += whole.count(b"\n") + 1
    if rest:
        yield Lines(first, rest)
