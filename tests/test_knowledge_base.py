"""A folder of documents is kept up to date: a changed document alone is read and embedded again."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from advisor.errors import InputError
from advisor.evaluation.knowledge_base import KnowledgeBase
from advisor.tuning.embedding import HashedTerms

if TYPE_CHECKING:
    from advisor.tuning.embedding import Vectors

PRICES = "# Prices\n\n| pizza | price |\n|---|---|\n| Margherita | 9.50 EUR |\n| Funghi | 11.00 EUR |\n"


class Counting:
    """Hashed terms that count the texts they embed."""

    what = HashedTerms.what

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As HashedTerms."""
        self.texts += texts
        return HashedTerms().embed(texts)


@pytest.fixture
def pizzeria(tmp_path: Path) -> Path:
    """A folder with a menu, hours and a delivery page."""
    folder = tmp_path / "pizzeria"
    folder.mkdir()
    (folder / "prices.md").write_text(PRICES)
    (folder / "hours.txt").write_text("Open daily from noon until ten, closed on Mondays.")
    (folder / "delivery.html").write_text("<h1>Delivery</h1><p>We deliver within five kilometres for 3 EUR.")
    return folder


def test_a_changed_price_changes_the_next_answer(pizzeria: Path, tmp_path: Path) -> None:
    """Without reading or embedding the other documents again, in this process and in the next."""
    embedder = Counting()
    base = KnowledgeBase(pizzeria, embedder, tmp_path / "cache")
    first = base.refresh()
    assert (first.documents, first.embedded, len(first.read)) == (3, 3, 3)
    assert "9.50 EUR" in base.search(["What does a Margherita cost?"])[0].hits[0].chunk.text
    embedder.texts.clear()

    (pizzeria / "prices.md").write_text(PRICES.replace("9.50", "9.80"))  # as long as before
    found = base.search(["What does a Margherita cost?"])[0]
    assert found.relevant and "9.80 EUR" in found.hits[0].chunk.text and "9.50" not in found.hits[0].chunk.text
    assert [text for text in embedder.texts if "Margherita |" in text] == [embedder.texts[0]]
    assert embedder.texts[1:] == ["What does a Margherita cost?"]

    (pizzeria / "prices.md").write_text(PRICES.replace("9.50", "9.90"))
    other = KnowledgeBase(pizzeria, Counting(), tmp_path / "cache")
    again = other.refresh()
    assert (again.read, again.embedded) == (("prices.md",), 1)
    assert other.refresh() == again._replace(read=(), embedded=0)


def test_new_and_deleted_documents(pizzeria: Path, tmp_path: Path) -> None:
    """Both are noticed; what is gone is no longer found, and a damaged one keeps nobody from the rest."""
    base = KnowledgeBase(pizzeria, cache=tmp_path / "cache")
    base.refresh()
    (pizzeria / "hours.txt").unlink()
    (pizzeria / "terrace.md").write_text("# Terrace\nDogs are welcome on the terrace.")
    (pizzeria / "broken.pdf").write_bytes(b"%PDF-nothing")
    seen = base.refresh()
    assert (seen.documents, seen.read, seen.removed) == (3, ("terrace.md",), ("hours.txt",))
    assert [one.path for one in seen.unread] == ["broken.pdf"]
    assert base.search(["Are dogs welcome?"])[0].hits[0].chunk.source == "terrace.md"
    assert not base.search(["When are you closed, on Mondays?"])[0].relevant
    assert {document.path for document in base.documents} == {"delivery.html", "prices.md", "terrace.md"}
    (pizzeria / "terrace.md").rename(pizzeria / "garden.md")
    moved = base.refresh()
    assert moved.read == () and moved.removed == ("terrace.md",)
    assert base.search(["Are dogs welcome?"])[0].hits[0].chunk.id == "garden.md#terrace~1"


def test_changes_that_leave_size_and_time(pizzeria: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are noticed: by the file's other times, and, where these have not moved on either, by its content."""
    path = pizzeria / "hours.txt"
    base = KnowledgeBase(pizzeria, cache=tmp_path / "cache")
    base.refresh()
    for old, new in (("noon", "nine"), ("nine", "five")):
        about = path.stat()
        path.write_text(path.read_text().replace(old, new))
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
        assert base.refresh().read == ("hours.txt",)
        monkeypatch.setattr("advisor.evaluation.knowledge_base._FRESH_S", -1.0)  # from now on a stamp is sure


def _refresh(folder: str, cache: str, results: multiprocessing.Queue[tuple[int, int]]) -> None:
    base = KnowledgeBase(Path(folder), HashedTerms(), Path(cache))
    seen = base.refresh()
    results.put((seen.documents, len(base.search(["Margherita"])[0].hits)))


def test_two_processes_at_once(pizzeria: Path, tmp_path: Path) -> None:
    """Each finds all; afterwards nothing has to be read or embedded again."""
    for number in range(20):
        (pizzeria / f"{number}.txt").write_text(f"Guest number {number} praised the oven.")
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue[tuple[int, int]] = context.Queue()
    workers = [
        context.Process(target=_refresh, args=(str(pizzeria), str(tmp_path / "cache"), results)) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    assert [results.get(timeout=60)[0] for _ in workers] == [23, 23]
    for worker in workers:
        worker.join()
    after = KnowledgeBase(pizzeria, HashedTerms(), tmp_path / "cache").refresh()
    assert (after.documents, after.read, after.embedded) == (23, (), 0)


def test_damaged_or_missing_cache(pizzeria: Path, tmp_path: Path) -> None:
    """A damaged cache is made anew; without one everything is read."""
    cache = tmp_path / "cache"
    KnowledgeBase(pizzeria, cache=cache).refresh()
    (file,) = cache.glob("*.sqlite")
    file.write_bytes(b"no database at all" * 100)
    assert len(KnowledgeBase(pizzeria, cache=cache).refresh().read) == 3
    (tmp_path / "file").write_text("in the way")
    assert len(KnowledgeBase(pizzeria, cache=tmp_path / "file" / "sub").refresh().read) == 3
    with pytest.raises(InputError, match="no such folder"):
        KnowledgeBase(pizzeria / "nowhere")


def test_long_unused_entries_are_forgotten(pizzeria: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a month without use, unlike those that are used."""
    cache = tmp_path / "cache"
    KnowledgeBase(pizzeria, cache=cache).refresh()
    (pizzeria / "hours.txt").rename(tmp_path / "hours.txt")
    now = 40 * 86_400 + time.time()
    monkeypatch.setattr("advisor.evaluation.knowledge_base.time.time", lambda: now)
    KnowledgeBase(pizzeria, cache=cache).refresh()
    (tmp_path / "hours.txt").rename(pizzeria / "hours.txt")
    assert KnowledgeBase(pizzeria, cache=cache).refresh().read == ("hours.txt",)
