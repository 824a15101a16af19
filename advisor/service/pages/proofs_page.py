"""Proofs on the user's own data: the list, one to read its plan, start, watch and cancel, and its result as a page."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

from advisor.errors import RequestError
from advisor.evaluation.proof import read_proof
from advisor.evaluation.proof_order import ProofPlan
from advisor.report.proof_page import proof_page
from advisor.report.visible_text import on_one_line
from advisor.service import proof_start
from advisor.service.pages.page import own_page, page, see
from advisor.service.pages.stored_cases import StoredCases
from advisor.service.pages.work_form import faults_of, usd_given
from advisor.service.principal import workspace
from advisor.service.proof_views import folder_of, proofs_of, shown_folder
from advisor.service.resources import Resources
from advisor.store.proof_runs import PLANNED, SUCCEEDED, WORKED_ON, ProofRun

VERDICTS: Final = {
    "worth_it": "Training is worth it",
    "not_worth_it": "Training is not worth it",
    "not_shown_yet": "Not shown yet",
}
_EVENTS: Final = 50


def add_proofs(pages: Blueprint, cases: StoredCases, resources: Resources) -> None:
    """The routes of proofs."""
    store = resources.store

    @pages.get("/proofs")
    def list_proofs() -> Response:
        found = proofs_of(resources)
        rows = [(one, VERDICTS.get(one.verdict or "", one.status), on_one_line(one.title)) for one in found]
        return page("proofs", proofs=rows)

    @pages.get("/proofs/<id>")
    def watch_proof(id: str) -> Response:
        run = store.proofs.find(id, workspace())
        return _watched(run, {}) if run else _of_folder(id)

    @pages.post("/proofs/<id>")
    def order_proof(id: str) -> Response:
        run, name = proof_start.proof_named(resources, id), request.form.get("order", "")
        if name == "cancel":
            proof_start.cancel(resources, run)
        elif name == "start":
            try:
                proof_start.go_on(resources, run, usd_given())
            except RequestError as error:
                return _watched(run, faults_of(error, ("spend_up_to_usd",)))
        else:
            raise RequestError("this is no order for a proof", code="invalid_order")
        return see(f"/proofs/{id}")

    @pages.get("/proofs/<id>/result")
    def proof_result(id: str) -> Response:
        return own_page(proof_page(read_proof(folder_of(resources, id))))

    def _watched(run: ProofRun, faults: dict[str, str]) -> Response:
        case_id = run.case_id
        return page(
            "proof",
            400 if faults else 200,
            run=run,
            title=on_one_line(run.title) or run.id,
            heading=VERDICTS.get((run.verdict or {}).get("answer", ""), run.status),
            plan=ProofPlan.model_validate(run.plan) if run.plan else None,
            under_way=run.status in WORKED_ON,
            waits=run.status == PLANNED,
            done=run.status == SUCCEEDED,
            faults=faults,
            given=request.form.get("spend_up_to_usd", run.order["spend_up_to_usd"]),
            events=store.proofs.events(run.id, limit=_EVENTS).items,
            case_id=case_id if case_id and cases.has(case_id) else None,
            ballots=store.ballots.of_proof(run.id, workspace()),
        )

    def _of_folder(id: str) -> Response:
        found = shown_folder(resources, id)
        return page(
            "proof_of_folder",
            proof=found,
            title=on_one_line(found.title) or found.id,
            heading=VERDICTS.get(found.verdict or "", found.status),
            ballots=store.ballots.of_proof(id, workspace()),
        )
