"""Jobs survive the death of their process: real processes, kill -9 in every step, on SQLite and on PostgreSQL."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.store.database import Store, open_store
from advisor.store.files import StoredFile
from advisor.store.jobs import UNFINISHED, Job
from advisor.tuning.data_folder import DataFolder, sha256_of
from advisor.tuning.job_runner import JobRunner
from tests.chat_files import chat, jsonl
from tests.memory_trainer import MemoryTrainer
from tests.postgresql_server import installed, postgresql_server

ROWS = 6
STEPS = ("validate", "begin", "train", "keep_checkpoint", "keep_metrics", "register", "succeed")
MOMENTS = [f"{step}:{moment}" for step in STEPS for moment in ("before", "after")]


@contextmanager
def working(data: Path, *, name: str = "serve", url: str = "", kill: str = "none") -> Iterator[subprocess.Popen[str]]:
    """A process that works on the jobs in `data`; it is killed at the end."""
    command = [sys.executable, "-m", "tests.durable_process", str(data), name, url, kill]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def prepare(data: Path, store: Store, jobs: int, *, step_s: float = 0.0) -> list[str]:
    """Jobs that wait in the store, without anybody who works on them; their ids."""
    folder = DataFolder(data)
    folder.prepare()
    path = folder.file("file-1")
    path.write_bytes(jsonl([chat(f"question {number}", f"answer {number}") for number in range(ROWS)]))
    store.files.add(StoredFile("file-1", path.stat().st_size, 1, "rows.jsonl", "fine-tune", sha256_of(path)))
    method = {"type": "supervised", "supervised": {"hyperparameters": {"learning_rate_multiplier": step_s}}}
    ids = [f"ftjob-{number:04}" for number in range(jobs)]
    for id in ids:
        store.jobs.add(Job(id, 1, "advisor-linear", method, 1, None, None, "file-1", None))
    return ids


def wait_for(store: Store, ids: Sequence[str], seconds: float = 120) -> None:
    """Until every job has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if all(store.jobs.status(id) not in UNFINISHED for id in ids):
            return
        threading.Event().wait(0.1)
    raise AssertionError({id: store.jobs.status(id) for id in ids})


def check_all_once(data: Path, store: Store, ids: Sequence[str]) -> None:
    """Every job succeeded, and nothing about any of them is there twice."""
    assert Counter(store.jobs.status(id) for id in ids) == {"succeeded": len(ids)}
    assert len(store.models.all()) == len(ids)
    for id in ids:
        assert (data / "models" / id / "steps.log").read_text().split() == [str(step + 1) for step in range(ROWS)]
        assert [kept.step for kept in store.checkpoints.page(id, limit=100).items] == list(range(ROWS, 0, -1))
        messages = [event.message for event in store.events.page(id, limit=1_000).items]
        assert len(set(messages)) == len(messages)
        assert sum(message.startswith("Step ") for message in messages) == ROWS
        job = store.jobs.find(id)
        assert job is not None and len(job.result_files) == 1
        assert store.files.find(job.result_files[0])


def killed_once(data: Path, store: Store, moment: str, url: str = "") -> None:
    """Kill the process at that moment, start it again, and look at what comes out."""
    ids = prepare(data, store, 1)
    with working(data, url=url, kill=moment) as process:
        assert process.wait(timeout=60) == -signal.SIGKILL
    calls = Counter((data / "calls.log").read_text().split()[::2])
    done = STEPS[: STEPS.index(moment.partition(":")[0])]
    with working(data, url=url):
        wait_for(store, ids)
    check_all_once(data, store, ids)
    after = Counter((data / "calls.log").read_text().split()[::2])
    for step in done:
        if step != "keep_checkpoint":
            assert after[step] == calls[step], f"{step} was finished and was done again"


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_in_a_step(tmp_path: Path, moment: str) -> None:
    """Killed before or after the work of any step: the job goes on, and finished steps are not done again."""
    store = open_store(tmp_path)
    killed_once(tmp_path, store, moment)
    store.close()


@pytest.mark.slow
def test_fifty_jobs_and_a_worker_that_dies(tmp_path: Path) -> None:
    """50 jobs wait while the worker dies twice: all end, none is done twice."""
    store = open_store(tmp_path)
    ids = prepare(tmp_path, store, 50, step_s=0.01)
    for so_many in (5, 25):
        with working(tmp_path) as process:
            while sum(store.jobs.status(id) not in UNFINISHED for id in ids) < so_many:
                threading.Event().wait(0.05)
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert 25 <= sum(store.jobs.status(id) not in UNFINISHED for id in ids) < 50
    with working(tmp_path):
        wait_for(store, ids)
    check_all_once(tmp_path, store, ids)
    store.close()


@pytest.mark.slow
def test_the_journal_is_lost(tmp_path: Path) -> None:
    """Without the journal of steps a job is begun anew, from its last checkpoint."""
    store = open_store(tmp_path)
    ids = prepare(tmp_path, store, 3, step_s=0.05)
    with working(tmp_path):
        while not store.events.metrics(ids[0]):
            threading.Event().wait(0.02)
    for journal in tmp_path.glob("journal.sqlite3*"):
        journal.unlink()
    with working(tmp_path):
        wait_for(store, ids)
    check_all_once(tmp_path, store, ids)
    store.close()


@pytest.mark.slow
def test_full_disk_pauses_the_job(tmp_path: Path) -> None:
    """A checkpoint that does not fit on the disk pauses the job with words; with room it goes on."""

    class FullOnce(MemoryTrainer):
        full = True

        def train(self, order, control):  # type: ignore[no-untyped-def]
            if FullOnce.full:
                raise OSError(28, "No space left on device", str(order.folder))
            return super().train(order, control)

    store = open_store(tmp_path)
    ids = prepare(tmp_path, store, 1)
    runner = JobRunner(store, DataFolder(tmp_path), {"linear": FullOnce}, name="serve")
    runner.start()
    try:
        while store.jobs.status(ids[0]) != "paused":
            threading.Event().wait(0.05)
        while "disk is full" not in (event := store.events.page(ids[0]).items[0]).message:
            threading.Event().wait(0.05)
        assert event.level == "error"
        FullOnce.full = False
        assert store.jobs.try_again(ids[0], ("paused",))
        runner.wake()
        wait_for(store, ids)
    finally:
        runner.close()
    check_all_once(tmp_path, store, ids)
    store.close()


@pytest.mark.slow
def test_stopped_by_hand(tmp_path: Path) -> None:
    """A runner that is closed lets its trainer stop; the job goes on at the next start."""
    store = open_store(tmp_path)
    ids = prepare(tmp_path, store, 1, step_s=0.2)
    for _ in range(2):
        runner = JobRunner(store, DataFolder(tmp_path), {"linear": MemoryTrainer}, name="serve")
        runner.start()
        before = len(store.events.metrics(ids[0]))
        while len(store.events.metrics(ids[0])) == before:
            threading.Event().wait(0.02)
        runner.close()
        assert store.jobs.status(ids[0]) == "running"
    with working(tmp_path):
        wait_for(store, ids)
    check_all_once(tmp_path, store, ids)
    store.close()


def test_one_process_under_a_name(tmp_path: Path) -> None:
    """Two processes must not take up the same jobs."""
    data = DataFolder(tmp_path)
    data.prepare()
    with data.held("serve"):
        with pytest.raises(InputError, match="another process works here as serve"), data.held("serve"):
            pass
        with data.held("worker-0"):
            pass
    with data.held("serve"):
        pass


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The URL of a new PostgreSQL server, where one is installed."""
    programs = installed()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with postgresql_server(programs) as url:
        yield url


@pytest.mark.slow
def test_on_postgresql(tmp_path: Path, postgresql: str) -> None:
    """On PostgreSQL: killed in the worst moment of training, then several workers share what waits; all once."""
    store = open_store(tmp_path, postgresql)
    killed_once(tmp_path, store, "train:after", postgresql)
    more = [f"ftjob-1{number:03}" for number in range(12)]
    first = store.jobs.find("ftjob-0000")
    assert first is not None
    for id in more:
        store.jobs.add(Job(id, 1, "advisor-linear", first.method, 1, None, {"a": "b"}, "file-1", None))
    with working(tmp_path, name="one", url=postgresql) as one, working(tmp_path, name="two", url=postgresql):
        while sum(store.jobs.status(id) not in UNFINISHED for id in more) < 3:
            threading.Event().wait(0.05)
        one.send_signal(signal.SIGKILL)
        one.wait()
        with working(tmp_path, name="one", url=postgresql):
            wait_for(store, more)
    check_all_once(tmp_path, store, ["ftjob-0000", *more])
    assert len(store.jobs.page(metadata={"a": "b"}).items) == len(more)
    assert len(store.jobs.page(without_metadata=True).items) == 1
    store.close()


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    """The password does not stand in the message."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(InputError) as caught:
        open_store(tmp_path, f"postgresql+psycopg://me:secret-word@127.0.0.1:{port}/x")
    assert "secret-word" not in str(caught.value)
    assert "me:***" in str(caught.value)
    for wrong in ("no url secret-word", "mysql://me:secret-word@h/x"):
        with pytest.raises(InputError) as caught:
            open_store(tmp_path, wrong)
        assert "secret-word" not in str(caught.value)
