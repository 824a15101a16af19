"""/v1/files: uploaded to the disk as they come in, kept whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import IO, Any, Final

from flask import Blueprint, Request, Response, request, send_file

from advisor.errors import RequestError
from advisor.service.object_id import new_id
from advisor.service.principal import workspace
from advisor.service.request_body import list_query
from advisor.service.resources import Resources
from advisor.store.files import StoredFile
from advisor.store.page import UnknownCursor

PURPOSES: Final = ("fine-tune", "user_data")
MAX_FILE_BYTES: Final = 512 << 20  # as OpenAI's for training files
_BLOCK_BYTES: Final = 1 << 20


def upload_request(folder: Path) -> type[Request]:
    """The class of requests whose uploaded files are written to `folder` while they are read."""

    class UploadRequest(Request):
        def _get_file_stream(self, *sizes_and_names: Any, **more: Any) -> IO[bytes]:  # noqa: ARG002 - as werkzeug's
            return (folder / new_id("upload-")).open("w+b")

    return UploadRequest


def files_blueprint(resources: Resources, max_file_bytes: int = MAX_FILE_BYTES) -> Blueprint:
    """The routes of files."""
    blueprint = Blueprint("files", __name__)
    store, data = resources.store, resources.data

    @blueprint.post("/files")
    def create() -> Response:
        if request.mimetype != "multipart/form-data":
            raise RequestError("a file is sent as multipart/form-data", status=415)
        uploads = [(name, upload) for name, upload in request.files.items(multi=True)]
        try:
            for name in {*request.form, *request.files} - {"file", "purpose"}:
                raise RequestError(f"{name} is not supported here", param=name, code="unsupported_parameter")
            if [name for name, _ in uploads] != ["file"]:
                raise RequestError("send one file", param="file", code="missing_required_parameter")
            purpose = request.form.get("purpose", "")
            if purpose not in PURPOSES:
                raise RequestError(
                    f"{purpose!r} is no purpose that files are kept for here; use {' or '.join(PURPOSES)}",
                    param="purpose",
                    code="invalid_value",
                )
            upload = uploads[0][1]
            stored = keep_upload(resources, upload.stream, upload.filename or "file", purpose, max_file_bytes)
        finally:
            for _, upload in uploads:
                upload.close()
                Path(upload.stream.name).unlink(missing_ok=True)
        return _json(file_object(stored))

    @blueprint.get("/files")
    def list_files() -> Response:
        query = list_query("order", "purpose", default=10_000, most=10_000)
        order = request.args.get("order", "desc")
        if order not in ("asc", "desc"):
            raise RequestError("order must be asc or desc", param="order", code="invalid_value")
        try:
            page = store.files.page(
                after=query.after,
                limit=query.limit,
                purpose=request.args.get("purpose"),
                oldest_first=order == "asc",
                workspace=workspace(),
            )
        except UnknownCursor:
            raise RequestError("after names no file", param="after", code="invalid_value") from None
        return _json({"data": [file_object(file) for file in page.items], "has_more": page.has_more})

    @blueprint.get("/files/<id>")
    def retrieve(id: str) -> Response:
        return _json(file_object(_found(id)))

    @blueprint.get("/files/<id>/content")
    def content(id: str) -> Response:
        file = _found(id)
        return send_file(
            data.file(file.id), "application/octet-stream", as_attachment=True, download_name=file.filename
        )

    @blueprint.delete("/files/<id>")
    def delete(id: str) -> Response:
        file = _found(id)
        job = store.jobs.using(file.id)
        if job:
            raise RequestError(f"the job {job} still needs this file", status=409, code="file_in_use")
        store.files.remove(file.id)
        data.file(file.id).unlink(missing_ok=True)
        return _json({"id": file.id, "object": "file", "deleted": True})

    def _found(id: str) -> StoredFile:
        file = store.files.find(id, workspace())
        if file is None:
            raise RequestError(f"No such File object: {id}", status=404, param="id")
        return file

    return blueprint


def keep_upload(
    resources: Resources, stream: IO[bytes], filename: str, purpose: str, max_file_bytes: int
) -> StoredFile:
    """Keep a file that came in, in the workspace of who asks. Raises RequestError: empty, or too large."""
    size = stream.seek(0, os.SEEK_END)
    if size > max_file_bytes:
        raise RequestError(f"the file has {size} bytes; at most {max_file_bytes} are taken", status=413, param="file")
    if not size:
        raise RequestError("the file is empty", param="file", code="empty_file")
    stream.seek(0)
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
    stream.flush()
    os.fsync(stream.fileno())
    id = new_id("file-")
    # The bytes are in place before anything speaks of them.
    Path(stream.name).replace(resources.data.file(id))
    stored = StoredFile(id, size, int(time.time()), filename, purpose, digest.hexdigest(), workspace())
    resources.store.files.add(stored)
    return stored


def file_object(file: StoredFile) -> dict[str, Any]:
    """A file as OpenAI writes it."""
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.bytes,
        "created_at": file.created_at,
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "processed",
        "expires_at": None,
        "status_details": None,
    }


def _json(value: Any) -> Response:
    return Response(json.dumps(value), mimetype="application/json")
