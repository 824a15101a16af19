"""Hands proofs to durable workflows, one at a time in a process: what was cut off goes on at the next start."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from advisor.evaluation.proof_steps import ProofSteps
from advisor.store import proof_runs as status
from advisor.store.database import Store
from advisor.store.proof_runs import ProofRun
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.durable_step import RECOVERIES, durable_step, is_alive

_QUEUE: Final = "proofs"
_POLL_S: Final = 0.2


class ProofQueue:
    """The proofs of a store. `register`, then launch DBOS, then `listen`."""

    def __init__(self, store: Store, data: DataFolder, ending: threading.Event) -> None:
        """`ending` is set when the process is to stop."""
        self._store = store
        self._steps = ProofSteps(store, data, ending)
        self._workflow: Callable[[str, int], None] | None = None

    @property
    def working_now(self) -> bool:
        """Whether a proof is worked on in this process."""
        return self._steps.working_now

    def register(self) -> None:
        """Make the workflow known."""
        from dbos import DBOS

        def proof(proof_id: str, attempt: int) -> None:
            DBOS.run_step(durable_step("work"), self._steps.work, proof_id, attempt)

        self._workflow = DBOS.workflow(name="proof", max_recovery_attempts=RECOVERIES)(proof)

    def listen(self) -> None:
        """Begin to work on what is handed over."""
        from dbos import DBOS

        DBOS.register_queue(_QUEUE, worker_concurrency=1, polling_interval_sec=_POLL_S)

    def hand_over(self) -> list[bool]:
        """Hand over what waits; false for each whose attempt before has not stopped yet."""
        return [self._dispatch(run) for run in self._store.proofs.waiting()]

    def take_up_lost(self) -> None:
        """Queue anew what no worker will finish."""
        for run in self._store.proofs.given():
            if not is_alive(_workflow_id(run.id, run.attempt)):
                again = status.PLANNING if run.status == status.PLANNING else status.QUEUED
                self._store.proofs.again(run.id, (run.status,), again, of_attempt=run.attempt)

    def _dispatch(self, run: ProofRun) -> bool:
        from dbos import DBOS, SetWorkflowID

        if is_alive(_workflow_id(run.id, run.attempt - 1)):
            return False  # both must not work in one folder
        assert self._workflow is not None, "registered before anything is handed over"
        with SetWorkflowID(_workflow_id(run.id, run.attempt)):
            DBOS.enqueue_workflow(_QUEUE, self._workflow, run.id, run.attempt)
        self._store.proofs.dispatch(run)
        return True


def _workflow_id(proof_id: str, attempt: int) -> str:
    return f"{proof_id}:{attempt}"
