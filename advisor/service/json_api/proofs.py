"""/api/v1/proofs and /audit: proofs are asked for, planned, run, watched and cancelled; and who did what."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, Response
from pydantic import TypeAdapter

from advisor.case import Case
from advisor.case_text import checked_case, stored_case
from advisor.errors import FieldFault, RequestError
from advisor.service import proof_start
from advisor.service.json_api import asked
from advisor.service.json_api.bodies import ProofBody, ProofStartBody
from advisor.service.json_api.repeated import once
from advisor.service.json_api.replies import answer, answer_page, answer_text, missing
from advisor.service.knowledge import Knowledge
from advisor.service.outgoing_host import wrong
from advisor.service.principal import workspace
from advisor.service.proof_start import AskedProof
from advisor.service.proof_views import ShownProof, proofs_of, result_text, shown_folder
from advisor.service.resources import Resources
from advisor.store.page import Page, UnknownCursor
from advisor.store.proof_runs import ProofRun
from advisor.strict_yaml import Document

_PROOF: Final = TypeAdapter(ProofBody)
_START: Final = TypeAdapter(ProofStartBody)
_TRUTH: Final = {"true": True, "false": False}


def proofs_blueprint(resources: Resources, knowledge: Knowledge) -> Blueprint:
    """The routes of proofs and of the audit log."""
    blueprint = Blueprint("proofs", __name__)
    store = resources.store

    @blueprint.post("/proofs")
    @once(store.idempotency)
    def create() -> Response:
        asked.refuse_unknown("dry_run")
        only_plan = _TRUTH.get(asked.text("dry_run") or "false")
        if only_plan is None:
            raise RequestError("dry_run must be true or false", param="dry_run", code="invalid_parameter")
        body = asked.body(_PROOF)
        run = proof_start.begin(resources, _asked(body, only_plan=only_plan))
        return answer(_shown_run(run), 202, location=f"/api/v1/proofs/{run.id}")

    def _asked(body: ProofBody, *, only_plan: bool) -> AskedProof:
        return AskedProof(
            _case(body),
            body.case_id,
            body.data_set,
            Decimal(body.spend_up_to_usd),
            only_plan,
            body.test_set,
            tuple(body.documents),
            tuple(body.arms),
            body.model,
            body.base_url,
            tuple(body.compare),
            tuple(body.tuned),
            body.kind,
            body.seed,
            body.probes,
            body.as_of,
        )

    def _case(body: ProofBody) -> Case:
        questions = knowledge.rulebook.questions
        if (body.case is None) == (body.case_id is None):
            raise wrong("case", "give the case itself, or the id of one that is kept", "one_case")
        if body.case is not None:
            try:
                return checked_case(Document("case", body.case, {}), questions)
            except RequestError as error:
                inside = [FieldFault(f"/case{fault.pointer}", fault.detail) for fault in error.fields]
                raise RequestError(str(error), status=422, code=error.code, fields=inside) from None
        assert body.case_id is not None, "one of both is given"
        kept = store.cases.find(body.case_id, workspace())
        version = store.cases.version(body.case_id, kept.version, workspace()) if kept else None
        if version is None:
            raise wrong("case_id", f"there is no case {body.case_id[:100]}", "not_found")
        return stored_case(version.text, questions)

    @blueprint.get("/proofs")
    def list_proofs() -> Response:
        asked.refuse_unknown("cursor", "limit")
        found = proofs_of(resources)

        def read(at: asked.Cursor) -> Page[ShownProof]:
            ids = [one.id for one in found]
            if at.after is not None and at.after not in ids:
                raise UnknownCursor(at.after)
            start = ids.index(at.after) + 1 if at.after else 0
            return Page(tuple(found[start : start + at.limit]), start + at.limit < len(found))

        return answer_page(asked.page_of(read), lambda one: one._asdict(), lambda one: one.id)

    @blueprint.get("/proofs/<id>")
    def retrieve(id: str) -> Response:
        asked.refuse_unknown()
        run = store.proofs.find(id, workspace())
        return answer(_shown_run(run) if run else _of_folder(id))

    @blueprint.get("/proofs/<id>/events")
    def events(id: str) -> Response:
        asked.refuse_unknown("cursor", "limit")
        proof_start.proof_named(resources, id)
        page = asked.page_of(lambda at: store.proofs.events(id, after=at.after, limit=at.limit))
        return answer_page(
            page,
            lambda event: {name: value for name, value in event._asdict().items() if name != "proof_id"},
            lambda event: event.id,
        )

    @blueprint.get("/proofs/<id>/result")
    def result(id: str) -> Response:
        asked.refuse_unknown()
        return answer_text(result_text(resources, id))

    @blueprint.post("/proofs/<id>/start")
    @once(store.idempotency)
    def start(id: str) -> Response:
        asked.refuse_unknown()
        body = asked.body(_START)
        run = proof_start.proof_named(resources, id)
        return answer(_shown_run(proof_start.go_on(resources, run, Decimal(body.spend_up_to_usd))), 202)

    @blueprint.post("/proofs/<id>/cancel")
    def cancel(id: str) -> Response:
        asked.refuse_unknown()
        return answer(_shown_run(proof_start.cancel(resources, proof_start.proof_named(resources, id))))

    def _of_folder(id: str) -> dict[str, Any]:
        try:
            one = shown_folder(resources, id)
        except RequestError:
            raise missing("proof", id) from None
        said = {"answer": one.verdict, "best_arm": one.best_arm, "is_partial": one.is_partial}
        nothing = dict.fromkeys(("case_id", "plan", "progress", "error", "finished_at", "spent_usd", "spend_up_to_usd"))
        return {
            "id": one.id,
            "created_at": one.created_at,
            "created_by": one.by,
            "title": one.title,
            "status": one.status,
            "verdict": {**said, "why": None, "next_step": None} if one.verdict else None,
            **nothing,
        }

    @blueprint.get("/audit")
    def audit() -> Response:
        asked.refuse_unknown("cursor", "limit")
        page = asked.page_of(lambda at: store.audit.page(workspace(), after=at.after, limit=at.limit))
        return answer_page(page, lambda entry: entry._asdict(), lambda entry: entry.id)

    return blueprint


def _shown_run(run: ProofRun) -> dict[str, Any]:
    verdict = run.verdict
    told = ("answer", "best_arm", "is_partial", "why", "next_step")
    return {
        "id": run.id,
        "created_at": run.created_at,
        "created_by": run.actor,
        "case_id": run.case_id,
        "title": run.title,
        "status": run.status,
        "plan": run.plan,
        "progress": run.progress,
        "spent_usd": run.spent_usd,
        "spend_up_to_usd": run.order["spend_up_to_usd"],
        "verdict": {name: verdict.get(name) for name in told} if verdict else None,
        "error": run.error,
        "finished_at": run.finished_at,
    }
