"""Training at a host: every fault that may pass is survived, and nothing is created or paid twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from advisor.dataset.conversation import Conversation, said
from advisor.errors import HostError, InputError
from advisor.tuning.hosted import STATE, HostedTrainer
from advisor.tuning.hosts import TuningHost
from advisor.tuning.trainer import Asked, Metric, Order, Stopped, StopReason
from advisor.tuning_rules import load_tuning_rules
from tests.tuning_host import Fault, TuningHostState, tuning_host

pytestmark = pytest.mark.slow  # a host of the tests, over HTTP

ROWS = [
    Conversation((said("user", f"question {number}"), said("assistant", f"answer {number}")), fields={"id": "x"})
    for number in range(12)
]


class Watcher:
    """A control that counts, and stops after so many questions."""

    def __init__(self, most: int = 10_000, why: StopReason = "process_ends") -> None:
        self.why = why
        self.metrics: list[Metric] = []
        self.left = most

    def report(self, metric: Metric) -> None:
        """Keep it."""
        self.metrics.append(metric)

    def wanted(self) -> bool:
        """Until the end."""
        self.left -= 1
        return self.left >= 0

    def why_stopped(self) -> StopReason:
        """As told."""
        return self.why


class Clock:
    """Waits without waiting."""

    def __init__(self) -> None:
        self.waited = 0.0

    def __call__(self, seconds: float) -> None:
        self.waited += seconds


def trainer(host: TuningHostState, clock: Clock, patience_s: float = 7200.0) -> HostedTrainer:
    """A trainer at the local host."""
    known: TuningHost = load_tuning_rules().hosts.at(host.base_url)
    return HostedTrainer(known, host.base_url, "run-1", suffix="ours", wait=clock, patience_s=patience_s)


def order(folder: Path) -> Order:
    """Twelve rows, two to validate with."""
    return Order("gpt-x", "supervised", ROWS, ROWS[:2], {"n_epochs": 3}, 7, folder / "run")


def test_upload_job_watch_and_use(tmp_path: Path) -> None:
    """The five steps; rows go without metadata, the job carries the run, metrics come in order, the model answers."""
    with tuning_host() as host:
        watcher = Watcher()
        made = trainer(host, Clock()).train(order(tmp_path), watcher)
        (job,) = host.jobs
        assert (job["seed"], job["metadata"]) == (7, {"advisor_run": "run-1"})
        assert job["method"] == {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}}
        rows = [json.loads(line) for line in host.files[0]["text"].splitlines()]
        assert len(rows) == 12 and rows[0] == {"messages": list(ROWS[0].messages)}
        assert [metric.step for metric in watcher.metrics] == [1, 2] and watcher.metrics[0].loss == 1.0
        assert made.trained_tokens == 1234 and "ft:gpt-x:org:job-1" in made.what
        model = trainer(host, Clock()).load(order(tmp_path).folder)
        answer = model.answer(Asked([said("user", "hi")], max_tokens=5))
        assert (answer.text, answer.finish_reason, answer.prompt_tokens) == ("tuned answer", "stop", 3)


FAULTS: list[tuple[str, Fault]] = [
    (call, fault)
    for call in (
        "GET /files",
        "POST /files",
        "GET /fine_tuning/jobs",
        "POST /fine_tuning/jobs",
        "GET /fine_tuning/jobs/ID",
        "GET /fine_tuning/jobs/ID/events",
    )
    for fault in (429, 500, "reset", "malformed", "created_then_reset")
]


@pytest.mark.parametrize(("call", "fault"), FAULTS)
def test_what_may_pass_is_survived_and_nothing_is_made_twice(call: str, fault: Fault, tmp_path: Path) -> None:
    """The call fails twice, also after the host has done its part: still one job and one of each file."""
    clock = Clock()
    with tuning_host(lambda name, count: fault if name == call and count < 2 else None) as host:
        trainer(host, clock).train(order(tmp_path), Watcher())
        assert len(host.jobs) == 1
        assert [file["filename"] for file in host.files] == ["run-1-training_file.jsonl", "run-1-validation_file.jsonl"]
    assert clock.waited >= (14 if fault == 429 else 3)  # 429 says 7 seconds, others wait 1 and 2


@pytest.mark.parametrize("stop_after", range(1, 12))
def test_a_crash_anywhere_resumes_without_repeating(stop_after: int, tmp_path: Path) -> None:
    """The process ends after so many answers of the host; another one goes on: one job, one of each file."""

    class Crash(BaseException):
        """The end of the process."""

    answered = 0

    def crash(_: str, __: int) -> Fault:
        nonlocal answered
        answered += 1
        if answered > stop_after:
            raise_in.append(True)
            return 500
        return None

    raise_in: list[bool] = []

    def wait(_: float) -> None:
        if raise_in:
            raise Crash

    with tuning_host(crash) as host:
        known = load_tuning_rules().hosts.at(host.base_url)
        dying = HostedTrainer(known, host.base_url, "run-1", wait=wait)
        with pytest.raises(Crash):
            dying.train(order(tmp_path), Watcher())
        host.faults = lambda *_: None
        trainer(host, Clock()).train(order(tmp_path), Watcher())
        assert len(host.jobs) == 1 and len(host.files) == 2


def test_a_host_that_is_gone_for_an_hour(tmp_path: Path) -> None:
    """Is waited for; one that stays away longer than the patience ends in a clear error, and can be gone on with."""
    clock = Clock()
    with tuning_host(lambda name, count: "reset" if name.endswith("/ID") and count < 65 else None) as host:
        trainer(host, clock).train(order(tmp_path), Watcher())
    assert clock.waited > 3600
    with tuning_host(lambda *_: 503) as host, pytest.raises(HostError, match="did not recover in 2 minutes"):
        trainer(host, Clock(), patience_s=100).train(order(tmp_path / "other"), Watcher())


@pytest.mark.parametrize(
    ("statuses", "says"),
    [
        (["running", "failed"], "ended as failed: the loss exploded"),
        (["running", "cancelled"], "ended as cancelled: no reason was given"),
    ],
)
def test_a_job_that_does_not_succeed(statuses: list[str], says: str, tmp_path: Path) -> None:
    """Its reason, in the host's words."""
    with tuning_host(statuses=statuses) as host, pytest.raises(HostError, match=says):
        trainer(host, Clock()).train(order(tmp_path), Watcher())


def test_words_of_another_host_are_understood(tmp_path: Path) -> None:
    """A status that OpenAI does not have is taken as running until it is translated or the job ends."""
    with tuning_host(statuses=["compressing", "uploading", "succeeded"]) as host:
        assert trainer(host, Clock()).train(order(tmp_path), Watcher()).trained_tokens == 1234


@pytest.mark.parametrize("why", get_args(StopReason))
def test_a_stop_reaches_the_host_within_seconds(why: StopReason, tmp_path: Path) -> None:
    """Cancelled or paused there too; where only this process ends, the host goes on. A paused one is resumed there."""
    clock = Clock()
    with tuning_host(statuses=["running"]) as host:
        with pytest.raises(Stopped):
            trainer(host, clock).train(order(tmp_path), Watcher(most=3, why=why))
        told = {"cancelled": ["cancel job-1"], "paused": ["pause job-1"], "process_ends": []}[why]
        assert host.told == told
        assert clock.waited <= 5
        host.statuses = ["paused", "paused", "running", "succeeded"]
        trainer(host, clock).train(order(tmp_path), Watcher())
        assert host.told == [*told, "resume job-1"] and len(host.jobs) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_will_not_pass_is_said_at_once(status: int, tmp_path: Path) -> None:
    """A refused file or key is not tried again."""
    clock = Clock()
    with tuning_host(lambda name, _: status if name == "POST /files" else None) as host:
        with pytest.raises(
            HostError, match=f"uploading run-1-training_file.jsonl: .* answered {status}: .*told to fail"
        ):
            trainer(host, clock).train(order(tmp_path), Watcher())
        assert host.calls["POST /files"] == 1
    assert clock.waited == 0


def test_keys_are_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not into the run's folder, not into an error; a missing one is named by its variable."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    with tuning_host(lambda name, _: 401 if name == "POST /fine_tuning/jobs" else None) as host:
        with pytest.raises(HostError) as error:
            trainer(host, Clock()).train(order(tmp_path), Watcher())
        assert "sk-very-secret" not in str(error.value)
    assert all("sk-very-secret" not in path.read_text() for path in (tmp_path / "run").iterdir())
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(InputError, match="no key in the environment variable OPENAI_API_KEY"):
        HostedTrainer(load_tuning_rules().hosts.at(None), None, "run-1")
    (tmp_path / "run" / STATE).write_text("{")
    with tuning_host() as host, pytest.raises(InputError, match="this is no state of a run"):
        trainer(host, Clock()).train(order(tmp_path), Watcher())
