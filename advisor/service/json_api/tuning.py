"""/api/v1/tuning-plans and /tuning-jobs: what would be trained at what price, and the runs of such plans."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, Response
from pydantic import TypeAdapter

from advisor.case_text import checked_case
from advisor.errors import RequestError
from advisor.service.job_objects import job_object
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import JobBody, PlanBody
from advisor.service.json_api.repeated import once
from advisor.service.json_api.replies import answer, answer_page, missing
from advisor.service.knowledge import Knowledge
from advisor.service.outgoing_host import wrong
from advisor.service.principal import deed, workspace
from advisor.service.resources import Resources
from advisor.service.tuning_start import AskedPlan, plan_named, plan_run, start_run
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
    store = resources.store

    @blueprint.post("/tuning-plans")
    @once(store.idempotency)
    def create_plan() -> Response:
        asked.refuse_unknown()
        body = asked.body(_PLAN)
        case = checked_case(Document("case", body.case, {}), knowledge.rulebook.questions)
        most = Decimal(body.spend_up_to_usd) if body.spend_up_to_usd is not None else None
        wanted = AskedPlan(
            case,
            body.data_set,
            body.back_end,
            body.base_url,
            body.model,
            body.gpu,
            body.seed,
            body.suffix,
            most,
            body.as_of,
        )
        stored = plan_run(resources, knowledge, wanted)
        return answer(_shown_plan(stored), 201, location=f"/api/v1/tuning-plans/{stored.id}", etag=stored.id)

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
            raise wrong("plan", f"there is no plan {body.plan[:100]}", "not_found")
        job = start_run(resources, stored, Decimal(body.spend_up_to_usd))
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
        plan = plan_named(resources, stored)
        return {
            "id": stored.id,
            "created_at": stored.created_at,
            "data_set": stored.file_id,
            "run": TunePlan.model_validate(stored.plan).run,
            "plan": plan.model_dump(mode="json", by_alias=True),
        }

    return blueprint


def _shown_job(job: Job) -> dict[str, Any]:
    return {**job_object(job), "run": runs.name_of(job)}
