"""/api/v1/data-sets: files of examples, the same that /v1/files has, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, request

from advisor.data_check import DataRules, check_file
from advisor.data_rules import load_data_rules
from advisor.dataset.finding_rules import PARTS
from advisor.errors import InputError, RequestError
from advisor.files import load_tokenizers
from advisor.report.data_record import data_record
from advisor.service.files import keep_upload
from advisor.service.json_api import asked
from advisor.service.json_api.repeated import once
from advisor.service.json_api.replies import answer, answer_page, missing
from advisor.service.principal import deed, workspace
from advisor.service.resources import Resources
from advisor.store.files import StoredFile

PURPOSE: Final = "fine-tune"
MOST_CHECKED_BYTES: Final = 64 << 20  # more takes longer than a request may
_QUICK: Final = ("structure", "tokens", "duplicates", "personal", "balance")


def data_sets_blueprint(resources: Resources, max_file_bytes: int) -> Blueprint:
    """The routes of data sets."""
    blueprint = Blueprint("data_sets", __name__, url_prefix="/data-sets")
    store, data = resources.store, resources.data

    @blueprint.post("")
    def create() -> Response:
        try:
            return _create()
        finally:
            for upload in request.files.values():
                upload.close()
                Path(upload.stream.name).unlink(missing_ok=True)

    @once(store.idempotency)
    def _create() -> Response:
        asked.refuse_unknown()
        if request.mimetype != "multipart/form-data":
            raise RequestError("a file is sent as multipart/form-data, in the field `file`", status=415)
        if list(request.files) != ["file"] or len(request.files.getlist("file")) != 1 or request.form:
            raise RequestError("send one file in the field `file`, and nothing else", status=422, param="file")
        upload = request.files["file"]
        kept = keep_upload(resources, upload.stream, upload.filename or "file", PURPOSE, max_file_bytes)
        store.audit.add(deed(), "data_set.create", kept.id)
        return answer(_shown(kept), 201, location=f"/api/v1/data-sets/{kept.id}", etag=kept.sha256)

    @blueprint.get("")
    def list_data_sets() -> Response:
        asked.refuse_unknown("cursor", "limit")
        page = asked.page_of(
            lambda at: store.files.page(after=at.after, limit=at.limit, purpose=PURPOSE, workspace=workspace())
        )
        return answer_page(page, _shown, lambda file: file.id)

    @blueprint.get("/<id>")
    def retrieve(id: str) -> Response:
        asked.refuse_unknown()
        file = _found(id)
        return answer(_shown(file), etag=file.sha256)

    @blueprint.delete("/<id>")
    def remove(id: str) -> Response:
        asked.refuse_unknown()
        file = _found(id)
        job = store.jobs.using(file.id)
        if job:
            raise RequestError(f"the job {job} still needs this data set", status=409, code="in_use")
        store.files.remove(file.id)
        data.file(file.id).unlink(missing_ok=True)
        store.audit.add(deed(), "data_set.remove", file.id)
        return Response(status=204)

    @blueprint.get("/<id>/report")
    def report(id: str) -> Response:
        asked.refuse_unknown("only")
        file = _found(id)
        if file.bytes > MOST_CHECKED_BYTES:
            raise RequestError(
                f"the data set has over {MOST_CHECKED_BYTES} bytes; check it with `advisor data check`",
                status=413,
                code="too_large_to_check",
            )
        return answer(_report(data.file(file.id), file.filename, _parts()))

    def _found(id: str) -> StoredFile:
        file = store.files.find(id, workspace())
        if file is None or file.purpose != PURPOSE:
            raise missing("data set", id)
        return file

    return blueprint


def _parts() -> tuple[str, ...]:
    given = asked.text("only")
    parts = tuple(given.split(",")) if given else _QUICK
    if not set(parts) <= set(PARTS):
        raise RequestError(
            f"only must name parts of a check: {', '.join(PARTS)}", param="only", code="invalid_parameter"
        )
    return parts


def _report(path: Path, name: str, parts: tuple[str, ...]) -> dict[str, Any]:
    from advisor.token_tally import TokenTally

    book = load_data_rules()
    rules = DataRules(book.findings, book.enough, book.hosts.of["openai"], host_given=False, phrases=book.phrases)
    tokenizer = load_tokenizers().of("gpt-4o-mini")
    try:
        found = check_file(path, rules, parts=parts, tally=lambda: TokenTally(tokenizer, None), deep=False)
    except InputError as error:
        raise RequestError(f"{error.problem}. {error.what_to_do}", status=422, code="unreadable_data") from None
    return {**data_record(found, book.sources), "file": name}


def _shown(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "filename": file.filename,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "created_at": file.created_at,
    }
