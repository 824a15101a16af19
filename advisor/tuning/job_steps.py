"""The steps of a job. Each may be done twice, after a crash, and leaves the same as done once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from advisor.errors import AdvisorError, InputError
from advisor.ledger.kept import settle
from advisor.store import jobs as status
from advisor.store.database import Store
from advisor.store.jobs import Job
from advisor.tuning import registration, training_step
from advisor.tuning.back_ends import trainer_of
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.job_orders import said
from advisor.tuning.learned import happened
from advisor.tuning.prediction import Compared, sentence
from advisor.tuning.runs import name_of, plan_in
from advisor.tuning.trainer import Trainers
from advisor.tuning.training_data import check_file
from advisor.tuning.training_step import TrainingOutcome


class JobSteps:
    """The work on jobs, without the order in which it is done; `ending` is set when the process is to stop."""

    def __init__(
        self,
        store: Store,
        data: DataFolder,
        trainers: Trainers,
        ending: threading.Event,
        wake: Callable[[], None],
    ) -> None:
        """`wake` is called when a job may be ready to be handed over."""
        self._store = store
        self._data = data
        self._trainers = trainers
        self._ending = ending
        self._wake = wake
        self.training_now = False

    def validate(self, job_id: str, attempt: int) -> None:
        """Look at the files, and queue the job or fail it."""
        job = self._job(job_id)
        method = job.method["type"]
        for param, file_id in (("training_file", job.training_file), ("validation_file", job.validation_file)):
            if file_id is None:
                continue
            self._say(job, f"check-{param}", f"Validating {param.replace('_', ' ')}: {file_id}")
            try:
                checked = check_file(self._data.file(file_id), method)
            except OSError as error:
                self._fail(job, "invalid_file", f"{param} {file_id} cannot be read: {error.strerror}", param)
                return
            if checked.problem:
                self._fail(job, f"invalid_{param}", f"the {param} has mistakes: {checked.problem}", param)
                return
            for number, warning in enumerate(checked.warnings):
                self._say(job, f"warn-{param}-{number}", f"{param}: {warning}", level="warn")
        self._store.jobs.change(
            job.id,
            (status.VALIDATING,),
            event=said(job.id, "checked", "Files validated, moving job to queued state"),
            status=status.QUEUED,
            attempt=attempt + 1,
        )
        self._wake()

    def begin(self, job_id: str, attempt: int) -> bool:
        """Set the job running; false where this attempt is not wanted any more."""
        job = self._job(job_id)
        if job.attempt != attempt:
            return False
        again = f", attempt {attempt}: it goes on from its last checkpoint" if attempt > 1 else ""
        begun = said(job_id, f"begin-{attempt}", f"Fine-tuning job started{again}")
        return self._store.jobs.change(job_id, (status.QUEUED, status.RUNNING), event=begun, status=status.RUNNING)

    def train(self, job_id: str) -> dict[str, Any]:
        """Train the model: a TrainingOutcome as plain JSON."""
        job = self._job(job_id)
        try:
            chosen = trainer_of(job.base_model, self._data.run(job_id), self._trainers, name_of(job))
            if chosen is None:
                raise InputError(f"{job.base_model} is not there any more", what_to_do="create the job anew")
        except AdvisorError as error:
            return TrainingOutcome("failed", code="trainer_missing", message=str(error))._asdict()
        self.training_now = True
        try:
            meant = chosen.back_end.hyperparameters
            return training_step.train(self._store, self._data, job, chosen.trainer, meant, self._ending)._asdict()
        finally:
            self.training_now = False

    def end(self, job_id: str, attempt: int, outcome: dict[str, Any]) -> None:
        """Write down how a training ended that left no model."""
        job = self._job(job_id)
        if outcome["end"] == "failed":
            self._fail(job, outcome["code"], outcome["message"], None)
        elif outcome["end"] == "paused":
            paused = said(job_id, f"{outcome['code']}-{attempt}", outcome["message"], level="error")
            self._store.jobs.change(job_id, (status.RUNNING,), event=paused, status=status.PAUSED)
        self._wake()

    def keep_checkpoint(self, job_id: str, kept: dict[str, Any]) -> None:
        """Register a checkpoint."""
        job = self._job(job_id)
        if job.status != status.RUNNING:
            return  # paused or cancelled since; a paused job comes here again when it is resumed
        name = registration.keep_checkpoint(self._store, self._data, job, kept)
        self._say(job, f"ckpt-{kept['step']}", f"Checkpoint created at step {kept['step']}: {name}")

    def keep_metrics(self, job_id: str) -> None:
        """Write the file of metrics."""
        job = self._job(job_id)
        if job.status == status.RUNNING:
            registration.keep_metrics(self._store, self._data, job)

    def register(self, job_id: str, summary: dict[str, Any]) -> None:
        """Register the model and write its papers."""
        job = self._job(job_id)
        if job.status != status.RUNNING:
            return
        model = registration.register(self._store, self._data, job, summary)
        self._say(job, "model", f"New fine-tuned model created: {model.id}")
        figures = tuple(Compared(**figure) for figure in (model.lineage["plan"] or {}).get("figures", ()))
        if figures:
            self._say(job, "figures", f"Took, beside the plan: {sentence(figures)}")
            plan = plan_in(self._data.run(job_id))
            if plan is not None:
                taken = happened(plan.back_end, figures)
                settle(self._store, name_of(job), taken, f"job {job_id}", workspace=job.workspace)

    def succeed(self, job_id: str, summary: dict[str, Any]) -> None:
        """Set the job succeeded."""
        job = self._job(job_id)
        self._store.jobs.change(
            job_id,
            (status.RUNNING,),
            event=said(job_id, "done", "The job has successfully completed"),
            status=status.SUCCEEDED,
            finished_at=int(time.time()),
            fine_tuned_model=registration.model_id(job),
            trained_tokens=summary["trained_tokens"],
            result_files=[registration.metrics_file_id(job)],
        )
        # Asked anew rather than taken from the change: a step that is done again changes nothing.
        if self._store.jobs.status(job_id) != status.SUCCEEDED:
            self._store.models.remove(registration.model_id(job))  # cancelled at the last moment

    def _fail(self, job: Job, code: str, message: str, param: str | None) -> None:
        self._store.jobs.change(
            job.id,
            (status.VALIDATING, status.RUNNING),
            event=said(job.id, "failed", f"The job failed: {message}", level="error"),
            status=status.FAILED,
            finished_at=int(time.time()),
            error={"code": code, "message": message, "param": param},
        )

    def _say(self, job: Job, key: str, message: str, *, level: str = "info") -> None:
        self._store.events.add(said(job.id, key, message, level=level))

    def _job(self, job_id: str) -> Job:
        job = self._store.jobs.find(job_id)
        if job is None:
            raise InputError(f"there is no job {job_id}", what_to_do="look at the list of jobs")
        return job
