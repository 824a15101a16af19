"""Deployments over the API and on the command line: whose they are, what may be named, and changes that cross."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from advisor.cli import advisor
from advisor.store.audit import Deed
from advisor.store.improvement_runs import WAITING
from tests.api_client import Api, Asker, open_api

pytestmark = pytest.mark.slow  # an application with its database
PUBLIC = {"kind": "host", "model": "m", "base_url": "https://1.1.1.1/v1"}  # an address, so that no name is looked up


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An application with accounts."""
    with open_api(tmp_path_factory.mktemp("deployments")) as found:
        yield found
        found.resources.gateway.close()


def create(asker: Asker, name: str, route: dict[str, Any] = PUBLIC, **more: Any) -> Any:
    """Ask for a deployment."""
    body = {"name": name, "routes": {"incumbent": route, **more}}
    return asker.ask("POST", "/api/v1/deployments", json=body)


def test_a_roll_out_over_the_api(api: Api) -> None:
    """Created, started, advanced at the revision that was read, held, resumed, rolled back; all of it in the events."""
    asker = api.asker()
    made = create(asker, "bot", candidate={**PUBLIC, "model": "m2"})
    assert made.status_code == 201 and made.json["stage"] == "steady"
    assert made.json["routes"]["incumbent"]["key_variable"] == "ADVISOR_KEY_1_1_1_1"
    assert create(asker, "bot").status_code == 409

    def step(name: str, **body: Any) -> Any:
        return asker.ask("POST", f"/api/v1/deployments/bot/{name}", json={"why": "for the test", **body})

    started = step("start", revision=1)
    assert (started.json["stage"], started.json["share"], started.json["revision"]) == ("pilot", 0.05, 2)
    assert step("advance", revision=1).status_code == 409
    assert step("advance", revision=2).json["share"] == 0.25
    assert step("hold").json["share"] == 0.0
    assert step("advance").json["code"] == "invalid_stage"
    assert step("resume").json["held"] is None
    stage = asker.ask("GET", "/api/v1/deployments/bot/stage").json
    assert stage and stage["state"] == "open" and len(stage["criteria"]) == 4
    assert asker.ask("POST", "/api/v1/deployments/bot/check").json["done"] == "none"  # type: ignore[index]
    plan = asker.ask("GET", "/api/v1/deployments/bot/plan?stage=pilot&requests_a_day=100").json
    assert plan and "100 requests a day" in plan["text"]
    assert step("rollback").json["stage"] == "steady"
    changed = asker.ask(
        "PUT", "/api/v1/deployments/bot", json={"why": "shorter", "settings": {"timeout_s": 5, "cache": {"seconds": 9}}}
    )
    assert changed.json and changed.json["settings"]["timeout_s"] == 5
    events = asker.ask("GET", "/api/v1/deployments/bot/events").json
    assert events and [one["kind"] for one in reversed(events["items"])] == [
        *("create", "start", "advance", "hold", "resume", "rollback", "settings")
    ]
    actions = {entry.action for entry in api.resources.store.audit.page("default").items}
    assert {"deployment.create", "deployment.rollback"} <= actions
    assert asker.ask("GET", "/api/v1/deployments/bot/records").json == {"items": [], "next_cursor": None}


def test_others_see_nothing(api: Api) -> None:
    """Another workspace finds no such name, also not as a model; who may only read changes nothing."""
    create(api.asker(), "mine")
    other = api.asker("other")
    assert other.ask("GET", "/api/v1/deployments/mine").status_code == 404
    assert other.ask("POST", "/api/v1/deployments/mine/rollback", json={"why": "x"}).status_code == 404
    assert other.ask("GET", "/api/v1/deployments").json == {"items": [], "next_cursor": None}
    body = {"model": "mine", "messages": [{"role": "user", "content": "hello"}]}
    assert other.ask("POST", "/v1/chat/completions", json=body).status_code == 404
    assert create(other, "mine").status_code == 201
    viewer = api.asker(role="viewer")
    assert viewer.ask("GET", "/api/v1/deployments/mine").status_code == 200
    assert create(viewer, "theirs").status_code == 403
    assert api.asker(scopes=("cases",)).ask("GET", "/api/v1/deployments").status_code == 403


@pytest.mark.parametrize(
    ("route", "code"),
    [
        ({**PUBLIC, "key_variable": "ADVISOR_DATABASE_URL"}, "key_not_allowed"),
        ({**PUBLIC, "key_variable": "OPENAI_API_KEY"}, "key_not_allowed"),
        ({**PUBLIC, "base_url": "http://127.0.0.1:8000/v1"}, "host_not_allowed"),
        ({**PUBLIC, "base_url": "http://169.254.169.254/v1"}, "host_not_allowed"),
        ({"kind": "rag", "documents": "/etc"}, "not_found"),
        ({"kind": "rag", "documents": "../uploads"}, "not_found"),
        ({"kind": "tuned", "model": "/etc"}, "model_not_found"),
        ({"kind": "tuned", "model": "ft:advisor-linear:advisor::0"}, "model_not_found"),
    ],
)
def test_what_may_not_be_named(api: Api, route: dict[str, Any], code: str) -> None:
    """No key of another host, no host inside, no folder and no model that is not theirs; also not as a candidate."""
    asker = api.asker()
    reply = create(asker, "wrong", route)
    assert (reply.status_code, reply.json["code"]) == (422, code)
    create(asker, "right")
    started = asker.ask("POST", "/api/v1/deployments/right/start", json={"why": "x", "candidate": route})
    assert (started.status_code, (started.json or {})["code"]) == (422, code)


def test_on_the_command_line(tmp_path: Path) -> None:
    """The same steps; a mistake in the file is told with its place."""
    data = ["--data", str(tmp_path / "data")]
    file = tmp_path / "bot.yaml"
    file.write_text(
        "name: bot\nroutes:\n  incumbent: {kind: host, model: old, base_url: 'http://127.0.0.1:9/v1'}\n"
        "  candidate: {kind: host, model: new, base_url: 'http://127.0.0.1:9/v1'}\n"
    )

    def run(*words: str, code: int = 0) -> str:
        found = CliRunner().invoke(advisor, ["deployment", *words, *data])
        assert found.exit_code == code, (words, found.output, found.exception)
        return found.output

    assert "bot is made" in run("create", str(file))
    assert "stage pilot" in run("start", "bot")
    assert "stage pilot, revision 2" in run("show", "bot")
    assert "  candidate (5% of users)" in run("show", "bot")
    assert "bot: none, stage pilot" in run("check")
    assert "# bot: plan of the stage staged" in run("plan", "bot", "--stage", "staged", "--requests-a-day", "10")
    assert "stage staged" in run("advance", "bot", "--why", "they are content")
    run("hold", "bot")
    assert "held" in run("list")
    run("resume", "bot")
    run("rollback", "bot")
    assert "they are content" in run("events", "bot")
    again = tmp_path / "again.yaml"
    again.write_text(run("show", "bot", "--format", "yaml"))
    assert "nothing changed" in run("change", str(again))
    file.write_text(file.read_text().replace("kind: host, model: new", "kind: host, modell: new"))
    wrong = CliRunner().invoke(advisor, ["deployment", "create", str(file), *data])
    assert "routes.candidate" in str(wrong.exception) and "bot.yaml:4" in str(wrong.exception)


def test_new_trainings_over_the_api(api: Api) -> None:
    """Without settings none begins; a run that waits is approved, one that ended is not, and strangers see nothing."""
    asker, store = api.asker(), api.resources.store
    create(asker, "learner")
    path = "/api/v1/deployments/learner/improvements"
    assert asker.ask("POST", path, json={"note": "now"}).status_code == 409
    assert asker.ask("GET", path).json == {"items": [], "next_cursor": None}
    found = store.deployments.find("learner", "default")
    assert found is not None
    run = store.improvement_runs.begin(found.id, "approve", "a test", Deed("somebody", found.workspace, ""))
    state = {"model": "ft:x", "data": {"train": "/somewhere/train.jsonl", "rows": 3}}
    store.improvement_runs.move(run, "approve", state, WAITING)
    shown = asker.ask("GET", f"{path}/{run.id}").json
    assert shown and shown["state"] == {"model": "ft:x", "data": {"rows": 3}}
    assert asker.ask("POST", f"{path}/{run.id}/take-back", json={"note": "x"}).status_code == 409
    approved = asker.ask("POST", f"{path}/{run.id}/approve", json={"note": "read 20 answers"}).json
    assert approved and (approved["status"], approved["step"]) == ("running", "roll_out")
    assert asker.ask("POST", f"{path}/{run.id}/refuse", json={"note": "too late"}).status_code == 409
    assert asker.ask("GET", f"{path}/improve-none").status_code == 404
