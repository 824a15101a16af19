"""The questions of a proof: held out, locked by their hash, and held against the training rows for leaks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from advisor.data_examples import RightRow, rows_of
from advisor.data_split import PartOfSplit, file_sha256, locked_test, part_of_split, split_file
from advisor.dataset.conversation import Conversation, text_of
from advisor.dataset.duplicates import Duplicates, find_leakage
from advisor.dataset.split import Shares
from advisor.errors import InputError
from advisor.evaluation.item import Item
from advisor.evaluation.retrieval_vote import Example
from advisor.evaluation.shown_items import question_of
from advisor.files import read_text, write_whole

LOCKS: Final = "test-sets.json"
_SHARES: Final = Shares(0.7, 0.1, 0.2)
_VALIDATION: Final = 10  # every tenth training row, where no validation part was made


class HeldOut(NamedTuple):
    """Training and validation rows, and the items; `leaked` are ids of items that also stand in the training rows.

    `without_answer` counts rows of the test file that end without a golden answer.
    """

    train: tuple[Conversation, ...]
    validation: tuple[Conversation, ...]
    items: tuple[Item, ...]
    leaked: frozenset[str]
    train_path: Path
    file: Path
    sha256: str
    made: str
    without_answer: int


def held_out(data: Path, test: Path | None, folder: Path, seed: int, on: date, *, unlock: bool = False) -> HeldOut:
    """The rows of a proof on `data`: with `test`, else with the test part of its split, else split off now.

    What is split off lies below `folder`, where each test set is locked by its hash. Raises InputError where a test set
    was changed since, unless `unlock` accepts the new one, and where there are no questions.
    """
    for path in (data, test):
        if path is not None and not path.is_file():
            raise InputError("there is no such file", where=str(path), what_to_do="check the path")
    known = part_of_split(data)
    if test is None and known is not None:
        if known.part.name == "test":
            raise InputError("this is the test part", where=str(data), what_to_do="name the training part as --data")
        locked = locked_test(known.manifest.parent)
        assert locked is not None, "a split that was read has a test part"
        return _made(data, locked.path, _validation_of(known), f"test part of {known.manifest}")
    if test is None:
        place = folder / "splits" / f"{file_sha256(data)[:16]}-{seed}"
        if locked_test(place) is None:
            split_file(data, place, _SHARES, seed, on)
        train = next(place.glob("train.*"))
        own = part_of_split(train)
        locked = locked_test(place)
        assert own is not None and locked is not None, "the split was made"
        return _made(train, locked.path, _validation_of(own), f"split off {data.name}, related rows kept together")
    _lock(test, folder / LOCKS, unlock=unlock)
    return _made(data, test, _validation_of(known) if known else None, "given")


def items_of(conversations: Iterable[Conversation]) -> list[Item]:
    """Rows that end with a golden answer, as items."""
    items = (_item(conversation, number) for number, conversation in enumerate(conversations, start=1))
    return [item for item in items if item is not None]


def examples_of(conversations: Iterable[Conversation]) -> list[Example]:
    """Rows as questions with their answers, for retrieval and for examples in prompts."""
    return [Example(item.id, question_of(item), item.expected) for item in items_of(conversations)]


def _made(train: Path, test: Path, validation: Path | None, made: str) -> HeldOut:
    rows, asked = list(rows_of(train)), list(rows_of(test))
    items = [(row.example.line, _item(row.conversation, row.example.line)) for row in asked]
    kept = {line: item for line, item in items if item is not None}
    if not kept:
        raise InputError(
            "no row ends with a golden answer of the assistant", where=str(test), what_to_do="give rows with answers"
        )
    return HeldOut(
        *_train_and_validation(rows, validation),
        tuple(kept.values()),
        frozenset(kept[line].id for line in _leaked(rows, asked) if line in kept),
        train,
        test,
        file_sha256(test),
        made,
        len(items) - len(kept),
    )


def _train_and_validation(
    rows: Sequence[RightRow], validation: Path | None
) -> tuple[tuple[Conversation, ...], tuple[Conversation, ...]]:
    train = tuple(row.conversation for row in rows)
    if validation:
        return train, tuple(row.conversation for row in rows_of(validation))
    if len(train) < 2 * _VALIDATION:
        return train, ()
    return (
        tuple(row for number, row in enumerate(train) if number % _VALIDATION),
        tuple(row for number, row in enumerate(train) if not number % _VALIDATION),
    )


def _leaked(train: Sequence[RightRow], test: Sequence[RightRow]) -> set[int]:
    """Lines of the test file that also stand in the training file, or nearly so."""
    ours, theirs = Duplicates(), Duplicates()
    for row in test:
        ours.add(row.example)
    for row in train:
        theirs.add(row.example)
    return {place.line for found in find_leakage(ours, theirs) for place in found.places}


def _validation_of(known: PartOfSplit) -> Path | None:
    part = next((part for part in known.parts if part.name == "validation" and part.rows), None)
    return known.manifest.parent / part.file if part else None


def _item(conversation: Conversation, line: int) -> Item | None:
    *before, last = conversation.messages or ({"role": ""},)
    if last["role"] != "assistant" or not before or not text_of(last).strip():
        return None
    source = conversation.fields.get("source")
    if source is None and isinstance(conversation.fields.get("metadata"), dict):
        source = conversation.fields["metadata"].get("source")
    return Item(f"L{line}", tuple(before), text_of(last), str(source) if source else None)


def _lock(test: Path, locks: Path, *, unlock: bool) -> None:
    """Hold the file against the hash of its first use. Raises InputError."""
    known: dict[str, str] = json.loads(read_text(locks)) if locks.exists() else {}
    name, now = str(test.resolve()), file_sha256(test)
    if known.get(name, now) != now and not unlock:
        raise InputError(
            "the test set was changed after it was locked by its first use",
            where=str(test),
            what_to_do="bring the old file back; or accept the new one with --unlock and measure everything anew",
        )
    if known.get(name) != now:
        locks.parent.mkdir(parents=True, exist_ok=True)
        write_whole(locks, json.dumps(known | {name: now}, indent=2, sort_keys=True) + "\n")
