"""Files that clients upload, keep and remove: the routes that data sets and documents share."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from advisor.errors import RequestError
from advisor.service.files import keep_upload
from advisor.service.json_api import asked
from advisor.service.json_api.repeated import once
from advisor.service.json_api.replies import answer, answer_page, missing
from advisor.service.principal import deed, workspace
from advisor.service.resources import Resources
from advisor.store.files import StoredFile


class Kind(NamedTuple):
    """A kind of files: its name in sentences, where it is found below /api/v1, and the purpose it is kept for."""

    name: str
    place: str
    purpose: str


def uploads_blueprint(resources: Resources, kind: Kind, max_file_bytes: int) -> Blueprint:
    """The routes of one kind of files."""
    blueprint = Blueprint(kind.place, __name__, url_prefix=f"/{kind.place}")
    store, data, action = resources.store, resources.data, kind.name.replace(" ", "_")

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
        kept = keep_upload(resources, upload.stream, upload.filename or "file", kind.purpose, max_file_bytes)
        store.audit.add(deed(), f"{action}.create", kept.id)
        return answer(_shown(kept), 201, location=f"/api/v1/{kind.place}/{kept.id}", etag=kept.sha256)

    @blueprint.get("")
    def list_all() -> Response:
        asked.refuse_unknown("cursor", "limit")
        page = asked.page_of(
            lambda at: store.files.page(after=at.after, limit=at.limit, purpose=kind.purpose, workspace=workspace())
        )
        return answer_page(page, _shown, lambda file: file.id)

    @blueprint.get("/<id>")
    def retrieve(id: str) -> Response:
        asked.refuse_unknown()
        file = uploaded(resources, kind, id)
        return answer(_shown(file), etag=file.sha256)

    @blueprint.delete("/<id>")
    def remove(id: str) -> Response:
        asked.refuse_unknown()
        file = uploaded(resources, kind, id)
        job = store.jobs.using(file.id)
        if job:
            raise RequestError(f"the job {job} still needs this {kind.name}", status=409, code="in_use")
        store.files.remove(file.id)
        data.file(file.id).unlink(missing_ok=True)
        store.audit.add(deed(), f"{action}.remove", file.id)
        return Response(status=204)

    return blueprint


def uploaded(resources: Resources, kind: Kind, id: str) -> StoredFile:
    """A file of the workspace. Raises RequestError where there is none of that kind."""
    file = resources.store.files.find(id, workspace())
    if file is None or file.purpose != kind.purpose:
        raise missing(kind.name, id)
    return file


def _shown(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "filename": file.filename,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "created_at": file.created_at,
    }
