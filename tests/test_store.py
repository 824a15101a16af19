"""The store: migrations make the tables, pages are whole, changes of status do not cross."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from advisor.errors import InputError
from advisor.store.audit import Deed
from advisor.store.case_tables import SNAPSHOTS
from advisor.store.database import FILE, Store, open_store
from advisor.store.events import Event
from advisor.store.jobs import Job
from advisor.store.page import UnknownCursor
from advisor.store.recommendations import Given, Texts
from advisor.store.tables import METADATA

JOB = Job("ftjob-1", 1, "advisor-linear", {"type": "supervised"}, 1, None, None, "file-1", None)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on SQLite with one job and 10 events."""
    opened = open_store(tmp_path_factory.mktemp("store"))
    opened.jobs.add(JOB)
    for number in range(10):
        assert opened.events.add(Event(f"event-{number}", JOB.id, 1, "info", f"{number}"))
    yield opened
    opened.close()


def test_migrations_make_the_tables(store: Store) -> None:
    """What Alembic made is what the code says, so that no migration is missing."""
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_opened_again_and_together(tmp_path: Path) -> None:
    """A store is opened again without a change, and by several at once without a clash; it is in WAL mode."""
    failed: list[BaseException] = []

    def open_one() -> None:
        try:
            open_store(tmp_path).close()
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    connection = sqlite3.connect(tmp_path / FILE)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    """A file in the folder's place is told with what to do."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be used"):
        open_store(tmp_path / "file")


@given(limit=st.integers(1, 12), oldest_first=st.booleans())
def test_pages(store: Store, limit: int, oldest_first: bool) -> None:
    """Pages of any size together are the list, and only the last one says that there is no more."""
    seen: list[str] = []
    after: str | None = None
    while True:
        page = store.events.page(JOB.id, after=after, limit=limit, oldest_first=oldest_first)
        seen += [event.message for event in page.items]
        if not page.has_more:
            break
        assert len(page.items) == limit
        after = page.items[-1].id
    assert seen == [str(number) for number in (range(10) if oldest_first else range(9, -1, -1))]


def test_unknown_cursor(store: Store) -> None:
    """A cursor that names nothing is no empty page."""
    with pytest.raises(UnknownCursor):
        store.events.page(JOB.id, after="missing")


def test_events_are_kept_once(store: Store) -> None:
    """An event with a known id is not kept again."""
    assert not store.events.add(Event("event-3", JOB.id, 2, "info", "other"))
    assert len(store.events.page(JOB.id, limit=100).items) == 10


def test_only_one_change_wins(tmp_path: Path) -> None:
    """Of many that change a status from the same one, one succeeds."""
    with_jobs = open_store(tmp_path)
    with_jobs.jobs.add(JOB)
    won: list[int] = []

    def change(number: int) -> None:
        if with_jobs.jobs.change(JOB.id, ("validating_files",), status="queued", attempt=number):
            won.append(number)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = with_jobs.jobs.find(JOB.id)
    with_jobs.close()
    assert found is not None and [found.attempt] == won


def test_a_change_and_its_event_are_one(tmp_path: Path) -> None:
    """Whoever sees the new status sees its event, also when either is looked for first; a known event is kept once."""
    with_jobs = open_store(tmp_path)
    with_jobs.jobs.add(JOB)
    event = Event("event-end", JOB.id, 2, "error", "The job failed")
    assert with_jobs.jobs.change(JOB.id, ("validating_files",), event=event, status="failed")
    assert not with_jobs.jobs.change(JOB.id, ("queued",), event=event._replace(id="never"), status="running")
    assert with_jobs.jobs.change(JOB.id, ("failed",), event=event, status="failed")
    assert [kept.id for kept in with_jobs.events.page(JOB.id).items] == ["event-end"]
    with with_jobs.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER no_event BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(SQLAlchemyError, match="full"):
        with_jobs.jobs.change(JOB.id, ("failed",), event=event._replace(id="lost"), status="queued")
    assert with_jobs.jobs.status(JOB.id) == "failed"
    with_jobs.close()


def test_waiting(tmp_path: Path) -> None:
    """A job waits until it is handed over, and again after each new attempt."""
    with_jobs = open_store(tmp_path)
    jobs = with_jobs.jobs
    jobs.add(JOB)
    (waiting,) = jobs.waiting()
    jobs.dispatch(waiting)
    assert jobs.waiting() == []
    assert jobs.change(JOB.id, ("validating_files",), status="paused")
    assert jobs.try_again(JOB.id, ("paused",))
    assert [job.attempt for job in jobs.waiting()] == [1]
    assert jobs.using("file-1") == JOB.id
    assert jobs.change(JOB.id, ("queued",), status="cancelled")
    assert jobs.waiting() == [] and jobs.using("file-1") is None
    assert jobs.counts() == {"cancelled": 1}
    with_jobs.close()


def test_recommendations_of_many_threads_are_all_kept(store: Store) -> None:
    """Those that are written together are each there, with an entry of the audit log for each."""
    texts = Texts("{}", "[]")
    names = [f"rec-{number}" for number in range(40)]

    def add(name: str) -> None:
        given = Given(name, 1, "a", None, "2026-11-21", "open", "rag", "", "c", "r", "1", "1", "1", "1", "many")
        store.recommendations.add(given, texts, Deed("a", "many", ""))

    with store.engine.begin() as connection:
        connection.execute(insert(SNAPSHOTS), [{"sha256": "c", "text": "{}"}, {"sha256": "r", "text": "[]"}])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, names))
    kept = store.recommendations.page("many", limit=100).items
    assert sorted(given.id for given in kept) == sorted(names) and store.recommendations.texts(kept[0]) == texts
    assert sorted(entry.object for entry in store.audit.page("many", limit=100).items) == sorted(names)
