"""The work on a proof of the service. Done twice, after a crash, it leaves the same, and pays for no answer twice."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import SQLAlchemyError

from advisor.errors import AdvisorError, InputError
from advisor.evaluation.proof_list import proofs_folder
from advisor.evaluation.proof_order import MissingArm, PlannedArm, ProofOrder, ProofPlan, inputs_of, progress_of
from advisor.store import proof_runs as status
from advisor.store.database import Store
from advisor.store.proof_runs import ProofRun, said
from advisor.tuning.data_folder import DataFolder

if TYPE_CHECKING:
    from advisor.evaluation.prove import Place, Prepared, Wish

_LOOK_EVERY_S: Final = 1.0
_OPTION: Final = re.compile(r"(?<!\S)--([a-z][a-z-]+)")
_log = logging.getLogger(__name__)


class _Stopped(Exception):  # noqa: N818  an end that was asked for, not an error
    """Raised between two answers where the proof is not wanted any more, or the process ends."""


class ProofSteps:
    """Plans and runs proofs; `ending` is set when the process is to stop."""

    def __init__(self, store: Store, data: DataFolder, ending: threading.Event) -> None:
        self._store = store
        self._data = data
        self._ending = ending
        self.working_now = False

    def work(self, proof_id: str, attempt: int) -> None:
        """Plan a proof, and run it where it is not only planned.

        Whatever goes wrong is kept with words for a person. Raises SQLAlchemyError alone: the store is gone.
        """
        run = self._store.proofs.find(proof_id)
        if run is None or run.attempt != attempt or run.status not in status.WORKED_ON:
            return  # cancelled, or begun anew elsewhere
        self.working_now = True
        try:
            self._work(run)
        except _Stopped:
            pass  # what was answered is kept
        except SQLAlchemyError:
            raise
        except AdvisorError as error:
            self._fail(run, _words(error, self._data))
        except Exception:  # noqa: BLE001 - a bug must not leave a proof that never ends
            _log.exception("the proof %s broke", proof_id)
            self._fail(run, "The service broke while it worked on the proof; its log says why.")
        finally:
            self.working_now = False

    def _work(self, run: ProofRun) -> None:
        from advisor.evaluation import prove

        proofs, order = self._store.proofs, ProofOrder.model_validate(run.order)
        if run.status != status.PLANNING:
            again = ", and goes on where it was" if run.status == status.RUNNING or run.progress else ""
            begun = said(run.id, f"begin-{run.attempt}", f"The proof begins{again}")
            if not proofs.change(
                run.id, (status.QUEUED, status.RUNNING), event=begun, of_attempt=run.attempt, status=status.RUNNING
            ):
                return
        before = Decimal(run.spent_usd)
        prepared = prove.prepare(self._wish(run, order, before), self._place(run, order))
        plan = _plan(prepared, order)
        if order.only_plan and run.status == status.PLANNING:
            ready = said(
                run.id, f"planned-{run.attempt}", f"Planned: {len(plan.arms)} arms, {plan.questions} questions"
            )
            proofs.change(
                run.id,
                (status.PLANNING,),
                event=ready,
                of_attempt=run.attempt,
                status=status.PLANNED,
                plan=plan.model_dump(mode="json"),
            )
            return
        watch = _Watch(self._store, run, prepared, before, self._ending)
        proofs.change(run.id, (status.RUNNING,), plan=plan.model_dump(mode="json"))
        proved = prove.run(prepared, watch)
        watch.keep()
        verdict = proved.files.proof.verdict
        shown = {**verdict.model_dump(mode="json"), "is_partial": proved.files.proof.is_partial}
        done = said(run.id, "done", f"The proof is done: {verdict.answer.replace('_', ' ')}")
        proofs.change(
            run.id,
            (status.RUNNING,),
            event=done,
            of_attempt=run.attempt,
            status=status.SUCCEEDED,
            finished_at=int(time.time()),
            verdict=shown,
        )

    def _wish(self, run: ProofRun, order: ProofOrder, spent_usd: Decimal) -> Wish:
        from advisor.case_text import stored_case
        from advisor.evaluation.proof_arms import Models
        from advisor.evaluation.prove import Wish
        from advisor.files import load_rulebook
        from advisor.tuning_rules import load_tuning_rules

        inputs = inputs_of(self._data, run.id)
        # The variable of the key is the host's own: whoever asks may not name one.
        key = load_tuning_rules().hosts.at(order.base_url).key_variable
        return Wish(
            case=stored_case(run.case_text, load_rulebook().questions),
            data=inputs.path(order.data),
            test=inputs.path(order.test) if order.test else None,
            documents=inputs.documents if order.has_documents else None,
            arms=order.arms,
            models=Models(order.model, order.base_url, key, order.compare, order.tuned, order.public_host_only),
            kind=order.kind,
            seed=order.seed,
            most_usd=max(order.spend_up_to_usd - spent_usd, Decimal(0)),
            probes=order.probes,
            run=run.id,
        )

    def _place(self, run: ProofRun, order: ProofOrder) -> Place:
        from advisor.evaluation.prove import Place
        from advisor.files import load_market

        proofs_folder(self._data.path, run.workspace).mkdir(parents=True, exist_ok=True)
        return Place(self._data, self._store, load_market(), order.day, run.workspace)

    def _fail(self, run: ProofRun, message: str) -> None:
        failed = said(run.id, f"failed-{run.attempt}", message, level="error")
        self._store.proofs.change(
            run.id,
            status.WORKED_ON,
            event=failed,
            of_attempt=run.attempt,
            status=status.FAILED,
            error=message,
            finished_at=int(time.time()),
        )


class _Watch:
    """Keeps how far a proof is and what it spent, and stops it where it is not wanted. Safe from several threads."""

    def __init__(
        self, store: Store, run: ProofRun, prepared: Prepared, before_usd: Decimal, ending: threading.Event
    ) -> None:
        """`before_usd` is what earlier attempts spent."""
        self._store, self._run, self._ending = store, run, ending
        self._budget, self._before_usd = prepared.task.means.budget, before_usd
        self._arms: dict[str, tuple[int, int]] = {}
        self._kept_usd = Decimal(0)
        self._looked_at = 0.0
        self._lock = threading.Lock()

    def __call__(self, arm: str, done: int, items: int) -> None:
        """An arm has answered; raises _Stopped where it is to go no further."""
        with self._lock:
            self._arms[arm] = (max(done, self._arms.get(arm, (0, 0))[0]), items)
            now = time.monotonic()
            paid = self._budget.spent_usd != self._kept_usd
            if not paid and now - self._looked_at < _LOOK_EVERY_S and done < items:
                return
            self._looked_at = now
            if self._ending.is_set() or not self._keep():
                raise _Stopped

    def keep(self) -> None:
        """Keep the last state."""
        with self._lock:
            self._keep()

    def _keep(self) -> bool:
        self._kept_usd = self._budget.spent_usd
        values: Mapping[str, Any] = {
            "progress": progress_of(self._arms),
            "spent_usd": str(self._before_usd + self._kept_usd),
        }
        return self._store.proofs.change(self._run.id, (status.RUNNING,), of_attempt=self._run.attempt, **values)


def _plan(prepared: Prepared, order: ProofOrder) -> ProofPlan:
    held, kind, expected = prepared.setting.held, prepared.setting.kind, prepared.expected
    arms = {arm.name: arm for arm in prepared.chosen.arms}
    return ProofPlan(
        questions=len(held.items),
        training_rows=len(held.train) + len(held.validation),
        leaked_questions=len(held.leaked),
        test_set=held.made.replace(f"{prepared.place.data.path}/", ""),
        task_kind=kind.name,
        task_kind_why=kind.why,
        arms=tuple(
            PlannedArm(name=name, what=arms[name].what, answers=one.items, usd=one.usd, seconds=one.seconds)
            for name, one in expected.items()
        ),
        missing=tuple(MissingArm(name=arm.name, why_not=_as_fields(arm.why_not)) for arm in prepared.chosen.missing),
        hosts=prepared.chosen.hosts,
        usd=prepared.expected_usd,
        seconds=sum(one.seconds for one in expected.values()),
        spend_up_to_usd=order.spend_up_to_usd,
        notes=prepared.setting.notes,
    )


def _words(error: AdvisorError, data: DataFolder) -> str:
    """What went wrong, without where it lies on the service's disk."""
    if isinstance(error, InputError) and error.what_to_do:
        text = f"{error.problem}. {error.what_to_do[:1].upper()}{error.what_to_do[1:]}."
    else:
        text = error.problem if isinstance(error, InputError) else str(error)
    return _as_fields(text.replace(f"{data.path}/", ""))


def _as_fields(text: str) -> str:
    """Options of the command line as the fields of an order: `base_url` for `--base-url`."""
    return _OPTION.sub(lambda found: found[1].replace("-", "_"), text)
