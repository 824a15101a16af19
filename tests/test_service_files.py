"""Files of the service: kept whole, listed in pages, refused with words."""

from __future__ import annotations

import errno
import http.client
import io
import json
import socket

import openai
import pytest

from advisor.service.application import create_app
from tests.chat_files import chat, jsonl
from tests.live_service import Live

pytestmark = pytest.mark.slow  # a real service, over HTTP


def test_content_is_what_was_sent(live: Live) -> None:
    """Every byte comes back, whatever it is, and the name with it."""
    sent = bytes(range(256)) * 5_000
    file = live.client.files.create(file=("Prüfung 1.bin", sent), purpose="user_data")
    assert (file.bytes, file.filename, file.status) == (len(sent), "Prüfung 1.bin", "processed")
    assert live.client.files.content(file.id).content == sent
    assert live.client.files.retrieve(file.id) == file


def test_delete(live: Live) -> None:
    """A deleted file is gone from the list and from the disk."""
    id = live.upload([chat("a", "b")])
    assert live.client.files.delete(id).deleted
    assert not live.resources.data.file(id).exists()
    for call in (live.client.files.retrieve, live.client.files.content, live.client.files.delete):
        with pytest.raises(openai.NotFoundError, match="No such File"):
            call(id)


def test_pages(live: Live) -> None:
    """Pages of any size give every file once, in either order."""
    new = [live.client.files.create(file=("x", b"x"), purpose="user_data").id for _ in range(5)]
    listed = [file.id for file in live.client.files.list(purpose="user_data", limit=2)]
    assert listed[:5] == new[::-1]
    assert [file.id for file in live.client.files.list(purpose="user_data", limit=3, order="asc")] == listed[::-1]
    page = live.client.files.list(purpose="user_data", limit=2)
    assert page.has_more and len(page.data) == 2
    with pytest.raises(openai.BadRequestError, match="after names no file"):
        live.client.files.list(after="file-missing")
    with pytest.raises(openai.BadRequestError, match="limit must be"):
        live.client.files.list(limit=0)


def test_refused_uploads_leave_nothing(live: Live) -> None:
    """An upload that is refused says why, and its bytes are not kept."""
    create = live.client.files.create
    before = sorted(live.resources.data.files.iterdir())
    with pytest.raises(openai.BadRequestError, match="is no purpose that files are kept for"):
        create(file=("x.jsonl", b"{}"), purpose="batch")
    with pytest.raises(openai.BadRequestError, match="the file is empty"):
        create(file=("x.jsonl", b""), purpose="fine-tune")
    with pytest.raises(openai.BadRequestError, match="expires_after"):
        create(file=("x", b"x"), purpose="fine-tune", expires_after={"anchor": "created_at", "seconds": 3600})
    assert sorted(live.resources.data.files.iterdir()) == before
    assert not list(live.resources.data.uploads.iterdir())


def test_too_large(live: Live) -> None:
    """A file over the limit is refused with 413, before and after the whole body is looked at."""
    client = create_app(live.resources, max_file_bytes=1_000).test_client()
    for said in ({}, {"CONTENT_LENGTH": "3000000"}):
        form = {"purpose": "fine-tune", "file": (io.BytesIO(b"x" * 1_001), "x.jsonl")}
        reply = client.post("/v1/files", data=form, environ_overrides=said)
        assert reply.status_code == 413, reply.text
        assert reply.json and reply.json["error"]["message"]
    assert not list(live.resources.data.uploads.iterdir())


def test_connection_that_breaks(live: Live) -> None:
    """An upload that is cut off in the middle leaves nothing, and the next one works."""
    files = live.resources.data.path
    before = sorted(files.glob("files/*"))
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", int(live.url.rpartition(":")[2]))) as connection:
            head = "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            connection.sendall(f"{head}Content-Length: 1000000\r\n\r\n--b\r\n".encode() + b"x" * 400_000)
    assert live.client.files.retrieve(live.upload([chat("a", "b")])).status == "processed"
    assert len(sorted(files.glob("files/*"))) == len(before) + 1
    assert not list(files.glob("uploads/*"))


def test_full_disk(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an upload does not fit, the client is told, and nothing is half there."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    client = create_app(live.resources).test_client()
    monkeypatch.setattr("advisor.service.files.os.fsync", full)
    before = sorted(live.resources.data.files.iterdir())
    form = {"purpose": "fine-tune", "file": (io.BytesIO(b"x"), "x.jsonl")}
    reply = client.post("/v1/files", data=form)
    assert reply.status_code == 507
    assert reply.json and reply.json["error"]["code"] == "disk_full"
    assert sorted(live.resources.data.files.iterdir()) == before
    assert not list(live.resources.data.uploads.iterdir())


def test_file_in_use(live: Live) -> None:
    """A file that an unfinished job needs is not deleted."""
    id = live.upload([chat(f"{number}", "x") for number in range(40)])
    slow = {"type": "supervised", "supervised": {"hyperparameters": {"learning_rate_multiplier": 0.05}}}
    job = live.client.fine_tuning.jobs.create(training_file=id, model="advisor-linear", method=slow)  # type: ignore[arg-type]
    with pytest.raises(openai.ConflictError, match=job.id):
        live.client.files.delete(id)
    live.client.fine_tuning.jobs.cancel(job.id)
    assert live.client.files.delete(id).deleted


def test_form_in_any_order_without_the_sdk(live: Live) -> None:
    """The purpose may come after the file, as curl sends it when asked to."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.jsonl"\r\n\r\n'
        + jsonl([chat("a", "b")])
        + b'\r\n--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n--b--\r\n'
    )
    connection = http.client.HTTPConnection(live.url.removeprefix("http://"))
    connection.request("POST", "/v1/files", body, {"Content-Type": "multipart/form-data; boundary=b"})
    reply = json.loads(connection.getresponse().read())
    connection.close()
    assert (reply["purpose"], reply["bytes"]) == ("fine-tune", len(jsonl([chat("a", "b")])))
