"""Plans of training runs and the start of their jobs, for the JSON API and the pages alike."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from advisor.case import Case
from advisor.errors import InputError, RequestError
from advisor.service.knowledge import Knowledge
from advisor.service.model_names import may_name
from advisor.service.outgoing_host import check_base_url, wrong
from advisor.service.principal import current, deed, workspace
from advisor.service.resources import Resources
from advisor.store.files import StoredFile
from advisor.store.jobs import Job
from advisor.store.plans import StoredPlan
from advisor.tuning import runs
from advisor.tuning.plan import BackEnd, TunePlan

DATA_SET: Final = "fine-tune"  # the purpose of files of examples
MOST_CHECKED_BYTES: Final = 64 << 20  # more takes longer than a request may


class AskedPlan(NamedTuple):
    """What is to be planned; None is left to the recommendation."""

    case: Case
    data_set: str
    back_end: BackEnd | None = None
    base_url: str | None = None
    model: str | None = None
    gpu: str | None = None
    seed: int = 0
    suffix: str = ""
    most_usd: Decimal | None = None
    day: date | None = None


def data_set_of(resources: Resources, id: str, field: str = "data_set") -> StoredFile:
    """The data set of the workspace. Raises RequestError that points to `field`."""
    file = resources.store.files.find(id, workspace())
    if file is None or file.purpose != DATA_SET:
        raise wrong(field, f"there is no data set {id[:100]}", "not_found")
    return file


def plan_run(resources: Resources, knowledge: Knowledge, asked: AskedPlan) -> StoredPlan:
    """Make a plan and keep it. Raises RequestError that says what stands against it."""
    file = data_set_of(resources, asked.data_set)
    if asked.base_url is not None:
        check_base_url(asked.base_url)
    if asked.model is not None and not may_name(resources, asked.model):
        raise wrong("model", "there is no such model", "model_not_found")
    plan = _planned(resources, knowledge, asked, file)
    return resources.store.plans.add(file.id, plan.model_dump(mode="json", by_alias=True), deed())


def plan_named(resources: Resources, stored: StoredPlan) -> TunePlan:
    """A plan as it is shown: its data by the name under which they were uploaded, not by where they lie here."""
    file = resources.store.files.find(stored.file_id, workspace())
    plan = TunePlan.model_validate(stored.plan)
    name = file.filename if file else stored.file_id
    return plan.model_copy(update={"data": plan.data.model_copy(update={"file": name})})


def start_run(resources: Resources, stored: StoredPlan, most_usd: Decimal) -> Job:
    """Begin the run of a plan; the same plan is the same run. Raises RequestError, also where it could cost more."""
    plan, store = TunePlan.model_validate(stored.plan), resources.store
    _check_ceiling(plan, most_usd)
    if plan.back_end == "export":
        raise RequestError("an export is trained elsewhere", status=422, code="cannot_be_started")
    if plan.base_url is not None:
        check_base_url(plan.base_url)
    path = resources.data.path / "plan.yaml"  # names in a plan are absolute: nothing is looked for beside it
    try:
        if plan.back_end == "openai_api":
            from advisor.tuning.hosted import HostedTrainer
            from advisor.tuning_rules import load_tuning_rules

            # That a key is missing is said before anything is kept.
            HostedTrainer(load_tuning_rules().hosts.at(plan.base_url), plan.base_url, plan.run)
        with runs.as_read_by_the_service(runs.checked_data(plan, path), plan) as rows:
            outside = current().via != "local"
            job = runs.begin(store, resources.data, plan, rows, workspace=workspace(), public_host_only=outside)
    except InputError as error:
        raise RequestError(f"{error.problem}. {error.what_to_do}", status=422, code="cannot_be_started") from None
    store.audit.add(deed(), "job.start", job.id)
    resources.runner.wake()
    return job


def _planned(resources: Resources, knowledge: Knowledge, asked: AskedPlan, file: StoredFile) -> TunePlan:
    from advisor.ledger.kept import corrections
    from advisor.tuning.case_plan import plan_for
    from advisor.tuning.planning import Wanted

    if file.bytes > MOST_CHECKED_BYTES:
        raise RequestError("the data set is too large to be planned with by the service", status=413)
    case = asked.case
    day = asked.day or case.as_of or date.today()
    wanted = Wanted(
        "openai_api" if asked.base_url else asked.back_end,
        asked.model,
        asked.base_url,
        asked.gpu,
        asked.seed,
        asked.suffix,
        asked.most_usd,
    )
    learned = corrections(resources.store, workspace())
    try:
        path = resources.data.file(file.id)
        return plan_for(case, knowledge.rulebook, knowledge.market, day, path, wanted, learned)
    except InputError as error:
        raise RequestError(f"{error.problem}. {error.what_to_do}", status=422, code="cannot_be_planned") from None


def _check_ceiling(plan: TunePlan, most_usd: Decimal) -> None:
    ceiling = min([most_usd, *([plan.spend_up_to_usd] if plan.spend_up_to_usd is not None else ())])
    if plan.cost and plan.cost.p90 > ceiling:
        sentence = f"the run could cost ${plan.cost.p90}, above the ceiling of ${ceiling}"
        raise wrong("spend_up_to_usd", sentence, "above_ceiling")
