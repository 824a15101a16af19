"""Parsed rule files kept between runs: the same as read anew, or not used at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from advisor import rule_cache
from advisor.decision.conditions import Named
from advisor.decision.rulebook import RuleBook
from advisor.files import content, load_life_cycle, load_rulebook
from advisor.rule_text import rules_text


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own, not there yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ADVISOR_CACHE", str(folder))
    return folder


def everything(book: RuleBook) -> list[str]:
    """Enough of a rule book to see any difference, places included."""
    places = [rule.where for table in book.tables for rule in table.rules]
    notes = [f"{note.id} {note.where} {note.when} {note.say}" for note in (*book.flags, *book.rejections, *book.also)]
    return [rules_text(book), *places, *notes, *(str(item) for item in book.checklist if not item.done)]


def test_kept_rules_are_the_same_as_read_ones(cache: Path) -> None:
    """A second load, from the cache, gives the same rule book with the same places, and the same dates and sizes."""
    first, first_days = everything(load_rulebook()), load_life_cycle()
    assert len(list(cache.iterdir())) == 2
    assert everything(load_rulebook()) == first
    assert load_life_cycle() == first_days


def test_a_changed_byte_is_seen_at_once(cache: Path, tmp_path: Path) -> None:
    """Editing one rule file makes the cache void for that folder."""
    folder = tmp_path / "rules"
    shutil.copytree(content("rules"), folder)
    before = rules_text(load_rulebook(folder))
    path = folder / "approach.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("{lte: 30000}", "{lte: 40000}"), encoding="utf-8")
    assert "40000" not in before
    changed = load_rulebook(folder).named["knowledge_fits_in_the_prompt"]
    assert isinstance(changed, Named)
    assert "40000" in str(changed.part)


@pytest.mark.parametrize(
    "rubbish", [b"", b"[]", b"{", b'{"questions": 1}', b"\xff\xfe", b'{"questions": {"value": []}}']
)
def test_a_spoilt_cache_is_left_alone(cache: Path, rubbish: bytes) -> None:
    """Whatever stands in the cache file, the files are read instead."""
    expected = everything(load_rulebook())
    for path in cache.iterdir():
        path.write_bytes(rubbish)
    assert everything(load_rulebook()) == expected


def test_no_cache_where_it_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder that is a file is no error."""
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("ADVISOR_CACHE", str(blocked / "below"))
    assert load_rulebook().approach.rules


def test_an_empty_name_turns_the_cache_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ADVISOR_CACHE empty nothing is written."""
    monkeypatch.setenv("ADVISOR_CACHE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load_rulebook()
    assert rule_cache.cache_folder() is None
    assert list(tmp_path.iterdir()) == []


def test_a_cache_of_somebody_else_is_not_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file owned by another user is ignored."""
    load_rulebook()
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    assert load_rulebook().approach.rules
    assert all(path.stat().st_uid == owner for path in cache.iterdir())


def test_only_the_owner_may_look_into_the_folder(cache: Path) -> None:
    """The folder is made for its owner alone."""
    load_rulebook()
    assert cache.stat().st_mode & 0o077 == 0
