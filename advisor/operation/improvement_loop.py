"""A model in production gets better by itself: from corrections to a canary, one step that can be repeated at a time.

A run's row says which step is next and what the steps before left. A step that a dead process left half done is simply
done again: files are written whole, jobs and proofs are found again by what they are made of, and a change of the run
or of the deployment names the revision that was read, so that of several workers only one makes it.
"""

from __future__ import annotations

from typing import Final

from advisor.errors import FolderHeldError, InputError
from advisor.evaluation.intervals import wilson
from advisor.operation.deployment_spec import TunedRoute, routes_of
from advisor.operation.improvement_settings import improvement_settings
from advisor.operation.improvement_steps import COLLECT, ROLL_OUT, Workplace, end_run, next_step
from advisor.operation.improvement_trigger import Since, due
from advisor.operation.rule_files import load_improvement_rules
from advisor.store import improvement_runs as status
from advisor.store.audit import Deed
from advisor.store.database import Store
from advisor.store.deployment_events import now_ms
from advisor.store.deployments import Deployment, DeploymentChanged
from advisor.store.improvement_runs import ImprovementRun, RunChanged, RunIsOpen

_DAYS_A_MONTH: Final = 30.4375
_FEWEST_REVIEWED: Final = 30


def since_last(store: Store, deployment: Deployment, now: int) -> Since:
    """What came since the model in production was trained, or since the last run; `now` in seconds since 1970."""
    last = store.improvement_runs.last_of(deployment.id)
    route = routes_of(deployment).incumbent
    model = store.models.find(route.model) if isinstance(route, TunedRoute) else None
    moments = [moment for moment in (model and model.created_at, last and last.created_at) if moment]
    first_ms = max(moments, default=0) * 1000
    judged = store.feedback.thumbs(deployment.id, first_ms, now * 1000 + 1, reviewers=True)
    count = judged.up + judged.down
    return Since(
        store.feedback.count_accepted(deployment.id),
        (now - max(moments)) / 86_400 / _DAYS_A_MONTH if moments else None,
        wilson(judged.up / count, count) if count >= _FEWEST_REVIEWED else None,
    )


def begin_if_due(place: Workplace, deployment: Deployment) -> ImprovementRun | None:
    """Begin a run where the deployment is due and has none; None otherwise."""
    settings = improvement_settings(deployment.settings)
    if settings is None or place.store.improvement_runs.open_of(deployment.id):
        return None
    seen = since_last(place.store, deployment, now_ms() // 1000)
    why = due(seen, load_improvement_rules().thresholds, settings.least_accuracy)
    if why is None:
        return None
    try:
        return begin(place, deployment, why, Deed("advisor", deployment.workspace, ""))
    except RunIsOpen:
        return None  # another worker was faster


def begin(place: Workplace, deployment: Deployment, why: str, deed: Deed) -> ImprovementRun:
    """Begin a run now. Raises RunIsOpen, and InputError where the deployment has no settings for it."""
    if improvement_settings(deployment.settings) is None:
        raise InputError(
            f"{deployment.name} does not say how it is trained anew",
            where=deployment.name,
            what_to_do="say so with `advisor improve set NAME FILE`",
        )
    return place.store.improvement_runs.begin(deployment.id, COLLECT, why, deed)


def go_on(place: Workplace, run: ImprovementRun) -> ImprovementRun:
    """Do the next step of a run; the same run where it waits for a job, a person or the roll-out.

    What goes wrong by its nature, such as rows that cannot be trained on, ends the run and changes nothing else. Raises
    FolderHeldError where another process works on the run.
    """
    with place.data.held(f"improve-{run.deployment_id}"):
        fresh = place.store.improvement_runs.find(run.id)
        if fresh is None or fresh.status != status.RUNNING:
            return fresh or run
        deployment = place.store.deployments.of(fresh.deployment_id)
        assert deployment is not None, "a run names its deployment"
        try:
            return next_step(place, fresh, deployment)
        except (RunChanged, DeploymentChanged):
            return place.store.improvement_runs.find(run.id) or fresh
        except FolderHeldError:
            raise
        except InputError as error:
            why = f"the step {fresh.step} failed: {error}"
            return end_run(place, fresh, deployment, status.FAILED, dict(fresh.state) | {"why": why}, why)


def approve(place: Workplace, run: ImprovementRun, deed: Deed, note: str) -> ImprovementRun:
    """Let a model that waits out to its first users. Raises InputError where nothing waits, RunChanged."""
    _must_wait(run)
    state = dict(run.state) | {"approved_by": deed.actor, "note": note}
    place.store.audit.add(deed, "improvement.approve", run.id)
    return place.store.improvement_runs.move(run, ROLL_OUT, state)


def refuse(place: Workplace, run: ImprovementRun, deed: Deed, note: str) -> ImprovementRun:
    """End a run that waits; nothing is changed. Raises InputError where nothing waits, RunChanged."""
    _must_wait(run)
    deployment = place.store.deployments.of(run.deployment_id)
    assert deployment is not None
    why = f"{deed.actor} refused it: {note}"
    return end_run(place, run, deployment, status.ENDED, dict(run.state) | {"why": why}, why, deed)


def take_back(place: Workplace, run: ImprovementRun, deed: Deed) -> ImprovementRun:
    """Train again on corrections that were set aside. Raises InputError where none are, RunChanged."""
    if not run.state.get(status.SET_ASIDE):
        raise InputError(f"the corrections of {run.id} are not set aside", what_to_do="nothing")
    return place.store.improvement_runs.take_back(run, deed)


def _must_wait(run: ImprovementRun) -> None:
    if run.status != status.WAITING:
        raise InputError(f"{run.id} does not wait for an approval: {run.status}", what_to_do="look at it again")
