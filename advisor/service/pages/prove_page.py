"""A proof from a case's page: choose the rows and what may be asked; the plan is read before anything is paid."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

from advisor.errors import RequestError
from advisor.service.pages.page import page, see
from advisor.service.pages.stored_cases import StoredCases
from advisor.service.pages.uploads import discard_uploads
from advisor.service.pages.work_form import (
    choices,
    data_set_given,
    documents_given,
    faults_of,
    text_given,
    usd_given,
)
from advisor.service.proof_start import AskedProof, begin
from advisor.service.resources import Resources

_FIELDS: Final = ("data_set", "test_set", "documents", "arms", "model", "base_url", "spend_up_to_usd")
_ARMS: Final = {
    "zero_shot": "The language model with the question alone",
    "few_shot": "The language model with examples",
    "rag": "The documents: quoted, or given to the language model",
    "retrieval": "The vote of the nearest training rows; no language model",
    "linear": "A linear head on the words; no language model",
    "linear_embeddings": "A linear head on the meaning of the text; no language model",
}


def add_proving(pages: Blueprint, cases: StoredCases, resources: Resources) -> None:
    """The routes from a case to a proof."""

    @pages.get("/cases/<id>/prove")
    def choose_proof(id: str) -> Response:
        return _form(id, {})

    @pages.post("/cases/<id>/prove")
    def plan_proof(id: str) -> Response:
        opened = cases.open(id)
        try:
            most_usd = usd_given()  # before a file is kept
            data_set = data_set_given(resources)
            assert data_set is not None, "a data set is needed"
            asked = AskedProof(
                opened.case,
                opened.id,
                data_set,
                most_usd,
                only_plan=True,
                test_set=data_set_given(resources, "test_set", needed=False),
                documents=documents_given(resources),
                arms=tuple(request.form.getlist("arms")),
                model=text_given("model"),
                base_url=text_given("base_url"),
            )
            run = begin(resources, asked)
        except RequestError as error:
            return _form(id, faults_of(error, _FIELDS))
        finally:
            discard_uploads()
        return see(f"/proofs/{run.id}")

    def _form(id: str, faults: dict[str, str]) -> Response:
        opened = cases.open(id)
        earlier = resources.store.proofs.newest(opened.stored.workspace, limit=20, case_id=id)
        return page(
            "prove",
            400 if faults else 200,
            case=opened,
            faults=faults,
            choices=choices(resources),
            arms=_ARMS,
            earlier=earlier,
        )
