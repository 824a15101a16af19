"""The steps of a new training, from corrections to its roll-out. Each can be repeated; its state stands in the run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from advisor.case import Case
from advisor.errors import InputError
from advisor.evaluation.bake_off import Progress
from advisor.files import load_case, write_whole
from advisor.operation import improvement_data, improvement_proof, improvement_training, rollout_changes
from advisor.operation.deployment_spec import TunedRoute, routes_of
from advisor.operation.improvement_gates import FAILED, GateResult, Shown, gates, outcome
from advisor.operation.improvement_settings import ImprovementSettings, improvement_settings
from advisor.operation.rollout_rules import STEADY
from advisor.operation.rule_files import load_improvement_rules
from advisor.store import improvement_runs as status
from advisor.store import jobs as job_status
from advisor.store.audit import Deed
from advisor.store.database import Store
from advisor.store.deployment_events import Happened
from advisor.store.deployments import Deployment
from advisor.store.improvement_runs import ImprovementRun
from advisor.tuning.data_folder import DataFolder

COLLECT: Final = "collect"
SPLIT: Final = "split"
TUNE: Final = "tune"
PROVE: Final = "prove"
JUDGE: Final = "judge"
APPROVE: Final = "approve"
ROLL_OUT: Final = "roll_out"
WATCH: Final = "watch"
FOLDER: Final = "improvements"


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


def next_step(place: Workplace, run: ImprovementRun, deployment: Deployment) -> ImprovementRun:
    """Do the next step. Raises InputError, RunChanged, DeploymentChanged."""
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
        return end_run(task.place, task.run, task.deployment, status.PROMOTED, dict(task.run.state) | {"why": why}, why)
    if routes.candidate == model:
        return task.run
    last = task.place.store.deployment_events.page(task.deployment.id, kind="rollback", limit=1).items
    why = f"{model.model} was rolled back" + (f": {last[0].message}" if last else "")
    state = dict(task.run.state) | {"why": why, status.SET_ASIDE: True}
    return end_run(task.place, task.run, task.deployment, status.ROLLED_BACK, state, why)


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
    return end_run(task.place, task.run, task.deployment, status.ENDED, kept, why)


def end_run(
    place: Workplace,
    run: ImprovementRun,
    deployment: Deployment,
    how: str,
    state: Mapping[str, Any],
    why: str,
    deed: Deed | None = None,
) -> ImprovementRun:
    """End a run with the event that says how, and leave it as a file. Raises RunChanged."""
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
