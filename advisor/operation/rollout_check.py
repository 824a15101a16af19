"""Looks at a roll-out and does what its policy says: roll back or hold on an alarm, advance, or ask for approval."""

from __future__ import annotations

import logging
import threading
from typing import Final, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from advisor.errors import AdvisorError
from advisor.operation.deployment_shown import judgement_numbers
from advisor.operation.deployment_spec import settings_of
from advisor.operation.rollout_changes import advance, hold, rollback
from advisor.operation.rollout_files import load_rollout_rules
from advisor.operation.rollout_rules import AB, STAGES, RollOutRules, StageRule
from advisor.operation.stage_evidence import ALARM, MET, READY, Judgement, judge
from advisor.operation.stage_records import kept_reference, stage_evidence
from advisor.store.audit import Deed
from advisor.store.database import Store
from advisor.store.deployment_events import Happened, now_ms
from advisor.store.deployments import Deployment, DeploymentChanged

EVERY_S: Final = 60.0
APPROVAL: Final = "approval_wanted"
_log = logging.getLogger(__name__)


class Checked(NamedTuple):
    """How a stage stands, what was done about it (none, rollback, hold, advance, promote or approval_wanted), and the
    deployment afterwards."""

    judgement: Judgement
    done: str
    deployment: Deployment
    reference: dict[str, float]


def stage_rule(rules: RollOutRules, deployment: Deployment) -> StageRule | None:
    """The current stage as it is for this deployment; None where nothing is rolled out."""
    share = settings_of(deployment).share(deployment.stage, rules)
    if deployment.stage == AB:
        return rules.stages["staged"]._replace(name=AB, share=share, who="users in two groups")
    return rules.stages[deployment.stage]._replace(share=share) if deployment.stage in STAGES else None


def look(store: Store, rules: RollOutRules, deployment: Deployment) -> Checked | None:
    """How a roll-out stands, and nothing is done; None where there is none."""
    stage = stage_rule(rules, deployment)
    if stage is None:
        return None
    evidence = stage_evidence(store, rules, deployment, now_ms() + 1)
    return Checked(judge(stage, rules, evidence), "none", deployment, kept_reference(evidence))


def check(store: Store, rules: RollOutRules, deployment: Deployment, deed: Deed) -> Checked | None:
    """Look and act. Raises DeploymentChanged where somebody was faster: nothing was done then."""
    found = look(store, rules, deployment)
    if found is None or deployment.held:
        return found
    judgement, settings = found.judgement, settings_of(deployment)
    if judgement.state == ALARM:
        why = f"alarm at the stage {deployment.stage}: {judgement.why}"
        if settings.on_alarm == "hold":
            return found._replace(done="hold", deployment=hold(store, deployment, deed, why))
        changed = rollback(store, deployment, deed, why, judgement_numbers(judgement))
        return found._replace(done="rollback", deployment=changed)
    if deployment.stage == AB or judgement.state not in (MET, READY):
        return found
    if judgement.state == MET and settings.advance == "automatic":
        changed = advance(store, rules, deployment, deed, judgement.why, found.reference)
        return found._replace(done="advance" if changed.stage in STAGES else "promote", deployment=changed)
    wanted = store.deployment_events.page(deployment.id, kind=APPROVAL, limit=1).items
    if not wanted or wanted[0].at_ms < deployment.stage_since_ms:
        sentence = f"the stage {deployment.stage} may be left, by approval: {judgement.why}"
        store.deployment_events.add(deployment.id, Happened(APPROVAL, sentence, judgement_numbers(judgement)))
    return found._replace(done=APPROVAL)


class RollOutWatch:
    """Checks every roll-out again and again in a thread of its own; several processes may do so at once."""

    def __init__(self, store: Store, every_s: float = EVERY_S) -> None:
        self._store = store
        self._every_s = every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="roll-outs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; a check that is under way is waited for."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            try:
                check_all(self._store, self._ended)
            except (AdvisorError, SQLAlchemyError):
                _log.exception("the roll-outs could not be checked")


def check_all(store: Store, ended: threading.Event | None = None) -> list[Checked]:
    """Check every roll-out of every workspace; what another process changed meanwhile is left to it."""
    rules, found = load_rollout_rules(), []
    for deployment in store.deployments.all():
        if ended is not None and ended.is_set():
            break
        try:
            one = check(store, rules, deployment, Deed("advisor", deployment.workspace, ""))
        except DeploymentChanged:
            continue
        if one is not None:
            found.append(one)
    return found
