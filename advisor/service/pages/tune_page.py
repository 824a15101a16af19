"""Tuning from a case's page: choose the rows, read the plan with its price and where data go, then begin."""

from __future__ import annotations

from typing import Final, cast, get_args

from flask import Blueprint, Response, request

from advisor.errors import RequestError
from advisor.service.knowledge import Knowledge
from advisor.service.outgoing_host import wrong
from advisor.service.pages.page import page, see
from advisor.service.pages.stored_cases import StoredCases
from advisor.service.pages.uploads import discard_uploads
from advisor.service.pages.work_form import choices, data_set_given, faults_of, text_given, usd_given
from advisor.service.principal import workspace
from advisor.service.resources import Resources
from advisor.service.tuning_start import AskedPlan, plan_named, plan_run, start_run
from advisor.store.plans import StoredPlan
from advisor.tuning.plan import BackEnd

_FIELDS: Final = ("data_set", "back_end", "model", "base_url", "spend_up_to_usd")
_ADVISED: Final = "advised"  # as the recommendation says
_BACK_ENDS: Final = {
    "linear": "A linear head, on this machine: seconds, and what a tuned model has to beat",
    "lora": "LoRA, on this machine: minutes to hours; nothing leaves it",
    "openai_api": "At a host with an OpenAI-compatible API: every example is sent to it",
}


def add_tuning(pages: Blueprint, cases: StoredCases, knowledge: Knowledge, resources: Resources) -> None:
    """The routes from a case to a tuning job."""
    store = resources.store

    @pages.get("/cases/<id>/tune")
    def choose_rows(id: str) -> Response:
        return _form(id, {})

    @pages.post("/cases/<id>/tune")
    def plan_tuning(id: str) -> Response:
        opened = cases.open(id)
        try:
            data_set = data_set_given(resources)
            assert data_set is not None, "a data set is needed"
            asked = AskedPlan(
                opened.case,
                data_set,
                _back_end(),
                text_given("base_url"),
                text_given("model"),
                most_usd=usd_given(),
            )
            stored = plan_run(resources, knowledge, asked)
        except RequestError as error:
            return _form(id, faults_of(error, _FIELDS))
        finally:
            discard_uploads()
        return see(f"/plans/{stored.id}?case={opened.id}")

    @pages.get("/plans/<id>")
    def read_plan(id: str) -> Response:
        return _plan(_found(id), {})

    @pages.post("/plans/<id>")
    def begin_tuning(id: str) -> Response:
        stored = _found(id)
        try:
            job = start_run(resources, stored, usd_given())
        except RequestError as error:
            return _plan(stored, faults_of(error, ("spend_up_to_usd",)))
        return see(f"/jobs/{job.id}")

    def _form(id: str, faults: dict[str, str]) -> Response:
        found = choices(resources)
        return page(
            "tune", 400 if faults else 200, case=cases.open(id), faults=faults, choices=found, back_ends=_BACK_ENDS
        )

    def _plan(stored: StoredPlan, faults: dict[str, str]) -> Response:
        case_id = request.args.get("case", "")
        plan = plan_named(resources, stored)
        return page(
            "plan",
            400 if faults else 200,
            plan=plan,
            stored=stored,
            faults=faults,
            case_id=case_id if cases.has(case_id) else None,
            given=request.form.get("spend_up_to_usd", str(plan.spend_up_to_usd or 0)),
            what=_BACK_ENDS.get(plan.back_end, plan.back_end),
        )

    def _found(id: str) -> StoredPlan:
        stored = store.plans.find(id, workspace())
        if stored is None:
            raise RequestError("there is no such plan here", status=404, code="not_found")
        return stored


def _back_end() -> BackEnd | None:
    given = request.form.get("back_end", _ADVISED)
    if given not in (*get_args(BackEnd), _ADVISED):
        raise wrong("back_end", "Choose where and how it is trained", "unknown")
    return None if given == _ADVISED else cast(BackEnd, given)
