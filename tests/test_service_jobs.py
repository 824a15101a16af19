"""Fine-tuning jobs of the service: what is refused, what fails, and how a job is stopped and gone on with."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from advisor.store.jobs import UNFINISHED
from tests.chat_files import chat
from tests.live_service import Live

pytestmark = pytest.mark.slow  # a real service, over HTTP

ROWS = [chat(f"question {number}", f"answer {number}") for number in range(60)]


def slowly(seconds: float) -> Any:
    """A method whose steps take that long."""
    return {"type": "supervised", "supervised": {"hyperparameters": {"learning_rate_multiplier": seconds}}}


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"model": "gpt-4o-mini"}, 404, "model_not_found"),
        ({"training_file": "file-missing"}, 400, "file_not_found"),
        ({"validation_file": "file-missing"}, 400, "file_not_found"),
        ({"method": {"type": "dpo"}}, 400, "unsupported_method"),
        ({"method": {"type": "reinforcement", "reinforcement": {"grader": {}}}}, 400, "unsupported_method"),
        ({"method": {"type": "supervised", "dpo": {}}}, 400, "invalid_value"),
        ({"method": {"type": "guessing"}}, 400, "invalid_value"),
        ({"method": {"type": "supervised"}, "hyperparameters": {"n_epochs": 1}}, 400, "invalid_value"),
        ({"hyperparameters": {"n_epochs": 0}}, 400, "invalid_value"),
        ({"hyperparameters": {"n_epochs": "many"}}, 400, "invalid_value"),
        ({"hyperparameters": {"rank": 8}}, 400, "unknown_parameter"),
        ({"suffix": "with:colon"}, 400, "invalid_value"),
        ({"seed": -1}, 400, "invalid_value"),
        ({"metadata": {"k": "x" * 513}}, 400, "invalid_value"),
        ({"integrations": [{"type": "wandb", "wandb": {"project": "p"}}]}, 400, "unsupported_parameter"),
        ({"extra_body": {"foo": 1}}, 400, "unknown_parameter"),
    ],
)
def test_refused(live: Live, wrong: dict[str, Any], status: int, code: str) -> None:
    """What cannot be done is refused with the parameter that is wrong, and no job is made."""
    file = live.upload(ROWS[:1])
    before = live.client.fine_tuning.jobs.list().data
    with pytest.raises(openai.APIStatusError) as caught:
        live.client.fine_tuning.jobs.create(**{"training_file": file, "model": "advisor-linear", **wrong})
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert caught.value.param is not None
    assert live.client.fine_tuning.jobs.list().data == before


def test_wrong_rows_fail_the_job(live: Live) -> None:
    """A file with mistakes ends in `failed`, which names the lines."""
    rows = [chat("a", "b"), {"messages": [{"role": "user", "content": "a"}]}, {"prompt": 1}]
    training = live.client.fine_tuning.jobs.create(training_file=live.upload(rows), model="advisor-linear")
    validation = live.client.fine_tuning.jobs.create(
        training_file=live.upload(rows[:1]), validation_file=live.upload(rows[1:]), model="advisor-linear"
    )
    job = live.ended(training.id)
    assert (job.status, job.error.code, job.error.param) == ("failed", "invalid_training_file", "training_file")
    assert "line 2" in job.error.message and "line 3" in job.error.message
    assert job.fine_tuned_model is None and job.finished_at
    job = live.ended(validation.id)
    assert (job.error.code, job.error.param) == ("invalid_validation_file", "validation_file")
    last = live.client.fine_tuning.jobs.list_events(job.id, limit=1).data[0]
    assert last.level == "error" and "The job failed" in last.message


def test_cancel_while_it_trains(live: Live) -> None:
    """A running job stops at its next step; what is cancelled stays so."""
    jobs = live.client.fine_tuning.jobs
    job = jobs.create(training_file=live.upload(ROWS), model="advisor-linear", method=slowly(0.05))
    running = live.until(job.id, lambda found: found.estimated_finish is not None)
    assert running.status == "running" and running.estimated_finish >= running.created_at
    assert jobs.cancel(job.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="cannot be cancelled: it is cancelled"):
        jobs.cancel(job.id)
    for call in (jobs.pause, jobs.resume):
        with pytest.raises(openai.BadRequestError, match="it is cancelled"):
            call(job.id)
    # The next job begins only when the cancelled one has let go.
    after = jobs.create(training_file=live.upload(ROWS[:2]), model="advisor-linear")
    assert live.ended(after.id).status == "succeeded"
    assert jobs.retrieve(job.id).status == "cancelled"
    steps = (live.resources.data.run(job.id) / "steps.log").read_text().split()
    assert 0 < len(steps) < len(ROWS)


def test_pause_and_resume(live: Live) -> None:
    """A paused job goes on from its last checkpoint: every step is done once."""
    jobs = live.client.fine_tuning.jobs
    job = jobs.create(training_file=live.upload(ROWS[:12]), model="advisor-linear", method=slowly(0.03))
    live.until(job.id, lambda _: jobs.list_events(job.id).data[0].type == "metrics")
    assert jobs.pause(job.id).status == "queued"
    assert live.resources.store.jobs.status(job.id) == "paused"
    assert "resume it" in jobs.list_events(job.id).data[0].message or "Step" in jobs.list_events(job.id).data[0].message
    assert jobs.resume(job.id).status == "queued"
    assert live.ended(job.id).status == "succeeded"
    steps = (live.resources.data.run(job.id) / "steps.log").read_text().split()
    assert steps == [str(number) for number in range(1, 13)]
    assert len(jobs.checkpoints.list(job.id, limit=100).data) == 12


def test_list_by_metadata(live: Live) -> None:
    """Jobs are found by their metadata, and by its absence."""
    jobs = live.client.fine_tuning.jobs
    file = live.upload(ROWS[:1])
    mine = jobs.create(training_file=file, model="advisor-linear", metadata={"run": "42", "of": "a's"})
    plain = jobs.create(training_file=file, model="advisor-linear")
    assert [job.id for job in jobs.list(metadata={"run": "42"})] == [mine.id]
    assert [job.id for job in jobs.list(metadata={"run": "42", "of": "a's"})] == [mine.id]
    assert not jobs.list(metadata={"run": "42", "of": "b"}).data
    without = [job.id for job in jobs.list(extra_query={"metadata": "null"})]
    assert plain.id in without and mine.id not in without
    assert mine.metadata == {"run": "42", "of": "a's"}
    for job in (mine, plain):
        live.resources.store.jobs.change(job.id, UNFINISHED, status="cancelled")


def test_unknown_jobs(live: Live) -> None:
    """A job that does not exist is 404 everywhere."""
    jobs = live.client.fine_tuning.jobs
    for call in (jobs.retrieve, jobs.cancel, jobs.pause, jobs.resume, jobs.list_events, jobs.checkpoints.list):
        with pytest.raises(openai.NotFoundError, match="Could not find fine tune"):
            call("ftjob-missing")
