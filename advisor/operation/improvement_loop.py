"""A model in production gets better by itself: from corrections to a canary, one step that can be repeated at a time.

A run's row says which step is next and what the steps before left. A step that a dead process left half done is simply
done again: files are written whole, jobs and proofs are found again by what they are made of, and a change of the run
or of the deployment names the revision that was read, so that of several workers only one makes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from advisor.case import Case
from advisor.errors import FolderHeldError, InputError
from advisor.evaluation.bake_off import Progress
from advisor.evaluation.intervals import wilson
from advisor.files import load_case, write_whole
from advisor.operation import improvement_data, improvement_proof, improvement_training, rollout_changes
from advisor.operation.deployment_spec import TunedRoute, routes_of
from advisor.operation.improvement_gates import FAILED, GateResult, Shown, gates, outcome
from advisor.operation.improvement_settings import ImprovementSettings, improvement_settings
from advisor.operation.improvement_trigger import Since, due
from advisor.operation.rollout_rules import STEADY
from advisor.operation.rule_files import load_improvement_rules
from advisor.store import improvement_runs as status
from advisor.store import jobs as job_status
from advisor.store.audit import Deed
from advisor.store.database import Store
from advisor.store.deployment_events import Happened, now_ms
from advisor.store.deployments import Deployment, DeploymentChanged
from advisor.store.improvement_runs import ImprovementRun, RunChanged, RunIsOpen
from advisor.tuning.data_folder import DataFolder

COLLECT: Final = "collect"
SPLIT: Final = "split"
TUNE: Final = "tune"
PROVE: Final = "prove"
JUDGE: Final = "judge"
APPROVE: Final = "approve"
ROLL_OUT: Final = "roll_out"
WATCH: Final = "watch"
STEPS: Final = (COLLECT, SPLIT, TUNE, PROVE, JUDGE, APPROVE, ROLL_OUT, WATCH)
FOLDER: Final = "improvements"
_DAYS_A_MONTH: Final = 30.4375
_FEWEST_REVIEWED: Final = 30


def quiet(arm: str, done: int, items: int) -> None:
    """Show no progress."""


class Workplace(NamedTuple):
    """Where runs are worked on, and on which day."""

    store: Store
    data: DataFolder
    day: date
    progress: Progress = quiet

    def folder(self, run: ImprovementRun) -> Path:
        """What a run leaves behind."""
        return self.data.path / FOLDER / run.id


class _Task(NamedTuple):
    place: Workplace
    run: ImprovementRun
    deployment: Deployment
    settings: ImprovementSettings
    case: Case

    @property
    def folder(self) -> Path:
        return self.place.folder(self.run)

    @property
    def deed(self) -> Deed:
        return Deed("advisor", self.deployment.workspace, "")


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
            return _step(place, fresh, deployment)
        except (RunChanged, DeploymentChanged):
            return place.store.improvement_runs.find(run.id) or fresh
        except FolderHeldError:
            raise
        except InputError as error:
            why = f"the step {fresh.step} failed: {error}"
            return _end(place, fresh, deployment, status.FAILED, dict(fresh.state) | {"why": why}, why)


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
    return _end(place, run, deployment, status.ENDED, dict(run.state) | {"why": why}, why, deed)


def take_back(place: Workplace, run: ImprovementRun, deed: Deed) -> ImprovementRun:
    """Train again on corrections that were set aside. Raises InputError where none are, RunChanged."""
    if not run.state.get(status.SET_ASIDE):
        raise InputError(f"the corrections of {run.id} are not set aside", what_to_do="nothing")
    return place.store.improvement_runs.take_back(run, deed)


def _must_wait(run: ImprovementRun) -> None:
    if run.status != status.WAITING:
        raise InputError(f"{run.id} does not wait for an approval: {run.status}", what_to_do="look at it again")


def _step(place: Workplace, run: ImprovementRun, deployment: Deployment) -> ImprovementRun:
    settings = improvement_settings(deployment.settings)
    if settings is None:
        raise InputError("the deployment does not say any more how it is trained anew", where=deployment.name)
    task = _Task(place, run, deployment, settings, load_case(settings.case))
    steps: Mapping[str, Callable[[_Task], ImprovementRun]] = {
        COLLECT: _collect,
        SPLIT: _split,
        TUNE: _tune,
        PROVE: _prove,
        JUDGE: _judge,
        ROLL_OUT: _roll_out,
        WATCH: _watch,
    }
    return steps[run.step](task)


def _collect(task: _Task) -> ImprovementRun:
    store = task.place.store
    data, data_folder = Path(task.settings.data), task.place.data.path
    found = improvement_data.collect(store, task.deployment, data, task.run.id, task.folder, data_folder)
    state = {"corrections": found._asdict()}
    # A batch that is in doubt, or nothing new, need not be trained on to be refused.
    results = [one for one in gates(_shown(state), load_improvement_rules()) if one.gate == "corrections"]
    if outcome(results) == "end":
        return _ended_by(task, results, state)
    return store.improvement_runs.move(task.run, SPLIT, state)


def _split(task: _Task) -> ImprovementRun:
    settings = task.settings
    dealt = improvement_data.deal(Path(settings.data), task.folder, settings.seed, task.place.day)
    rows = {"train": str(dealt.train), "rows": dealt.rows, "left_out": dealt.left_out, "personal": dealt.personal_rows}
    return task.place.store.improvement_runs.move(task.run, TUNE, dict(task.run.state) | {"data": rows})


def _tune(task: _Task) -> ImprovementRun:
    """Begin the training, or see whether it has ended."""
    place, state = task.place, dict(task.run.state)
    train, suffix = Path(state["data"]["train"]), task.deployment.name.replace(".", "-")[:40]
    plan = improvement_training.planned(task.settings, task.case, train, task.folder, suffix, place.day)
    job = improvement_training.job_of(place.store, place.data, plan, task.folder, task.deployment.workspace)
    if job.status == job_status.SUCCEEDED:
        return place.store.improvement_runs.move(
            task.run, PROVE, state | {"job": job.id, "model": job.fine_tuned_model}
        )
    if job.status in (job_status.FAILED, job_status.CANCELLED):
        said = (job.error or {}).get("message", "")
        raise InputError(f"the training {job.id} is {job.status}{said and f': {said}'}")
    return task.run


def _prove(task: _Task) -> ImprovementRun:
    place, state = task.place, dict(task.run.state)
    models = (str(state["model"]), routes_of(task.deployment).incumbent)
    found = improvement_proof.prove_run(
        place.store,
        place.data,
        task.settings,
        task.case,
        Path(state["data"]["train"]),
        models,
        place.day,
        place.progress,
        task.deployment.workspace,
    )
    proof = {"run": found.files.proof.run, "production": found.production, "metric": found.files.proof.metric}
    return place.store.improvement_runs.move(task.run, JUDGE, state | {"proof": proof})


def _judge(task: _Task) -> ImprovementRun:
    state = dict(task.run.state)
    proof = state["proof"]
    names = proof["run"], state["model"], proof["production"]
    found = improvement_proof.read_run(task.place.data, *names, task.deployment.workspace)
    results = gates(_shown(state, found, task.settings.seed), load_improvement_rules())
    state |= {"gates": [one._asdict() for one in results]}
    verdict = outcome(results)
    if verdict == "end":
        return _ended_by(task, results, state)
    if verdict == "approval" or task.settings.policy == "approval":
        _say(task, "approval_wanted", f"{state['model']} passed its gates and waits for an approval")
        return task.place.store.improvement_runs.move(task.run, APPROVE, state, status.WAITING)
    return task.place.store.improvement_runs.move(task.run, ROLL_OUT, state)


def _roll_out(task: _Task) -> ImprovementRun:
    """Begin the roll-out with the pilot; where another one is under way, wait for its end."""
    place, model = task.place, TunedRoute(model=str(task.run.state["model"]))
    routes = routes_of(task.deployment)
    if routes.candidate != model or task.deployment.stage == STEADY:
        if task.deployment.stage != STEADY:
            return task.run
        rollout_changes.start(
            place.store, task.deployment, model, "pilot", task.deed, f"{task.run.id} passed its gates"
        )
    return place.store.improvement_runs.move(task.run, WATCH, dict(task.run.state))


def _watch(task: _Task) -> ImprovementRun:
    """See what became of the roll-out."""
    model, routes = TunedRoute(model=str(task.run.state["model"])), routes_of(task.deployment)
    if routes.incumbent == model:
        why = f"{model.model} is the model in production"
        return _end(task.place, task.run, task.deployment, status.PROMOTED, dict(task.run.state) | {"why": why}, why)
    if routes.candidate == model:
        return task.run
    last = task.place.store.deployment_events.page(task.deployment.id, kind="rollback", limit=1).items
    why = f"{model.model} was rolled back" + (f": {last[0].message}" if last else "")
    state = dict(task.run.state) | {"why": why, status.SET_ASIDE: True}
    return _end(task.place, task.run, task.deployment, status.ROLLED_BACK, state, why)


def _shown(state: Mapping[str, Any], found: improvement_proof.Compared | None = None, seed: int = 0) -> Shown:
    corrections = state["corrections"]
    candidate = found.arm(found.candidate) if found else None
    production = found.arm(found.production) if found and found.production else None
    return Shown(
        corrections["new"],
        corrections["refused"],
        state["data"]["personal"] if "data" in state else None,
        found.files.proof.is_partial if found else False,
        improvement_proof.difference(found, found.production, seed) if found and found.production else None,
        improvement_proof.baselines(found, seed) if found else (),
        candidate.forgetting.result if candidate and candidate.forgetting else "not_run",
        candidate.bias_and_safety.result if candidate and candidate.bias_and_safety else "not_run",
        candidate.usd.per_correct if candidate and candidate.usd else None,
        production.usd.per_correct if production and production.usd else None,
    )


def _ended_by(
    task: _Task, results: list[GateResult] | tuple[GateResult, ...], state: Mapping[str, Any]
) -> ImprovementRun:
    failed = next(one for one in results if one.result != "passed" and not one.needs_approval)
    why = f"{failed.why} {failed.what_to_do}"
    # Corrections that made it worse, or are in doubt, would spoil each later training too.
    doubtful = failed.result == FAILED and failed.gate in ("corrections", "beats_production", "bias_and_safety")
    kept = dict(state) | {"gates": [one._asdict() for one in results], "why": why, status.SET_ASIDE: doubtful}
    return _end(task.place, task.run, task.deployment, status.ENDED, kept, why)


def _end(
    place: Workplace,
    run: ImprovementRun,
    deployment: Deployment,
    how: str,
    state: Mapping[str, Any],
    why: str,
    deed: Deed | None = None,
) -> ImprovementRun:
    deed = deed or Deed("advisor", deployment.workspace, "")
    happened = Happened(f"improve_{how}", f"{run.id}: {why}", {"run": run.id})
    ended = place.store.improvement_runs.end(run, how, state, happened, deed)
    folder = place.folder(run)
    folder.mkdir(parents=True, exist_ok=True)
    kept = ended._asdict() | {"finished": datetime.fromtimestamp(ended.finished_at or 0, UTC).isoformat()}
    write_whole(folder / "run.json", json.dumps(kept, indent=2, ensure_ascii=False, default=str) + "\n")
    return ended


def _say(task: _Task, kind: str, message: str) -> None:
    task.place.store.deployment_events.add(task.deployment.id, Happened(kind, message, {"run": task.run.id}))
