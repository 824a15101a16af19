"""/api/v1/tuning-plans and /tuning-jobs: what would be trained at what price, and the runs of such plans."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, Response
from pydantic import TypeAdapter

from advisor.case_text import checked_case
from advisor.errors import InputError, RequestError
from advisor.files import load_tokenizers, load_training_knowledge
from advisor.ledger.kept import corrections
from advisor.outgoing import allowed_hosts, check_outgoing
from advisor.service.job_objects import job_object
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import JobBody, PlanBody
from advisor.service.json_api.data_sets import MOST_CHECKED_BYTES
from advisor.service.json_api.knowledge import Knowledge
from advisor.service.json_api.repeated import once
from advisor.service.json_api.replies import answer, answer_page, missing
from advisor.service.model_names import may_name
from advisor.service.principal import current, deed, workspace
from advisor.service.resources import Resources
from advisor.store.files import StoredFile
from advisor.store.jobs import Job
from advisor.store.plans import StoredPlan
from advisor.strict_yaml import Document
from advisor.tuning import job_orders, runs
from advisor.tuning.plan import TunePlan

_PLAN: Final = TypeAdapter(PlanBody)
_JOB: Final = TypeAdapter(JobBody)


def tuning_blueprint(resources: Resources, knowledge: Knowledge) -> Blueprint:
    """The routes of plans and jobs."""
    blueprint = Blueprint("tuning", __name__)
    store, data = resources.store, resources.data

    @blueprint.post("/tuning-plans")
    @once(store.idempotency)
    def create_plan() -> Response:
        asked.refuse_unknown()
        body = asked.body(_PLAN)
        file = store.files.find(body.data_set, workspace())
        if file is None:
            raise RequestError(
                f"there is no data set {body.data_set[:100]}", status=422, param="data_set", code="not_found"
            )
        if body.base_url is not None:
            _check_base_url(body.base_url)
        if body.model is not None and not may_name(resources, body.model):
            raise RequestError("there is no such model", status=422, param="model", code="model_not_found")
        stored = store.plans.add(file.id, _planned(body, file).model_dump(mode="json", by_alias=True), deed())
        return answer(_shown_plan(stored), 201, location=f"/api/v1/tuning-plans/{stored.id}", etag=stored.id)

    def _planned(body: PlanBody, file: StoredFile) -> TunePlan:
        from advisor.data_check import DataRules, check_file
        from advisor.data_rules import load_data_rules
        from advisor.token_tally import TokenTally
        from advisor.tuning.planning import Known, Wanted, make_plan
        from advisor.tuning_rules import load_tuning_rules

        if file.bytes > MOST_CHECKED_BYTES:
            raise RequestError("the data set is too large to be planned with over the API", status=413)
        case = checked_case(Document("case", body.case, {}), knowledge.rulebook.questions)
        day = body.as_of or case.as_of or date.today()
        rules, checks, path = load_tuning_rules(), load_data_rules(), data.file(file.id)
        tokenizer = load_tokenizers().of(body.model or "gpt-4o-mini")
        own = DataRules(checks.findings, checks.enough, checks.hosts.of["own"], host_given=True, phrases=checks.phrases)
        back_end = "openai_api" if body.base_url else body.back_end
        most = Decimal(body.spend_up_to_usd) if body.spend_up_to_usd is not None else None
        wanted = Wanted(back_end, body.model, body.base_url, body.gpu, body.seed, body.suffix, most)
        try:
            report = check_file(
                path,
                own,
                parts=("structure", "tokens", "personal"),
                tally=lambda: TokenTally(tokenizer, None),
                deep=False,
            )
            known = Known(
                knowledge.record(case, day),
                case,
                knowledge.market,
                day,
                rules.settings,
                load_training_knowledge(),
                rules.hosts.at(body.base_url),
                corrections(store, workspace()),
            )
            return make_plan(known, path, report, wanted)
        except InputError as error:
            raise RequestError(f"{error.problem}. {error.what_to_do}", status=422, code="cannot_be_planned") from None

    @blueprint.get("/tuning-plans")
    def list_plans() -> Response:
        asked.refuse_unknown("cursor", "limit")
        page = asked.page_of(lambda at: store.plans.page(workspace(), after=at.after, limit=at.limit))
        return answer_page(page, _shown_plan, lambda plan: plan.id)

    @blueprint.get("/tuning-plans/<id>")
    def retrieve_plan(id: str) -> Response:
        asked.refuse_unknown()
        return answer(_shown_plan(_found_plan(id)))

    @blueprint.post("/tuning-jobs")
    @once(store.idempotency)
    def create_job() -> Response:
        asked.refuse_unknown()
        body = asked.body(_JOB)
        stored = store.plans.find(body.plan, workspace())
        if stored is None:
            raise RequestError(f"there is no plan {body.plan[:100]}", status=422, param="plan", code="not_found")
        plan = TunePlan.model_validate(stored.plan)
        _check_ceiling(plan, Decimal(body.spend_up_to_usd))
        if plan.back_end == "export":
            raise RequestError("an export is trained elsewhere", status=422, code="cannot_be_started")
        if plan.base_url is not None:
            _check_base_url(plan.base_url)
        path = data.path / "plan.yaml"  # names in a plan are absolute: nothing is looked for beside it
        try:
            if plan.back_end == "openai_api":
                from advisor.tuning.hosted import HostedTrainer
                from advisor.tuning_rules import load_tuning_rules

                # That a key is missing is said before anything is kept.
                HostedTrainer(load_tuning_rules().hosts.at(plan.base_url), plan.base_url, plan.run)
            with runs.as_read_by_the_service(runs.checked_data(plan, path), plan) as rows:
                inside = current().via == "local"
                job = runs.begin(store, data, plan, rows, workspace=workspace(), public_host_only=not inside)
        except InputError as error:
            raise RequestError(f"{error.problem}. {error.what_to_do}", status=422, code="cannot_be_started") from None
        store.audit.add(deed(), "job.start", job.id)
        resources.runner.wake()
        return answer(_shown_job(job), 201, location=f"/api/v1/tuning-jobs/{job.id}")

    @blueprint.get("/tuning-jobs")
    def list_jobs() -> Response:
        asked.refuse_unknown("cursor", "limit")
        page = asked.page_of(lambda at: store.jobs.page(after=at.after, limit=at.limit, workspace=workspace()))
        return answer_page(page, _shown_job, lambda job: job.id)

    @blueprint.get("/tuning-jobs/<id>")
    def retrieve_job(id: str) -> Response:
        asked.refuse_unknown()
        return answer(_shown_job(_found_job(id)))

    @blueprint.post("/tuning-jobs/<id>/cancel")
    def cancel(id: str) -> Response:
        asked.refuse_unknown()
        job = _found_job(id)
        if not job_orders.cancel(store, job):
            raise RequestError(f"the job is {job.status}", status=409, code="invalid_status")
        store.audit.add(deed(), "job.cancel", id)
        return answer(_shown_job(_found_job(id)))

    def _found_plan(id: str) -> StoredPlan:
        plan = store.plans.find(id, workspace())
        if plan is None:
            raise missing("plan", id)
        return plan

    def _found_job(id: str) -> Job:
        job = store.jobs.find(id, workspace())
        if job is None:
            raise missing("job", id)
        return job

    def _shown_plan(stored: StoredPlan) -> dict[str, Any]:
        file = store.files.find(stored.file_id, workspace())
        named = {**stored.plan["data"], "file": file.filename if file else stored.file_id}  # not where it lies here
        return {
            "id": stored.id,
            "created_at": stored.created_at,
            "data_set": stored.file_id,
            "run": TunePlan.model_validate(stored.plan).run,
            "plan": {**stored.plan, "data": named},
        }

    return blueprint


def _check_base_url(url: str) -> None:
    # Who is at this machine may ask any host it reaches, as on the command line.
    if current().via == "local":
        return
    try:
        check_outgoing(url, allowed_hosts())
    except InputError as error:
        raise RequestError(
            f"{error.problem}. {error.what_to_do}", status=422, param="base_url", code="host_not_allowed"
        ) from None


def _check_ceiling(plan: TunePlan, most: Decimal) -> None:
    ceilings = [most, *([plan.spend_up_to_usd] if plan.spend_up_to_usd is not None else ())]
    if plan.cost and plan.cost.p90 > min(ceilings):
        raise RequestError(
            f"the run could cost ${plan.cost.p90}, above the ceiling of ${min(ceilings)}",
            status=422,
            param="spend_up_to_usd",
            code="above_ceiling",
        )


def _shown_job(job: Job) -> dict[str, Any]:
    return {**job_object(job), "run": runs.name_of(job)}
