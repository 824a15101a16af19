"""The log, /readyz and traces: what they say, and that nothing that was sent is in them."""

from __future__ import annotations

import http.client
import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.service import log_format
from advisor.service.log_format import LineFormat
from advisor.service.tracing import trace, wanted_exporter
from advisor.store.database import FILE
from advisor.store.revision import newest_revision
from tests.api_client import CASE, PASSWORD, Api, open_api, rows

pytestmark = pytest.mark.slow  # the whole service

PLANTED = ("sk-planted-7Qw9Zx81mNb2", "jane.roe@clinic.example", "Jane-Roe-diagnosis.jsonl", "planted+phrase")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service with accounts."""
    with open_api(tmp_path_factory.mktemp("api")) as found:
        yield found


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the process logs, as JSON; the loggers are as before afterwards."""
    root, ours = logging.getLogger(), logging.getLogger(log_format.OURS)
    before = root.handlers[:], root.level, ours.level
    stream = io.StringIO()
    log_format.set_up_logs("json", stream)
    yield stream
    root.handlers[:], root.level, ours.level = before[0], before[1], before[2]
    root.setLevel(before[1])
    ours.setLevel(before[2])


def record(name: str, message: str, *arguments: object, error: Exception | None = None) -> logging.LogRecord:
    """A record as a logger makes it."""
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, __file__, 1, message, arguments, exc_info)


def test_nothing_that_was_sent_is_logged(api: Api, log: io.StringIO) -> None:
    """Planted secrets and e-mails in bodies, queries, paths, headers and file names; in good and in bad requests."""
    secret, mail, name, phrase = PLANTED
    api.user(mail)
    asker = api.asker()
    asker.ask("POST", f"/api/v1/recommendations?as_of={mail}", json={**CASE, "title": secret})
    asker.ask("POST", "/api/v1/cases", json={**CASE, "client": mail, "title": phrase})
    asker.ask("GET", f"/api/v1/cases/{mail}?{secret}={phrase}")
    asker.ask("POST", "/api/v1/data-sets", data={"file": (io.BytesIO(rows()), name)})
    asker.ask("POST", f"/api/v1/{secret}", data=phrase, content_type="application/json")
    asker.ask("FROB" + "NICATE", "/api/v1/cases")
    api.client.get("/api/v1/cases", headers={"Authorization": f"Bearer {secret}", "User-Agent": mail})
    api.client.post("/api/v1/session", json={"name": mail, "password": secret})
    begun = api.client.post("/api/v1/session", json={"name": mail, "password": PASSWORD})
    assert begun.status_code == 201
    assert api.client.get("/api/v1/session").json["name"] == mail  # type: ignore[index]
    text = log.getvalue()
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) == 10
    for planted in (*PLANTED, asker.key, PASSWORD, "FROBNICATE"):
        assert planted not in text
    assert lines[1] | {"time": "", "request_id": "", "ms": 0} == {
        "time": "", "level": "INFO", "logger": "advisor.service.request_log", "message": "request", "request_id": "",
        "method": "POST", "route": "/api/v1/cases", "status": 201, "ms": 0, "workspace": "default",
        "actor": lines[0]["actor"],
    }  # fmt: skip
    how_to = (Path(__file__).parents[1] / "docs/how-to/operate-the-service.md").read_text(encoding="utf-8")
    example = json.loads(how_to.partition("```json\n")[2].partition("```")[0])
    assert list(example) == list(lines[1])
    assert lines[0]["actor"].startswith("key-")
    assert lines[2]["route"] == "/api/v1/cases/<id>"
    assert lines[9]["actor"].startswith("user-")
    assert len({line["request_id"] for line in lines}) == 10


def test_the_reply_carries_the_id_that_is_logged(api: Api, log: io.StringIO) -> None:
    """What a user reports leads to the line, and nobody chooses the id."""
    reply = api.client.get("/healthz", headers={"X-Request-Id": PLANTED[0]})
    assert reply.headers["X-Request-Id"] == json.loads(log.getvalue())["request_id"] != PLANTED[0]


def test_an_error_is_told_without_its_words() -> None:
    """An error may quote a row of a table: its kind and the places are told; both formats are one line."""
    try:
        int("jane.roe@clinic.example")
    except ValueError as error:
        found = record("advisor.service", "a request\nbroke", error=error)
    for kind in log_format.FORMATS:
        line = LineFormat(kind).format(found)
        assert "jane" not in line
        assert "\n" not in line
        assert "ValueError" in line
        assert "test_request_log.py:" in line


def test_what_others_say_is_anonymised() -> None:
    """Packages may put what they like into their messages."""
    line = LineFormat("text").format(record("dbos", "failed for %s", "jane.roe@clinic.example"))
    assert line.endswith("ERROR dbos: failed for [EMAIL]")


def test_ready_only_with_its_database(tmp_path: Path) -> None:
    """A revision that is not this version's, no tables, and no file: each is 503, and says why."""
    with open_api(tmp_path, "127.0.0.1") as api:
        assert api.client.get("/readyz").status_code == 200
        with api.resources.store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        reply = api.client.get("/readyz")
        assert reply.status_code == 503
        assert reply.json == {
            "status": "not ready",
            "why": f"the database has the revision 0001, and this version needs {newest_revision()}",
        }
        with api.resources.store.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE alembic_version")
        assert "does not answer" in api.client.get("/readyz").text
        (tmp_path / FILE).unlink()
        assert "gone" in api.client.get("/readyz").text
        assert api.client.get("/healthz").status_code == 200


def test_traces_hold_nothing_that_was_sent(api: Api) -> None:
    """A span for each request with its route and status; probes have none, and nothing planted is in any."""
    pytest.importorskip("opentelemetry.instrumentation.flask")
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    secret, mail, name, _ = PLANTED
    exporter = InMemorySpanExporter()
    with open_api(Path(api.resources.data.path) / "traced") as traced:
        provider = trace(traced.client.application, exporter)
        asker = traced.asker()
        asker.ask("GET", f"/api/v1/cases/{mail}?{secret}={name}", headers={"User-Agent": mail})
        traced.client.get(f"/api/v1/{secret}")
        traced.client.get("/healthz")
        provider.shutdown()
    spans = exporter.get_finished_spans()
    assert spans[0].name == "GET /api/v1/cases/<id>"
    assert len(spans) == 2
    assert (spans[0].attributes or {})["http.route"] == "/api/v1/cases/<id>"
    assert (spans[0].attributes or {})["http.status_code"] == 400
    text = "".join(span.to_json() for span in spans)
    for planted in (*PLANTED, asker.key, "127.0.0.1"):
        assert planted not in text


def test_traces_are_off_unless_asked_for() -> None:
    """The variables of OpenTelemetry decide."""
    assert wanted_exporter({}) is None
    assert wanted_exporter({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}) == "otlp"
    assert wanted_exporter({"OTEL_TRACES_EXPORTER": "console"}) == "console"
    assert wanted_exporter({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}) is None
    with pytest.raises(InputError, match="cannot be sent to 'zipkin'"):
        wanted_exporter({"OTEL_TRACES_EXPORTER": "zipkin"})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_that_was_begun_is_finished(tmp_path: Path, number: signal.Signals) -> None:
    """Told to stop while a body comes in: nobody new is let in, the request is answered, the process ends with 0."""
    body = json.dumps(CASE).encode()
    with subprocess.Popen(
        [sys.executable, "-m", "advisor", "serve", "--port", "0", "--data", str(tmp_path), "--log-format", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "OTEL_TRACES_EXPORTER": "none"},
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().rpartition(":")[2])
            idle = http.client.HTTPConnection("127.0.0.1", port)
            idle.request("GET", "/healthz")
            assert json.loads(idle.getresponse().read())["status"] == "alive"
            begun = socket.create_connection(("127.0.0.1", port))
            head = "POST /api/v1/cases HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            begun.sendall(f"{head}Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode())
            assert begun.recv(10_000).startswith(b"HTTP/1.1 100")
            begun.sendall(body[:20])
            process.send_signal(number)
            assert idle.sock.recv(10) == b""  # closed: it waited for nothing
            idle.close()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))
            begun.sendall(body[20:])
            assert begun.recv(10_000).startswith(b"HTTP/1.1 201")
            begun.close()
            _, log = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "stopped; unfinished jobs go on at the next start" in log
    assert [json.loads(line)["status"] for line in log.splitlines() if '"request"' in line] == [200, 201]
