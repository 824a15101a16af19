"""The training of a run: planned once by the rules of every training, then a job like any other."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from advisor.case import Case
from advisor.data_check import DataRules, check_file
from advisor.data_rules import load_data_rules
from advisor.files import load_market, load_rulebook, load_tokenizers, load_training_knowledge
from advisor.operation.improvement_settings import ImprovementSettings
from advisor.recommendation import recommend
from advisor.store.database import Store
from advisor.store.jobs import Job
from advisor.token_tally import TokenTally
from advisor.tuning import runs
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.plan import TunePlan, read_plan, write_plan
from advisor.tuning.planning import Known, Wanted, make_plan
from advisor.tuning_rules import load_tuning_rules

_PLAN: Final = "plan.yaml"


def planned(settings: ImprovementSettings, case: Case, train: Path, folder: Path, suffix: str, on: date) -> TunePlan:
    """The plan of a run: the one that was made before, so that another day makes no other run of it.

    Raises InputError where the rows, the host or the ceiling forbid the training.
    """
    path = folder / _PLAN
    if path.exists():
        return read_plan(path)
    rules, checks, market = load_tuning_rules(), load_data_rules(), load_market()
    tokenizer = load_tokenizers().of(settings.model or "gpt-4o-mini")
    report = check_file(
        train,
        DataRules(checks.findings, checks.enough, checks.hosts.of["own"], host_given=True, phrases=checks.phrases),
        parts=("structure", "tokens", "personal"),
        tally=lambda: TokenTally(tokenizer, None),
        deep=False,
    )
    record = recommend(case, load_rulebook(), market.life_cycle, on, market)
    host = rules.hosts.at(settings.base_url)
    known = Known(record, case, market, on, rules.settings, load_training_knowledge(), host)
    wanted = Wanted(
        settings.back_end, settings.model, settings.base_url, None, settings.seed, suffix, settings.spend_up_to_usd
    )
    plan = make_plan(known, train, report, wanted)
    write_plan(plan, path)
    return plan


def job_of(store: Store, data: DataFolder, plan: TunePlan, folder: Path, workspace: str) -> Job:
    """The job of the plan, begun where there is none yet."""
    rows = runs.checked_data(plan, folder / _PLAN)
    with runs.as_read_by_the_service(rows, plan) as chat:
        return runs.begin(store, data, plan, chat, workspace=workspace)
