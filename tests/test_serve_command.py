"""`advisor serve`, `advisor worker` and `advisor tune` as real processes and as commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from advisor.cli import advisor
from advisor.errors import AdvisorError
from advisor.store.database import open_store
from advisor.store.events import Event
from advisor.store.jobs import Job
from tests.chat_files import chat
from tests.live_service import Live

pytestmark = pytest.mark.slow  # the whole service

JOB = Job("ftjob-1", 1, "advisor-linear", {"type": "supervised"}, 1, None, None, "file-1", None, "running", 1, 1)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a job that runs, or would if anybody worked on it."""
    store = open_store(tmp_path)
    store.jobs.add(JOB)
    store.events.add(Event("ftevent-1-created", JOB.id, 1, "info", "Created fine-tuning job: ftjob-1"))
    for step in (1, 2):
        metrics = {"step": step, "total_steps": 2, "train_loss": 1 / step, "tokens_per_s": 1500.0}
        store.events.add(Event(f"ftevent-1-step-{step}", JOB.id, 1, "info", f"Step {step}/2", "metrics", metrics))
    store.close()
    return tmp_path


class Ran(NamedTuple):
    """What a command printed, or the error meant for a person, and its exit code."""

    output: str
    exit_code: int


def run(data: Path, *words: str) -> Ran:
    """A command of `advisor tune` on the folder."""
    result = CliRunner().invoke(advisor, ["tune", words[0], "--data", str(data), *words[1:]])
    if isinstance(result.exception, AdvisorError):
        return Ran(str(result.exception), result.exception.exit_code)
    return Ran(result.output, result.exit_code)


def test_list_and_events(data: Path) -> None:
    """Jobs and events as text and as JSON."""
    assert run(data, "list").output.split()[:4] == ["ftjob-1", "1970-01-01", "00:00:01", "running"]
    assert json.loads(run(data, "list", "--format", "json").output)[0]["id"] == "ftjob-1"
    lines = run(data, "events", "ftjob-1").output.splitlines()
    assert [line.rpartition("  ")[2] for line in lines] == ["Created fine-tuning job: ftjob-1", "Step 1/2", "Step 2/2"]
    assert len(json.loads(run(data, "events", "ftjob-1", "--format", "json").output)) == 3
    assert "there is no run ftjob-2" in run(data, "events", "ftjob-2").output


def test_pause_cancel_and_watch(data: Path) -> None:
    """A job is stopped by the command; watching one that has ended shows its steps and ends with 1."""
    assert run(data, "pause", "ftjob-1").output == "ftjob-1 is paused\n"
    assert "pause one that is queued or running" in run(data, "pause", "ftjob-1").output
    assert run(data, "cancel", "ftjob-1").output == "ftjob-1 is cancelled\n"
    assert "the job is cancelled" in run(data, "cancel", "ftjob-1").output
    assert "the job is cancelled" in run(data, "resume", "ftjob-1").output
    watched = run(data, "watch", "ftjob-1")
    assert watched.exit_code == 1
    assert "████████████············ 1/2  loss 1.0000  1,500 tokens/s" in watched.output
    assert "The job was cancelled" in watched.output


def test_resume_leaves_the_work_to_the_service(live: Live) -> None:
    """Where a service works on the folder, a paused job goes on in it."""
    jobs = live.client.fine_tuning.jobs
    method = {"type": "supervised", "supervised": {"hyperparameters": {"learning_rate_multiplier": 0.05}}}
    rows = [chat(f"{number}", "x") for number in range(5)]
    job = jobs.create(training_file=live.upload(rows), model="advisor-linear", method=method)  # type: ignore[arg-type]
    live.until(job.id, lambda found: found.status == "running")
    jobs.pause(job.id)
    assert "goes on in the service that runs" in run(live.resources.data.path, "resume", job.id).output
    assert live.ended(job.id).status == "succeeded"


def test_worker_needs_a_shared_database(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one the embedded database is served by `advisor serve` alone."""
    monkeypatch.delenv("ADVISOR_DATABASE_URL", raising=False)
    result = CliRunner().invoke(advisor, ["worker", "--data", str(data)])
    assert "a worker shares a database" in str(result.exception)


def test_serve_refuses_an_open_door(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another address than loopback needs keys, and nothing is opened before that is checked."""
    monkeypatch.delenv("ADVISOR_API_KEYS", raising=False)
    result = CliRunner().invoke(advisor, ["serve", "--host", "0.0.0.0", "--data", str(data / "new")])
    assert "no API keys are set" in str(result.exception)
    assert not (data / "new").exists()


@contextmanager
def serving(data: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """`advisor serve` on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "advisor", "serve", "--port", "0", "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | variables,
        cwd=Path(__file__).parents[1],
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_serve_and_stop(tmp_path: Path) -> None:
    """One line with the address when it answers; a second process is refused; SIGTERM ends it with words."""
    with serving(tmp_path, ADVISOR_API_KEYS="secret-word") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = line.removeprefix("advisor serves on ").strip()
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{address}/readyz") as reply:
            assert json.load(reply) == {"status": "ready"}
        with serving(tmp_path) as second:
            _, told = second.communicate(timeout=60)
            assert second.returncode == 2
            assert "another process works here as serve" in told
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0
        assert out == ""
        assert err.splitlines()[-1] == "stopped; unfinished jobs go on at the next start"
        assert "secret-word" not in out + err
    assert not any(b"secret-word" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_resume_does_the_work_where_nobody_serves(data: Path) -> None:
    """An unfinished job is ended by `advisor tune resume` itself: here with an error, since its file is gone."""
    result = run(data, "resume", "ftjob-1")
    assert result.exit_code == 1
    assert "The job failed" in result.output
