"""Splits a data file into training, validation and test files, with a manifest that locks the test set."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from advisor import __version__
from advisor.data_examples import Rows, rows_of
from advisor.data_target import rows_to
from advisor.dataset.duplicates import Duplicates
from advisor.dataset.example import Example
from advisor.dataset.labels import Labels
from advisor.dataset.split import LEFT_OUT, PARTS, Row, Shares, related_groups, split_rows
from advisor.errors import InputError
from advisor.files import read_text, write_whole

SCHEMA = "advisor/split/v1"
MANIFEST = "manifest.json"


class Part(NamedTuple):
    """One file of a split."""

    name: str
    file: str
    rows: int
    sha256: str
    labels: Mapping[str, int]


class Split(NamedTuple):
    """What a split made; `left_out` are lines of the source that are related to the locked test set."""

    source: str
    source_sha256: str
    seed: int
    shares: Shares
    group_by: str
    parts: tuple[Part, ...]
    groups: int  # of related rows with more than one row
    left_out: tuple[int, ...]
    locked: bool  # whether the test set was there before
    on: date


class LockedTest(NamedTuple):
    """A test set made before, whose file still has the hash of its manifest."""

    path: Path
    part: Part
    rows: Rows


def split_file(
    source: Path, folder: Path, shares: Shares, seed: int, on: date, *, group_by: str = "", form: str | None = None
) -> Split:
    """Write train, validation and test files of the rows of `source` and a manifest into `folder`.

    Rows of the same texts, nearly the same input, or the same value of the field `group_by` stay on one side. Where
    `folder` has a test set already, its rows stay as they are: what is related to them is left out of training.
    Raises InputError, with nothing changed, where the locked test set was changed or the rows are too few.
    """
    rows = rows_of(source, form)
    locked = locked_test(folder)
    tested = [row.example for row in locked.rows] if locked else []
    dealt = _dealt(tested, (row.example for row in rows), shares, seed, group_by)
    if not locked and len(set(dealt.groups.values())) < len(PARTS):
        raise InputError(
            f"the file has only {len(set(dealt.groups.values()))} unrelated rows",
            where=str(source),
            what_to_do="give at least one for each part; better a hundred",
        )
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".csv" if rows.format.name == "table" else ".jsonl"
    names = [name for name in PARTS if not (locked and name == "test")]
    with ExitStack() as stack:
        columns = _columns(rows) if suffix == ".csv" else ()
        writers = {name: stack.enter_context(rows_to(folder / f"{name}{suffix}", source, columns)) for name in names}
        for row in rows:
            part = dealt.parts[len(tested) + row.example.line]
            if part in writers:
                written = rows.format.write(row.conversation)
                if written.row is not None:
                    writers[part](written.row)
    parts = tuple(
        locked.part if locked and name == "test" else _part(folder / f"{name}{suffix}", name, dealt) for name in PARTS
    )
    left_out = tuple(
        line - len(tested) for line, part in sorted(dealt.parts.items()) if part == LEFT_OUT and line > len(tested)
    )
    many = sum(count > 1 for count in Counter(dealt.groups.values()).values())
    made = Split(
        source.name, file_sha256(source), seed, shares, group_by, parts, many, left_out, locked is not None, on
    )
    write_whole(folder / MANIFEST, json.dumps(manifest_of(made), indent=2, ensure_ascii=False) + "\n")
    return made


class PartOfSplit(NamedTuple):
    """A file that is a part of a split, with the manifest that says so and all parts."""

    manifest: Path
    part: Part
    parts: tuple[Part, ...]


def part_of_split(path: Path) -> PartOfSplit | None:
    """The split that `path` is an unchanged part of; None where no manifest beside it says so. Raises InputError."""
    manifest = path.parent / MANIFEST
    if not manifest.exists():
        return None
    parts, _ = _read_manifest(manifest)
    digest = file_sha256(path)
    part = next((part for part in parts if part.file == path.name and part.sha256 == digest), None)
    return PartOfSplit(manifest, part, parts) if part else None


def _read_manifest(manifest: Path) -> tuple[tuple[Part, ...], str]:
    """The parts, and the day of the split."""
    try:
        value = json.loads(read_text(manifest))
        parts = [Part(*(part[name] for name in Part._fields)) for part in value["parts"]]
    except (ValueError, KeyError, TypeError):
        raise InputError(
            "this is no manifest of a split", where=str(manifest), what_to_do="name another folder"
        ) from None
    return tuple(parts), str(value.get("on", "an earlier day"))


def locked_test(folder: Path) -> LockedTest | None:
    """The test set that `folder` holds; None where it has none. Raises InputError where it was changed since."""
    manifest = folder / MANIFEST
    if not manifest.exists():
        return None
    parts, on = _read_manifest(manifest)
    part = next((part for part in parts if part.name == "test"), None)
    if part is None:
        raise InputError("the split has no test set", where=str(manifest), what_to_do="name another folder")
    path = folder / part.file
    if not path.exists():
        raise InputError(
            "the locked test set is gone", where=str(path), what_to_do="bring it back, or split into another folder"
        )
    if file_sha256(path) != part.sha256:
        raise InputError(
            f"the test set was changed after it was locked on {on}",
            where=str(path),
            what_to_do="bring the old file back, or split into another folder and measure everything anew",
        )
    return LockedTest(path, part, rows_of(path))


def manifest_of(split: Split) -> dict[str, Any]:
    """The manifest as plain values."""
    return {
        "schema": SCHEMA,
        "advisor": __version__,
        "on": split.on.isoformat(),
        "source": {"file": split.source, "sha256": split.source_sha256},
        "seed": split.seed,
        "shares": split.shares._asdict(),
        "group_by": split.group_by,
        "groups_of_related_rows": split.groups,
        "parts": [part._asdict() for part in split.parts],
        "left_out_lines": list(split.left_out),
    }


class _Dealt(NamedTuple):
    """Parts and groups by number: rows of the locked test set first, then those of the file by their line."""

    parts: Mapping[int, str]
    groups: Mapping[int, int]
    labels: Mapping[int, str]


def _dealt(tested: list[Example], examples: Iterable[Example], shares: Shares, seed: int, group_by: str) -> _Dealt:
    """Deal the rows out; a line n of the file has the number n plus the rows of the locked test set."""
    duplicates, labels = Duplicates(), Labels()
    answers: dict[int, str] = {}
    same_group: list[tuple[int, int]] = []
    first_of: dict[str, int] = {}
    grouped = False
    for example in _numbered(tested, examples):
        duplicates.add(example)
        labels.add(example)
        answers[example.line] = example.answer.strip()
        if group_by and group_by in example.fields:
            grouped = True
            first = first_of.setdefault(example.fields[group_by], example.line)
            same_group.append((first, example.line))
    if group_by and not grouped:
        raise InputError(f"no row has a field {group_by}", where="--group-by", what_to_do="name a field of the rows")
    known = {count.label for count in labels.counts()}
    groups = related_groups(answers, [*same_group, *duplicates.related()])
    rows = [Row(line, groups[line], answer if answer in known else "") for line, answer in answers.items()]
    locked = frozenset(range(1, len(tested) + 1))
    parts = split_rows(rows, shares, seed, locked)
    return _Dealt(parts, groups, {row.line: row.label for row in rows})


def _numbered(tested: list[Example], examples: Iterable[Example]) -> Iterator[Example]:
    for number, example in enumerate(tested, start=1):
        yield example._replace(line=number)
    for example in examples:
        yield example._replace(line=len(tested) + example.line)


def _part(path: Path, name: str, dealt: _Dealt) -> Part:
    lines = [line for line, part in dealt.parts.items() if part == name]
    labels = Counter(dealt.labels[line] for line in lines if dealt.labels[line])
    return Part(name, path.name, len(lines), file_sha256(path), dict(labels.most_common()))


def _columns(rows: Rows) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for row in rows:
        found.update(dict.fromkeys(rows.format.write(row.conversation).row or ()))
    return tuple(found)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, as sha256sum prints it."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
