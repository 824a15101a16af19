"""Splitting files: nothing related on two sides, and a test set that stays as it was made."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from advisor.cli import advisor
from advisor.data_split import Split, locked_test, split_file
from advisor.dataset.split import Shares
from advisor.errors import InputError

WORDS = "pump valve boiler filter sensor motor gauge hose tank inlet outlet relay fuse cable board screen".split()
DAY = date(2026, 11, 21)


def sentence(number: int) -> str:
    """A sentence of sixteen words that stand in no other one."""
    return " ".join(f"{word}{number}" for word in WORDS)


def row(text: str, label: str, **metadata: str) -> str:
    """A chat row as a line."""
    talk = [{"role": "user", "content": text}, {"role": "assistant", "content": label}]
    return json.dumps({"messages": talk, **({"metadata": metadata} if metadata else {})})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """100 rows of two labels; every tenth comes twice, once with one word changed."""
    lines = []
    for number in range(100):
        label = "urgent" if number % 5 == 0 else "later"
        lines.append(row(sentence(number), label, customer=f"c{number // 4}"))
        if number % 10 == 0:
            lines.append(row(sentence(number).replace(WORDS[7], "thing"), label, customer="x"))
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def split(source: Path, folder: Path, *, group_by: str = "", seed: int = 0) -> Split:
    """80/10/10 of the source."""
    return split_file(source, folder, Shares(0.8, 0.1, 0.1), seed, DAY, group_by=group_by)


def lines_of(folder: Path, part: str) -> list[str]:
    """The lines of one part."""
    return (folder / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()


def test_every_row_is_in_one_part_and_the_hashes_are_those_of_the_files(source: Path, tmp_path: Path) -> None:
    """Nothing lost, nothing twice; the manifest can be checked with sha256sum."""
    import hashlib

    folder = tmp_path / "data"
    made = split(source, folder)
    parts = [line for part in ("train", "validation", "test") for line in lines_of(folder, part)]
    assert sorted(map(json.loads, parts), key=str) == sorted(map(json.loads, source.read_text().splitlines()), key=str)
    manifest = json.loads((folder / "manifest.json").read_text())
    for part in manifest["parts"]:
        assert hashlib.sha256((folder / part["file"]).read_bytes()).hexdigest() == part["sha256"]
        assert abs(part["labels"]["urgent"] / part["rows"] - 0.2) < 0.1
    assert made.groups == 10


def test_near_duplicates_and_groups_stay_on_one_side(source: Path, tmp_path: Path) -> None:
    """The same customer, and the same sentence with a word changed, are in one part."""
    folder = tmp_path / "data"
    split(source, folder, group_by="customer")
    where: dict[str, str] = {}
    for part in ("train", "validation", "test"):
        for line in lines_of(folder, part):
            customer = json.loads(line)["metadata"]["customer"]
            assert where.setdefault(customer, part) == part
    result = CliRunner().invoke(
        advisor,
        ["data", "check", str(folder / "train.jsonl"), "--test", str(folder / "test.jsonl"), "--only", "leakage"],
    )
    assert result.exit_code == 0 and "Nothing was found" in result.stdout


def test_a_test_set_once_made_is_locked(source: Path, tmp_path: Path) -> None:
    """New rows do not change it, and what is related to it goes nowhere else."""
    folder = tmp_path / "data"
    split(source, folder)
    before = (folder / "test.jsonl").read_bytes()
    tested = json.loads(before.splitlines()[0])["messages"][0]["content"]
    with source.open("a", encoding="utf-8") as stream:
        stream.write(row(tested + " please", "later") + "\n" + row(sentence(500), "later") + "\n")
    made = split(source, folder, seed=9)
    assert (folder / "test.jsonl").read_bytes() == before
    assert made.locked and len(made.left_out) >= len(before.splitlines()) + 1
    rest = "\n".join([*lines_of(folder, "train"), *lines_of(folder, "validation")])
    assert tested not in rest and sentence(500) in rest


def test_a_changed_test_set_is_refused(source: Path, tmp_path: Path) -> None:
    """Also a missing one, and a manifest that is none; nothing is written then."""
    folder = tmp_path / "data"
    split(source, folder)
    train = (folder / "train.jsonl").read_bytes()
    text = (folder / "test.jsonl").read_text()
    (folder / "test.jsonl").write_text(text.replace("later", "urgent", 1))
    with pytest.raises(InputError, match="was changed after it was locked on 2026-11-21"):
        split(source, folder, seed=1)
    (folder / "test.jsonl").unlink()
    with pytest.raises(InputError, match="the locked test set is gone"):
        locked_test(folder)
    assert (folder / "train.jsonl").read_bytes() == train
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match="no manifest"):
        locked_test(folder)


def test_too_few_rows_and_an_unknown_field_are_refused(tmp_path: Path) -> None:
    """With what to do."""
    path = tmp_path / "few.jsonl"
    path.write_text(row("one", "a") + "\n" + row("one", "a") + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="only 1 unrelated rows"):
        split(path, tmp_path / "data")
    with pytest.raises(InputError, match="no row has a field customer"):
        split(path, tmp_path / "data", group_by="customer")
    assert not (tmp_path / "data").exists()


def test_a_table_is_split_with_its_columns(tmp_path: Path) -> None:
    """CSV in, CSV out."""
    path = tmp_path / "tickets.csv"
    rows = [f'"{sentence(number)}",{"a" if number % 2 else "b"},{number}' for number in range(40)]
    path.write_text("text,label,ticket\n" + "\n".join(rows) + "\n", encoding="utf-8")
    split(path, tmp_path / "data")
    parts = [(tmp_path / "data" / f"{part}.csv").read_text().splitlines() for part in ("train", "validation", "test")]
    assert {part[0] for part in parts} == {"text,label,ticket"}
    assert sum(len(part) - 1 for part in parts) == 40
