"""Runs jobs so that they survive the death of the process: workflows of DBOS, one idempotent step after the other.

The store says what a job is to do (its status and attempt); DBOS says which step of an attempt is done. An attempt is
handed over once, under an id made of the job, its status and the attempt's number, so that handing it over again after
a crash changes nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from advisor.evaluation.proof_queue import ProofQueue
from advisor.store import jobs as status
from advisor.store.database import Store, checked_url, write_ahead
from advisor.store.jobs import Job
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.durable_step import RECOVERIES, WORKFLOW_VERSION, durable_step, is_alive
from advisor.tuning.job_steps import JobSteps
from advisor.tuning.trainer import Trainers

JOURNAL: Final = "journal.sqlite3"
_QUEUES: Final = {status.VALIDATING: "validation", status.QUEUED: "training"}
_POLL_S: Final = 0.2
_LOOK_EVERY_S: Final = 1.0
_STOP_S: Final = 10
_HEAL_EVERY_S: Final = 60.0
_log = logging.getLogger(__name__)


class JobRunner:
    """The jobs and proofs of a store, worked on in this process by threads; there is one runner in a process."""

    def __init__(
        self, store: Store, data: DataFolder, trainers: Trainers, *, name: str, database_url: str | None = None
    ) -> None:
        """`name` stays the same over restarts: what it left unfinished is taken up by whoever starts under it."""
        self._store = store
        self._data = data
        self._name = name
        self._url = database_url
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._held = ExitStack()
        self._thread: threading.Thread | None = None
        self._steps = JobSteps(store, data, trainers, self._ending, self.wake)
        self._workflows: dict[str, Callable[[str, int], None]] = {}
        self._proofs = ProofQueue(store, data, self._ending)

    def start(self) -> None:
        """Take up what is unfinished and begin to work. Raises InputError where another process has this name."""
        from dbos import DBOS

        self._held.enter_context(self._data.held(self._name))
        if self._url and checked_url(self._url).drivername != "sqlite":
            # DBOS reads only the plain form of the name.
            url = checked_url(self._url).render_as_string(hide_password=False)
        else:
            journal = self._data.path / JOURNAL
            write_ahead(journal)
            url = f"sqlite:///{journal}"
        DBOS(
            config={
                "name": "advisor",
                "system_database_url": url,
                "application_version": WORKFLOW_VERSION,
                "executor_id": self._name,
                "log_level": "ERROR",
            }
        )
        decorate = DBOS.workflow(name="validation", max_recovery_attempts=RECOVERIES)
        self._workflows[status.VALIDATING] = decorate(self._validation())
        decorate = DBOS.workflow(name="training", max_recovery_attempts=RECOVERIES)
        self._workflows[status.QUEUED] = decorate(self._training())
        self._proofs.register()
        DBOS.launch()
        self._proofs.listen()
        DBOS.register_queue("validation", worker_concurrency=2, polling_interval_sec=_POLL_S)
        DBOS.register_queue("training", worker_concurrency=1, polling_interval_sec=_POLL_S)
        self._take_up_lost()
        self._thread = threading.Thread(target=self._hand_over, name="jobs", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for new work now rather than in a second."""
        self._wake.set()

    def close(self) -> None:
        """Stop. Steps that run are cut off and gone on with at the next start."""
        from dbos import DBOS

        self._ending.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        # A trainer notices within seconds that it should stop, and its job goes on at the next start.
        busy = self._steps.training_now or self._proofs.working_now
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=_STOP_S if busy else 0)
        self._held.close()

    def _hand_over(self) -> None:
        healed = time.monotonic()
        while not self._ending.is_set():
            self._wake.clear()
            try:
                if time.monotonic() - healed > _HEAL_EVERY_S:
                    self._take_up_lost()
                    healed = time.monotonic()
                handed = [self._dispatch(job) for job in self._store.jobs.waiting()]
                handed += self._proofs.hand_over()
            except Exception:  # noqa: BLE001
                # The database may be gone for a while, and the jobs wait in it: this thread must outlive that.
                _log.exception("jobs cannot be handed over; trying again")
                handed = []
            self._wake.wait(_LOOK_EVERY_S if all(handed) else _POLL_S)

    def _dispatch(self, job: Job) -> bool:
        """Hand an attempt over; false where the one before it has not stopped yet."""
        from dbos import DBOS, SetWorkflowID

        if is_alive(_workflow_id(job._replace(attempt=job.attempt - 1))):
            return False  # both must not work in one folder
        with SetWorkflowID(_workflow_id(job)):
            DBOS.enqueue_workflow(_QUEUES[job.status], self._workflows[job.status], job.id, job.attempt)
        self._store.jobs.dispatch(job)
        return True

    def _take_up_lost(self) -> None:
        """Begin anew what no worker will finish: its journal was lost, or is of another order of steps."""
        self._proofs.take_up_lost()
        after: str | None = None
        while True:
            page = self._store.jobs.page(after=after, limit=1_000)
            for job in page.items:
                if job.status not in (status.VALIDATING, status.QUEUED, status.RUNNING) or job.dispatched < job.attempt:
                    continue
                if not is_alive(_workflow_id(job)):
                    again = status.VALIDATING if job.status == status.VALIDATING else status.QUEUED
                    self._store.jobs.change(job.id, (job.status,), status=again, attempt=job.attempt + 1)
            if not page.has_more:
                return
            after = page.items[-1].id

    def _validation(self) -> Callable[[str, int], None]:
        from dbos import DBOS

        def validation(job_id: str, attempt: int) -> None:
            DBOS.run_step(durable_step("validate_files"), self._steps.validate, job_id, attempt)

        return validation

    def _training(self) -> Callable[[str, int], None]:
        from dbos import DBOS

        def training(job_id: str, attempt: int) -> None:
            if not DBOS.run_step(durable_step("begin"), self._steps.begin, job_id, attempt):
                return
            outcome = DBOS.run_step(durable_step("train"), self._steps.train, job_id)
            if outcome["end"] != "trained":
                DBOS.run_step(durable_step("end"), self._steps.end, job_id, attempt, outcome)
                return
            for kept in outcome["summary"]["checkpoints"]:
                DBOS.run_step(durable_step("keep_checkpoint"), self._steps.keep_checkpoint, job_id, kept)
            DBOS.run_step(durable_step("keep_metrics"), self._steps.keep_metrics, job_id)
            DBOS.run_step(durable_step("register"), self._steps.register, job_id, outcome["summary"])
            DBOS.run_step(durable_step("succeed"), self._steps.succeed, job_id, outcome["summary"])

        return training


def _workflow_id(job: Job) -> str:
    queue = "validation" if job.status == status.VALIDATING else "training"
    return f"{job.id}:{queue}:{job.attempt}"
