"""The gateway: routed, sticky, made good, cached, streamed, recorded, in the shadow; over real HTTP to the models."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.api_client import Api, open_api
from tests.chat_host import Host, chat_host
from tests.deployments import DEED, deployed, host_route

pytestmark = pytest.mark.slow  # an application with two hosts of models
FAIL = "please fail"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The application of one person on their own machine."""
    with open_api(tmp_path_factory.mktemp("gateway"), "127.0.0.1") as found:
        yield found
        found.resources.gateway.close()


@pytest.fixture(scope="module")
def old() -> Iterator[Host]:
    """The host of the version in production, which always answers."""
    with chat_host(lambda number, messages: f"old {number}") as host:
        yield host


@pytest.fixture(scope="module")
def new() -> Iterator[Host]:
    """The host of the candidate, which fails when it is asked to."""

    def reply(number: int, messages: Sequence[dict[str, str]]) -> str | int:
        return 500 if messages[-1]["content"] == FAIL else f"new {number}"

    with chat_host(reply) as host:
        yield host


def ask(api: Api, name: str, text: str = "hello", **more: Any) -> Any:
    """A chat with a deployment."""
    body = {"model": name, "messages": [{"role": "user", "content": text}], **more}
    return api.client.post("/v1/chat/completions", json=body)


def roll_out(api: Api, name: str, stage: str, old: Host, new: Host, **settings: Any) -> Any:
    """A deployment at a stage."""
    store = api.resources.store
    routes = {"incumbent": host_route(old.base_url, "old"), "candidate": host_route(new.base_url, "new")}
    made = deployed(store, name, routes, attempts=1, **settings)
    return store.deployments.change(made, made._replace(stage=stage), _happened(), DEED)


def _happened() -> Any:
    from advisor.store.deployment_events import Happened

    return Happened("start", "for the test")


def records(api: Api, id: str) -> list[Any]:
    """Every record of a deployment, oldest first."""
    assert api.resources.gateway.writer.flush()
    return list(reversed(api.resources.store.gateway_records.page(id, limit=200).items))


def test_an_answer_and_its_record(api: Api, old: Host) -> None:
    """The reply is OpenAI's, says who answered, and its record has numbers and no content."""
    routes = {
        "incumbent": {
            **host_route(old.base_url, "old"),
            "prices": {"input_usd_per_mtok": "2", "output_usd_per_mtok": "8", "source": "our own meter"},
        }
    }
    made = deployed(api.resources.store, "plain", routes)
    reply = ask(api, "plain", user="ada")
    assert reply.status_code == 200
    assert reply.json["choices"][0]["message"]["content"].startswith("old")
    assert reply.json["model"] == "plain"
    assert reply.headers["x-advisor-deployment"] == "plain"
    assert reply.headers["x-advisor-model"] == "old"
    (record,) = records(api, made.id)
    assert record.id == reply.headers["x-advisor-record"]
    assert (record.role, record.status, record.shown) == ("incumbent", "ok", True)
    assert (record.prompt_tokens, record.completion_tokens, record.prompt_chars) == (100, 50, 5)
    assert record.usd_nano == (100 * 2 + 50 * 8) * 1_000  # 100 tokens at $2 and 50 at $8 a million
    assert record.user_digest and "ada" not in record.user_digest
    assert api.resources.store.gateway_records.text(record.id) is None


def test_no_price_is_no_zero(api: Api, old: Host) -> None:
    """Where nobody knows a price the record says so."""
    made = deployed(api.resources.store, "unpriced", {"incumbent": host_route(old.base_url, "old")})
    ask(api, "unpriced")
    assert records(api, made.id)[0].usd_nano is None


def test_content_is_kept_only_if_wanted(api: Api, old: Host) -> None:
    """With the setting, what was asked and answered is kept with the record."""
    made = deployed(api.resources.store, "kept", {"incumbent": host_route(old.base_url, "old")}, store_content=True)
    ask(api, "kept", "what is said")
    text = api.resources.store.gateway_records.text(records(api, made.id)[0].id)
    assert text and text.messages == [{"role": "user", "content": "what is said"}]
    assert text.answer.startswith("old")


def test_users_keep_their_model(api: Api, old: Host, new: Host) -> None:
    """A user is always answered by the same model, and about the share of users by the candidate."""
    roll_out(api, "sticky", "staged", old, new)
    seen = {}
    for number in range(60):
        models = {ask(api, "sticky", user=f"user-{number}").headers["x-advisor-model"] for _ in range(2)}
        assert len(models) == 1
        seen[number] = models.pop()
    assert 4 <= list(seen.values()).count("new") <= 28  # binomial of 60 at a quarter: once in 10,000 outside


def test_another_model_makes_good(api: Api, old: Host, new: Host) -> None:
    """Where the candidate fails the incumbent answers; the failure is recorded, and is not what the user saw."""
    made = roll_out(api, "good", "full", old, new)
    reply = ask(api, "good", FAIL)
    assert reply.status_code == 200
    assert reply.headers["x-advisor-role"] == "incumbent"
    first, second = records(api, made.id)
    assert (first.role, first.status, first.error, first.shown) == ("candidate", "error", "status_500", False)
    assert (second.role, second.status, second.shown) == ("incumbent", "ok", True)


def test_a_model_that_fails_again_and_again_rests(api: Api, old: Host, new: Host) -> None:
    """After five failures in a row the candidate is not asked for a while, whatever it is asked."""
    roll_out(api, "rest", "full", old, new)
    before = len(new.requests)
    for _ in range(8):
        assert ask(api, "rest", FAIL).status_code == 200
    assert len(new.requests) - before == 5
    assert ask(api, "rest").headers["x-advisor-model"] == "old"
    assert "advisor_gateway_models_resting 1" in api.client.get("/metrics").text


def test_nobody_answers(api: Api, new: Host) -> None:
    """Where no model answers the client is told, with a time to come back, and one error is recorded as shown."""
    made = deployed(api.resources.store, "nobody", {"incumbent": host_route(new.base_url, "new")}, attempts=1)
    for stream in (False, True):
        reply = ask(api, "nobody", FAIL, stream=stream)
        assert reply.status_code == 503
        assert reply.json["error"]["code"] == "no_model_answers"
        assert reply.headers["Retry-After"] == "30"
    assert [(one.status, one.shown) for one in records(api, made.id)] == [("error", True)] * 2


def test_a_held_candidate_is_not_asked(api: Api, old: Host, new: Host) -> None:
    """While it is held all users get the incumbent."""
    made = roll_out(api, "held", "full", old, new)
    api.resources.store.deployments.change(made, made._replace(held="complaints"), _happened(), DEED)
    assert ask(api, "held").headers["x-advisor-model"] == "old"


def test_the_same_request_is_answered_from_memory(api: Api, old: Host) -> None:
    """Only at temperature 0, only where the deployment says so; the answer took no tokens then."""
    made = deployed(
        api.resources.store, "cached", {"incumbent": host_route(old.base_url, "old")}, cache={"seconds": 60}
    )
    first, again = (ask(api, "cached", temperature=0) for _ in range(2))
    assert first.json["choices"] == again.json["choices"]
    assert (first.headers["x-advisor-cached"], again.headers["x-advisor-cached"]) == ("false", "true")
    assert ask(api, "cached", "other", temperature=0).json["choices"] != first.json["choices"]
    assert ask(api, "cached").json["choices"] != ask(api, "cached").json["choices"]
    found = records(api, made.id)
    assert [one.status for one in found] == ["ok", "cached", "ok", "ok", "ok"]
    assert (found[1].usd_nano, found[1].prompt_tokens) == (0, 0)
    streamed = ask(api, "cached", temperature=0, stream=True)
    assert streamed.headers["x-advisor-cached"] == "true"


def test_the_shadow_is_never_shown(api: Api, old: Host, new: Host) -> None:
    """The candidate is asked as well, behind the answer; its failures hurt nobody."""
    made = roll_out(api, "shadowed", "shadow", old, new)
    done = threading.Event()
    for text in ("hello", FAIL):
        assert ask(api, "shadowed", text).headers["x-advisor-model"] == "old"
    for _ in range(200):
        if len(records(api, made.id)) == 4:
            break
        done.wait(0.02)
    shadow = [one for one in records(api, made.id) if one.role == "candidate"]
    assert sorted((one.status, one.shown) for one in shadow) == [("error", False), ("ok", False)]


def test_classifiers_leave_labels(api: Api, tmp_path: Path) -> None:
    """Where the settings name labels an answer that is one of them is recorded as such."""
    with chat_host(lambda number, messages: "Power") as host:
        made = deployed(
            api.resources.store,
            "labels",
            {"incumbent": host_route(host.base_url, "m")},
            labels=["Power", "Security"],
        )
        ask(api, "labels")
    assert records(api, made.id)[0].label == "Power"


def test_documents_answer_where_the_model_fails(api: Api, new: Host, tmp_path: Path) -> None:
    """The RAG baseline as the fallback: without a model it quotes the best passage."""
    (tmp_path / "leave.md").write_text("# Leave\n\nEverybody has 30 days of annual leave.\n\n# Heating\n\nBoilers.\n")
    routes = {
        "incumbent": host_route(new.base_url, "new"),
        "fallback": {"kind": "rag", "documents": str(tmp_path)},
    }
    deployed(api.resources.store, "rag", routes, attempts=1)
    body = {"model": "rag", "messages": [{"role": "user", "content": "How many days of annual leave?"}]}
    reply = ask(api, "rag", FAIL)
    assert reply.headers["x-advisor-role"] == "fallback"
    for _ in range(5):
        ask(api, "rag", FAIL)
    reply = api.client.post("/v1/chat/completions", json=body)
    assert "30 days" in (reply.json or {})["choices"][0]["message"]["content"]


def test_streams(api: Api, tmp_path: Path) -> None:
    """A stream of a host comes in pieces, with the headers of who answers, and is recorded with its tokens."""
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": part}, "finish_reason": None}]}
        for part in ("one ", "two")
    ]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}})
    with streaming_host(chunks) as url:
        made = deployed(api.resources.store, "streams", {"incumbent": host_route(url, "m")})
        reply = ask(api, "streams", stream=True, stream_options={"include_usage": True})
        assert reply.headers["x-advisor-model"] == "m"
        events = [json.loads(line[6:]) for line in reply.text.split("\n\n") if line.startswith("data: {")]
    said = "".join(event["choices"][0]["delta"].get("content") or "" for event in events if event["choices"])
    assert said == "one two"
    assert events[-1]["usage"]["total_tokens"] == 9
    (record,) = records(api, made.id)
    assert (record.prompt_tokens, record.completion_tokens, record.status) == (7, 2, "ok")


def streaming_host(chunks: list[dict[str, Any]]) -> Any:
    """A host that answers with a stream of `chunks`."""
    from contextlib import contextmanager
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for chunk in chunks:
                whole = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", **chunk}
                self.wfile.write(b"data: " + json.dumps(whole).encode() + b"\n\n")
            self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    @contextmanager
    def opened() -> Iterator[str]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    return opened()


def test_a_slow_model_is_left(api: Api, old: Host) -> None:
    """A host that does not answer in time has failed."""
    release = threading.Event()

    def reply(number: int, messages: Sequence[dict[str, str]]) -> str:
        release.wait(5)
        return "late"

    with chat_host(reply) as slow:
        routes = {"incumbent": host_route(slow.base_url, "slow"), "fallback": host_route(old.base_url, "old")}
        made = deployed(api.resources.store, "slow", routes, attempts=1, timeout_s=0.2)
        assert ask(api, "slow").headers["x-advisor-model"] == "old"
        release.set()
    assert records(api, made.id)[0].error == "timeout"
