"""/api/v1/proofs and /audit: what was proved, and who did what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response

from advisor.errors import InputError, RequestError
from advisor.evaluation.proof import PROOF
from advisor.evaluation.proof_list import ListedProof, proof_folder, proofs_in
from advisor.files import read_text
from advisor.service.json_api import asked
from advisor.service.json_api.replies import answer_page, answer_text, missing
from advisor.service.principal import workspace
from advisor.service.resources import Resources
from advisor.store.page import Page
from advisor.store.tables import DEFAULT_WORKSPACE


def proofs_blueprint(resources: Resources) -> Blueprint:
    """The routes of proofs and of the audit log. Proofs are run on the command line, in the default workspace."""
    blueprint = Blueprint("proofs", __name__)
    store, path = resources.store, resources.data.path

    @blueprint.get("/proofs")
    def list_proofs() -> Response:
        asked.refuse_unknown("cursor", "limit")
        found = proofs_in(path) if workspace() == DEFAULT_WORKSPACE else ()
        at = asked.cursor()
        names = [one.name for one in found]
        if at.after is not None and at.after not in names:
            raise RequestError("the cursor names nothing in this list", param="cursor", code="invalid_parameter")
        start = names.index(at.after) + 1 if at.after else 0
        page = Page(tuple(found[start : start + at.limit]), start + at.limit < len(found))
        return answer_page(page, _shown, lambda proof: proof.name)

    @blueprint.get("/proofs/<name>")
    def retrieve(name: str) -> Response:
        asked.refuse_unknown()
        return answer_text(read_text(_folder(name) / PROOF))

    def _folder(name: str) -> Path:
        try:
            if workspace() != DEFAULT_WORKSPACE:
                raise missing("proof", name)
            folder = proof_folder(name, path)
        except InputError:
            raise missing("proof", name) from None
        if not (folder / PROOF).is_file():
            raise missing("finished proof", name)
        return folder

    @blueprint.post("/proofs")
    def create() -> Response:
        raise RequestError(
            "proofs are not started over the API yet; use `advisor prove` on the machine of the service",
            status=501,
            code="not_implemented",
        )

    @blueprint.get("/audit")
    def audit() -> Response:
        asked.refuse_unknown("cursor", "limit")
        page = asked.page_of(lambda at: store.audit.page(workspace(), after=at.after, limit=at.limit))
        return answer_page(page, lambda entry: entry._asdict(), lambda entry: entry.id)

    return blueprint


def _shown(proof: ListedProof) -> dict[str, Any]:
    return {**proof._asdict(), "changed": proof.changed.isoformat(timespec="seconds")}
