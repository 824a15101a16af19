"""Who may ask the service, what it says of itself, and that keys are never shown."""

from __future__ import annotations

import http.client
import json
import logging
from pathlib import Path
from typing import Any, NamedTuple

import openai
import pytest

from advisor.errors import InputError
from advisor.service.application import create_app
from advisor.service.resources import environment
from advisor.service.server import bind, check_binding
from tests.live_service import Live
from tests.sdk_types import strict_client

pytestmark = pytest.mark.slow  # a real service, over HTTP

KEY = "key-of-a-client-7f3a"


class Reply(NamedTuple):
    """Status and body of a reply."""

    status: int
    body: str


def ask(live: Live, path: str, headers: dict[str, str] | None = None, method: str = "GET", body: str = "") -> Reply:
    """A request without the SDK."""
    connection = http.client.HTTPConnection(live.url.removeprefix("http://"))
    try:
        connection.request(method, path, body or None, headers or {})
        reply = connection.getresponse()
        return Reply(reply.status, reply.read().decode())
    finally:
        connection.close()


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.nip.io", "[bad"]
)
def test_foreign_host_is_refused(live: Live, host: str) -> None:
    """A name that a page made to point here is not answered (DNS rebinding)."""
    for path in ("/v1/models", "/healthz", "/nothing"):
        assert ask(live, path, {"Host": host}).status in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "localhost:9", "127.0.0.1", "[::1]:80", "LOCALHOST"])
def test_names_of_this_machine_are_answered(live: Live, host: str) -> None:
    """Any port will do: a tunnel may change it."""
    assert ask(live, "/healthz", {"Host": host}).status == 200


def test_foreign_origin_is_refused(live: Live) -> None:
    """A page of another site cannot use the service; one of its own can."""
    assert ask(live, "/v1/models", {"Origin": "https://evil.example"}).status == 403
    assert ask(live, "/v1/models", {"Origin": live.url}).status == 200
    sent = ask(live, "/v1/chat/completions", {"Content-Type": "text/plain"}, "POST", "{}")
    assert sent.status == 415


def test_health(live: Live, tuned: str) -> None:
    """Alive, ready, and counted in the format of Prometheus."""
    assert json.loads(ask(live, "/healthz").body)["status"] == "alive"
    assert json.loads(ask(live, "/readyz").body) == {"status": "ready"}
    text = ask(live, "/metrics").body
    assert 'advisor_requests_total{method="GET",route="/healthz",status="200"}' in text
    assert 'advisor_jobs{status="succeeded"}' in text
    assert tuned not in text


def test_unknown_urls_are_error_objects(live: Live) -> None:
    """What the API does not have is answered with an error object."""
    for method, path, status in (("GET", "/v1/assistants", 404), ("PUT", "/v1/models", 405), ("POST", "/x", 404)):
        reply = ask(live, path, method=method)
        assert reply.status == status
        assert json.loads(reply.body)["error"]["type"] == "invalid_request_error"
    with pytest.raises(openai.NotFoundError, match="Unknown request URL"):
        live.client.fine_tuning.checkpoints.permissions.list("ft:x")


@pytest.mark.parametrize("body", ["", "{", "[]", '{"model": NaN}', '{"model": "a", "model": 1}', "\x00"])
def test_broken_bodies(live: Live, body: str) -> None:
    """A body that is no request is 400, never 500."""
    headers = {"Content-Type": "application/json"}
    for path in ("/v1/chat/completions", "/v1/embeddings", "/v1/fine_tuning/jobs", "/v1/fine_tuning/alpha/graders/run"):
        assert ask(live, path, headers, "POST", body).status == 400


def test_bugs_are_not_told(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected error is 500 without its text; the log has it."""
    app = create_app(live.resources)

    def broken() -> Any:
        raise ZeroDivisionError("inner detail")

    app.add_url_rule("/v1/broken", view_func=broken)
    with caplog.at_level(logging.ERROR):
        reply = app.test_client().get("/v1/broken")
    assert reply.status_code == 500
    assert "inner detail" not in reply.text
    assert reply.json and reply.json["error"]["type"] == "server_error"
    assert "inner detail" in caplog.text


def test_keys(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    """With keys set, each of them is let in and nothing else; probes need none; no key is logged."""
    client = create_app(live.resources, "0.0.0.0", [KEY, "second"]).test_client()
    with caplog.at_level(logging.DEBUG):
        for key, status in ((KEY, 200), ("second", 200), ("wrong", 401), ("", 401), (KEY[:-1], 401)):
            assert client.get("/v1/models", headers={"Authorization": f"Bearer {key}"}).status_code == status
        assert client.get("/v1/models").status_code == 401
        assert client.get("/metrics").status_code == 401
        assert client.get("/healthz").status_code == 200
        assert client.get("/healthz", headers={"Host": "any.example"}).status_code == 200
    assert KEY not in caplog.text
    stored = [path for path in live.resources.data.path.rglob("*") if path.is_file()]
    assert not any(KEY.encode() in path.read_bytes() for path in stored)


def test_binding() -> None:
    """Only loopback without keys."""
    for host in ("127.0.0.1", "localhost", "::1", "127.8.8.8"):
        check_binding(host, ())
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.com"):
        with pytest.raises(InputError, match="no API keys are set"):
            check_binding(host, ())
        check_binding(host, (KEY,))


def test_port_in_use(live: Live) -> None:
    """A port that is taken is told with what to do."""
    port = int(live.url.rpartition(":")[2])
    with pytest.raises(InputError, match="cannot be bound"):
        bind(live.resources, "127.0.0.1", port)


def test_environment(tmp_path: Path) -> None:
    """The variables of the contract, and the defaults without them."""
    named = environment({"ADVISOR_DATA": str(tmp_path), "ADVISOR_DATABASE_URL": "u", "ADVISOR_API_KEYS": " a, b ,"})
    assert named[:3] == (tmp_path, "u", ("a", "b"))
    bare = environment({"XDG_DATA_HOME": str(tmp_path)})
    assert bare == (tmp_path / "advisor", None, (), "1200/minute", "memory://")


def test_a_wrong_key_of_the_sdk(live: Live) -> None:
    """The service of the tests has no keys: any key of the SDK will do."""
    with strict_client(live.url, "whatever") as client:
        assert client.models.list().data
