"""The training of a run: planned once by the rules of every training, then a job like any other."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from advisor.case import Case
from advisor.files import load_market, load_rulebook
from advisor.operation.improvement_settings import ImprovementSettings
from advisor.store.database import Store
from advisor.store.jobs import Job
from advisor.tuning import runs
from advisor.tuning.case_plan import plan_for
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.plan import TunePlan, read_plan, write_plan
from advisor.tuning.planning import Wanted

_PLAN: Final = "plan.yaml"


def planned(settings: ImprovementSettings, case: Case, train: Path, folder: Path, suffix: str, on: date) -> TunePlan:
    """The plan of a run: the one that was made before, so that another day makes no other run of it.

    Raises InputError where the rows, the host or the ceiling forbid the training.
    """
    path = folder / _PLAN
    if path.exists():
        return read_plan(path)
    wanted = Wanted(
        settings.back_end, settings.model, settings.base_url, None, settings.seed, suffix, settings.spend_up_to_usd
    )
    plan = plan_for(case, load_rulebook(), load_market(), on, train, wanted)
    write_plan(plan, path)
    return plan


def job_of(store: Store, data: DataFolder, plan: TunePlan, folder: Path, workspace: str) -> Job:
    """The job of the plan, begun where there is none yet."""
    rows = runs.checked_data(plan, folder / _PLAN)
    with runs.as_read_by_the_service(rows, plan) as chat:
        return runs.begin(store, data, plan, chat, workspace=workspace)
