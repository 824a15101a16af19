"""Proofs over the JSON API: planned, run in the background, watched, cancelled, gone on with after a kill."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError

import pytest

from advisor.evaluation.asked_model import WORKERS
from advisor.evaluation.proof import write_proof
from advisor.evaluation.proof_list import proofs_folder
from tests.api_client import CASE, Api, open_api
from tests.chat_files import chat, jsonl
from tests.chat_host import chat_host
from tests.proof_files import small_proof

pytestmark = pytest.mark.slow  # a real service, over HTTP
V1 = "/api/v1"
LABELS = {"network": "the router lost its link", "power": "the battery is empty", "sensor": "the probe reads nonsense"}


class Answer(NamedTuple):
    """What the service said."""

    status: int
    json: Any


class Service:
    """A service in a process of its own, which can be killed and started again on the same data."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.begin()

    def begin(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "tests.live_service", str(self.data)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.communicate()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A request to the JSON API."""
        data = None if body is None else json.dumps(body).encode()
        kinds = {"Content-Type": "application/json"} if data else {}
        return self._sent(urllib.request.Request(f"{self.url}{V1}{path}", data, {**kinds, **headers}, method=method))

    def upload(self, place: str, content: bytes, name: str) -> str:
        """The id of a new file."""
        begin = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        request = urllib.request.Request(f"{self.url}{V1}{place}", begin + content + b"\r\n--x--\r\n", kind)
        return str(self._sent(request).json["id"])

    def until(self, id: str, *states: str) -> Any:
        """The proof when it is in one of the states; two minutes fail the test."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            found = self.ask("GET", f"/proofs/{id}").json
            if found["status"] in states:
                return found
            threading.Event().wait(0.1)
        raise AssertionError(f"{id} did not get there: {found}")

    def _sent(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return Answer(reply.status, json.loads(reply.read() or b"null"))
        except HTTPError as error:
            return Answer(error.code, json.loads(error.read()))


@contextmanager
def running(data: Path) -> Iterator[Service]:
    """A service with its data in a folder."""
    service = Service(data)
    try:
        yield service
    finally:
        service.kill()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the tests that do not kill it."""
    with running(tmp_path_factory.mktemp("service")) as found:
        yield found


def log_rows(count: int = 90) -> bytes:
    """Labelled lines of logs, no two the same."""
    names = list(LABELS)
    return jsonl(
        [
            chat(f"device {number} in hall {number % 7}: {LABELS[names[number % 3]]}", names[number % 3])
            for number in range(count)
        ]
    )


def slowly(said: str) -> Callable[[int, Sequence[dict[str, str]]], str]:
    """A host that takes its time for each answer."""

    def reply(_: int, __: Sequence[dict[str, str]]) -> str:
        threading.Event().wait(0.3)
        return said

    return reply


def order(service: Service, **more: Any) -> dict[str, Any]:
    """The body of a proof of arms that need no language model."""
    data_set = service.upload("/data-sets", log_rows(), "logs.jsonl")
    return {"case": CASE, "data_set": data_set, "arms": ["retrieval", "linear"], "spend_up_to_usd": "0", **more}


def test_from_the_plan_to_the_verdict(service: Service) -> None:
    """A dry run tells price, time and hosts and asks nothing; once started, it is watched to the result."""
    made = service.ask("POST", "/proofs?dry_run=true", order(service))
    assert made.status == 202 and made.json["status"] == "planning"
    id = made.json["id"]
    plan = service.until(id, "planned", "failed")["plan"]
    assert [arm["name"] for arm in plan["arms"]] == ["retrieval", "linear"]
    assert plan["usd"] == "0" and plan["hosts"] == [] and plan["questions"] > 10
    assert service.ask("GET", f"/proofs/{id}/result").status == 404
    begun = service.ask("POST", f"/proofs/{id}/start", {"spend_up_to_usd": "1.50"})
    assert begun.status == 202 and begun.json["spend_up_to_usd"] == "1.50"
    done = service.until(id, "succeeded", "failed")
    assert done["status"] == "succeeded", done["error"]
    assert done["progress"]["linear"]["answered"] == done["progress"]["linear"]["questions"] == plan["questions"]
    assert done["verdict"]["answer"] in ("worth_it", "not_worth_it", "not_shown_yet")
    result = service.ask("GET", f"/proofs/{id}/result")
    assert result.json["schema"] == "advisor/proof/v1" and result.json["run"] == id
    assert str(service.data) not in json.dumps(result.json)
    events = service.ask("GET", f"/proofs/{id}/events?limit=2").json
    assert events["items"][0]["message"].startswith("The proof is done") and events["next_cursor"]
    listed = service.ask("GET", "/proofs").json["items"]
    assert (listed[0]["id"], listed[0]["verdict"]) == (id, done["verdict"]["answer"])
    assert service.ask("POST", f"/proofs/{id}/start", {"spend_up_to_usd": "1"}).status == 409
    assert service.ask("POST", f"/proofs/{id}/cancel").status == 409


def test_a_kept_case_documents_and_a_repeated_request(service: Service) -> None:
    """A case by its id, documents beside the rows; the same key and body is the same proof."""
    kept = service.ask("POST", "/cases", CASE).json["id"]
    codes = service.upload("/documents", b"# Codes\n\nnetwork: the router lost its link.\n", "../codes.md")
    body = order(service, case_id=kept, documents=[codes], arms=["rag", "linear"])
    del body["case"]
    first = service.ask("POST", "/proofs", body, **{"Idempotency-Key": "once"})
    again = service.ask("POST", "/proofs", body, **{"Idempotency-Key": "once"})
    assert first.status == again.status == 202 and first.json["id"] == again.json["id"]
    service.ask("DELETE", f"/documents/{codes}")  # the proof has its own
    done = service.until(first.json["id"], "succeeded", "failed")
    assert done["case_id"] == kept and [arm["why_not"] for arm in done["plan"]["missing"]] != []
    inside = service.data / "proof-inputs" / done["id"]
    assert sorted(path.name for path in inside.rglob("*") if path.is_file()) == ["codes.md", "logs.jsonl"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"data_set": "file-none"}, "/data_set"),
        ({"documents": ["file-none"]}, "/documents/0"),
        ({"arms": ["linear", "linaer"]}, "/arms/1"),
        ({"kind": "poem"}, "/kind"),
        ({"tuned": ["ft:none"]}, "/tuned/0"),
        ({"spend_up_to_usd": "-1"}, "/spend_up_to_usd"),
        ({"case": None}, "/case"),
        ({"case": {"schema": "advisor/case/v1", "data": {"examples": -1}}}, "/case/data/examples"),
        ({"base_url": "http://127.0.0.1:9"}, "/base_url"),
        ({"graders": 1}, "/graders"),
    ],
)
def test_each_wrong_field_is_pointed_to(service: Service, change: dict[str, Any], pointer: str) -> None:
    """422 with a pointer, and nothing is kept."""
    before = len(service.ask("GET", "/proofs?limit=200").json["items"])
    refused = service.ask("POST", "/proofs", {**order(service), **change})
    assert refused.status == 422 and pointer in [fault["pointer"] for fault in refused.json["errors"]]
    assert len(service.ask("GET", "/proofs?limit=200").json["items"]) == before


def test_what_cannot_be_proved_says_why(service: Service) -> None:
    """Rows without answers end as failed, with words and without a place on the disk."""
    lone = jsonl([{"messages": [{"role": "user", "content": f"question {number}"}]} for number in range(30)])
    data_set = service.upload("/data-sets", lone, "lone.jsonl")
    made = service.ask("POST", "/proofs", {**order(service), "data_set": data_set})
    failed = service.until(made.json["id"], "succeeded", "failed")
    assert failed["status"] == "failed" and failed["error"]
    assert str(service.data) not in json.dumps(failed)


def test_a_cancelled_proof_stops_between_two_answers(service: Service) -> None:
    """A slow model on this machine is asked no further; what it said is kept for the next proof."""
    with chat_host(slowly("network")) as host:
        body = order(service, model="slow", base_url=host.base_url, arms=["zero_shot"])
        id = service.ask("POST", "/proofs", body).json["id"]
        service.until(id, "running")
        deadline = time.monotonic() + 60
        while not host.requests and time.monotonic() < deadline:
            threading.Event().wait(0.05)
        cancelled = service.ask("POST", f"/proofs/{id}/cancel")
        assert cancelled.status == 200 and cancelled.json["status"] == "cancelled"
        threading.Event().wait(2)
        asked = len(host.requests)
        threading.Event().wait(1)
        assert len(host.requests) == asked < 18
    assert service.ask("GET", f"/proofs/{id}").json["status"] == "cancelled"
    assert service.ask("GET", f"/proofs/{id}/result").status == 404


def test_a_killed_service_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    """After a kill in the middle the proof ends by itself, and no question came to the host a second time."""
    with chat_host(slowly("power")) as host, running(tmp_path) as service:
        data_set = service.upload("/data-sets", log_rows(240), "more.jsonl")
        body = order(service, model="slow", base_url=host.base_url, arms=["zero_shot"])
        id = service.ask("POST", "/proofs", {**body, "data_set": data_set}).json["id"]
        deadline = time.monotonic() + 60
        while len(host.requests) < WORKERS + 4 and time.monotonic() < deadline:
            threading.Event().wait(0.05)
        service.kill()
        service.begin()
        done = service.until(id, "succeeded", "failed")
        assert done["status"] == "succeeded", done["error"]
        questions = done["plan"]["questions"]
        # Answers that were on their way when it was killed are lost; those that had come are kept.
        assert questions <= len(host.requests) <= questions + WORKERS


def test_workspaces_do_not_see_the_proofs_of_others(tmp_path: Path) -> None:
    """Neither in a list, nor by id, nor by its events, result or folder; a stranger cannot cancel or start one."""
    with open_api(tmp_path) as api:
        ours, theirs = api.asker("ours"), api.asker("theirs")
        run = _asked_for(api, "ours")
        folder = proofs_folder(api.resources.data.path, "ours") / "by-hand"
        folder.mkdir(parents=True)
        write_proof(folder, small_proof())
        listed = ours.ask("GET", f"{V1}/proofs").json
        assert listed and {one["id"] for one in listed["items"]} == {run, "by-hand"}
        assert ours.ask("GET", f"{V1}/proofs/by-hand/result").status_code == 200
        assert ours.ask("GET", f"{V1}/proofs/{run}/events").status_code == 200
        for stranger in (theirs, api.asker("default")):
            assert stranger.ask("GET", f"{V1}/proofs").json == {"items": [], "next_cursor": None}
            for path in (run, f"{run}/events", f"{run}/result", "by-hand", "by-hand/result"):
                assert stranger.ask("GET", f"{V1}/proofs/{path}").status_code == 404, path
            assert stranger.ask("POST", f"{V1}/proofs/{run}/cancel").status_code == 404
            start = stranger.ask("POST", f"{V1}/proofs/{run}/start", json={"spend_up_to_usd": "1"})
            assert start.status_code == 404
        read_only = api.asker("ours", "viewer")
        assert read_only.ask("POST", f"{V1}/proofs/{run}/cancel").status_code == 403
        assert ours.ask("POST", f"{V1}/proofs/{run}/cancel").status_code == 200


def _asked_for(api: Api, workspace: str) -> str:
    """The id of a proof that waits in a workspace."""
    import io

    asker = api.asker(workspace)
    sent = asker.ask("POST", f"{V1}/data-sets", data={"file": (io.BytesIO(log_rows()), "logs.jsonl")})
    assert sent.json
    stranger = api.asker("elsewhere")
    body = {"case": CASE, "data_set": sent.json["id"], "spend_up_to_usd": "0"}
    assert stranger.ask("POST", f"{V1}/proofs", json=body).status_code == 422
    made = asker.ask("POST", f"{V1}/proofs", json=body)
    assert made.status_code == 202 and made.json
    return str(made.json["id"])
