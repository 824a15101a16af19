"""Proofs on the user's own data: the list, and each as the page that it makes of itself."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from advisor.errors import InputError, RequestError
from advisor.evaluation.proof import read_proof
from advisor.evaluation.proof_list import proof_folder, proofs_in
from advisor.report.proof_page import proof_page
from advisor.report.visible_text import on_one_line
from advisor.service.pages.page import own_page, page
from advisor.service.principal import workspace
from advisor.service.resources import Resources
from advisor.store.tables import DEFAULT_WORKSPACE

_STATES: Final = {
    "worth_it": "Training is worth it",
    "not_worth_it": "Training is not worth it",
    "not_shown_yet": "Not shown yet",
}


def add_proofs(pages: Blueprint, resources: Resources) -> None:
    """The routes of proofs. They are run on the command line, in the default workspace."""
    data = resources.data.path

    @pages.get("/proofs")
    def list_proofs() -> Response:
        found = proofs_in(data) if workspace() == DEFAULT_WORKSPACE else ()
        rows = [(proof, _STATES.get(proof.state, proof.state), on_one_line(proof.title)) for proof in found]
        return page("proofs", proofs=rows)

    @pages.get("/proofs/<name>")
    def show(name: str) -> Response:
        if workspace() != DEFAULT_WORKSPACE:
            raise RequestError("there is no such proof here", status=404, code="not_found")
        try:
            folder = proof_folder(name, data)
        except InputError:
            raise RequestError("there is no such proof here", status=404, code="not_found") from None
        return own_page(proof_page(read_proof(folder)))
