"""The JSON API: cases with versions, recommendations that stay as they were, pages, keys of repetition, errors."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date

import pytest
from flask.testing import FlaskClient

from advisor.files import content, load_case
from advisor.python_api import Recommendation, recommend
from advisor.store.cases import CaseText, Changed
from tests.api_client import CASE, Api, open_api, rows

pytestmark = pytest.mark.slow  # a real service, over HTTP

V1 = "/api/v1"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The service of one person on their own machine."""
    with open_api(tmp_path_factory.mktemp("api"), "127.0.0.1") as found:
        yield found


@pytest.fixture
def client(api: Api) -> FlaskClient:
    """A client that needs no key."""
    return api.client


def test_a_recommendation_is_that_of_the_library(client: FlaskClient) -> None:
    """The record is what Python gives, from JSON as from YAML, and stays as it was."""
    path = content("examples") / "hr-leave-policy.yaml"
    made = client.post(
        f"{V1}/recommendations?as_of=2026-11-01", data=path.read_bytes(), content_type="application/yaml"
    )
    assert made.status_code == 201 and made.json
    extra = {"id", "created_at", "created_by", "case_id", "case_sha256", "rules_sha256", "prices_sha256"}
    record = {name: value for name, value in made.json.items() if name not in extra}
    wanted = recommend(load_case(path), as_of=date(2026, 11, 1))
    assert Recommendation.model_validate(record) == wanted
    again = client.get(made.headers["Location"])
    assert again.json == made.json
    assert client.get(made.headers["Location"], headers={"If-None-Match": made.headers["ETag"]}).status_code == 304
    case = client.get(f"{made.headers['Location']}/case")
    from_json = client.post(f"{V1}/recommendations?as_of=2026-11-01", json=case.json)
    assert from_json.json and from_json.json["case_sha256"] == made.json["case_sha256"]
    assert from_json.json["id"] != made.json["id"] and from_json.json["costs"] == made.json["costs"]


def test_a_data_set_that_a_case_names_is_not_read(client: FlaskClient) -> None:
    """A path in a case would be one of the machine of the service."""
    made = client.post(f"{V1}/recommendations", json={**CASE, "data": {"file": "/etc/passwd", "examples": 7}})
    assert made.status_code == 201 and made.json and made.json["measured"] == []


def test_cases_keep_their_versions(client: FlaskClient, api: Api) -> None:
    """Create, change with the ETag, refuse without it or with an old one, read old versions, remove."""
    made = client.post(f"{V1}/cases", json=CASE)
    place, first = made.headers["Location"], made.headers["ETag"]
    assert made.status_code == 201 and made.json and made.json["case"]["title"] == "Menu bot"
    changed = {**CASE, "title": "Menu and hours"}
    assert client.put(place, json=changed).status_code == 428
    second = client.put(place, json=changed, headers={"If-Match": first})
    assert second.json and second.json["version"] == 2 and second.headers["ETag"] != first
    assert client.put(place, json=CASE, headers={"If-Match": first}).status_code == 412
    versions = client.get(f"{place}/versions").json
    assert versions and [item["version"] for item in versions["items"]] == [2, 1]
    old = client.get(f"{place}/versions/1").json
    assert old and old["case"]["title"] == "Menu bot"
    assert client.get(f"{place}/versions/3").status_code == 404
    given = client.post(f"{place}/recommendations").json
    listed = client.get(f"{V1}/recommendations?case_id={made.json['id']}").json
    assert given and listed and [item["id"] for item in listed["items"]] == [given["id"]]
    stale = api.resources.store.cases.find(made.json["id"], "default")
    assert stale
    from advisor.store.audit import Deed

    with pytest.raises(Changed):
        api.resources.store.cases.change(stale._replace(version=1), CaseText("x", "", "{}"), Deed("a", "default", ""))
    assert client.delete(place, headers={"If-Match": second.headers["ETag"]}).status_code == 204
    assert client.get(place).status_code == 404
    assert client.get(f"{V1}/recommendations/{given['id']}").status_code == 200


def test_ticks(client: FlaskClient) -> None:
    """An item of a checklist is ticked; one that is not there is not."""
    place = client.post(f"{V1}/cases", json=CASE).headers["Location"]
    recommended = client.post(f"{place}/recommendations").json
    assert recommended
    item = recommended["checklists"]["before"][0]["id"]
    assert client.put(f"{place}/ticks/{item}", json={"done": True}).status_code == 200
    ticks = client.get(f"{place}/ticks").json
    assert ticks and [(tick["item"], tick["done"]) for tick in ticks["items"]] == [(item, True)]
    assert client.put(f"{place}/ticks/nothing", json={"done": True}).status_code == 404
    assert client.put(f"{place}/ticks/{item}", json={"done": "yes"}).status_code == 422


def test_the_same_key_is_the_same_request(client: FlaskClient) -> None:
    """A repetition is answered and not done again; another body is refused; a refused request frees its key."""
    key = {"Idempotency-Key": "k-1"}
    first = client.post(f"{V1}/cases", json=CASE, headers=key)
    again = client.post(f"{V1}/cases", json=CASE, headers=key)
    assert again.data == first.data and again.headers["Location"] == first.headers["Location"]
    assert again.headers["ETag"] == first.headers["ETag"] and again.headers["Idempotent-Replayed"] == "true"
    other = client.post(f"{V1}/cases", json={**CASE, "title": "other"}, headers=key)
    assert other.status_code == 422 and other.json and other.json["code"] == "key_reused"
    mended = {"Idempotency-Key": "k-2"}
    assert client.post(f"{V1}/cases", json={"bogus": 1}, headers=mended).status_code == 422
    assert client.post(f"{V1}/cases", json=CASE, headers=mended).status_code == 201
    file = {"Idempotency-Key": "k-3"}
    uploads = [
        client.post(f"{V1}/data-sets", data={"file": (io.BytesIO(rows()), "r.jsonl")}, headers=file) for _ in range(2)
    ]
    assert uploads[0].data == uploads[1].data and uploads[1].headers["Idempotent-Replayed"] == "true"


def test_pages(client: FlaskClient) -> None:
    """Cursors lead through a list without losing or doubling an item."""
    for number in range(5):
        client.post(f"{V1}/cases", json={**CASE, "title": f"page {number}"})
    seen: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"{V1}/cases?limit=2{cursor}").json
        assert page
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    whole = client.get(f"{V1}/cases?limit=200").json
    assert whole and seen == [item["id"] for item in whole["items"]] and len(set(seen)) == len(seen) >= 5
    for query in ("limit=0", "limit=x", "limit=201", "cursor=none", "page=2", "limit=1&limit=2"):
        refused = client.get(f"{V1}/cases?{query}")
        assert refused.status_code == 400 and refused.mimetype == "application/problem+json"


def test_errors_point_to_fields(client: FlaskClient) -> None:
    """Every wrong answer of a case is named by its JSON pointer."""
    wrong = {"task": {"kindd": 1}, "a/b": 3, "traffic": {"requests_per_month": -1}, "title": 5}
    reply = client.post(f"{V1}/recommendations", json=wrong)
    assert reply.status_code == 422 and reply.mimetype == "application/problem+json" and reply.json
    pointers = {error["pointer"] for error in reply.json["errors"]}
    assert pointers == {"/task/kindd", "/a~1b", "/traffic/requests_per_month", "/title"}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{", "application/json", 400),
        ('{"title": "a", "title": "b"}', "application/json", 400),
        ('{"traffic": {"requests_per_month": NaN}}', "application/json", 400),
        ('{"traffic": {"requests_per_month": 1e999999}}', "application/json", 400),
        ('{"traffic": {"requests_per_month": ' + "9" * 5000 + "}}", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ('{"title": "\\u0000"}', "application/json", 422),
        ('{"title": "\\ud800"}', "application/json", 422),
        ("[]", "application/json", 422),
        ("title: [", "application/yaml", 400),
        ("\xff", "text/plain", 415),
    ],
)
def test_broken_bodies(client: FlaskClient, body: str, kind: str, status: int) -> None:
    """What is no case is refused with a problem, never with a 500."""
    for path in ("recommendations", "cases", "estimates"):
        reply = client.post(f"{V1}/{path}", data=body.encode(), content_type=kind)
        assert reply.status_code == status and reply.mimetype == "application/problem+json", path


def test_costs(client: FlaskClient) -> None:
    """Estimates and sweeps answer as the command line does, and keep nothing."""
    body = (content("examples") / "saas-support.yaml").read_bytes()
    asked = f"{V1}/estimates?approach=prompt,rag&draws=200"
    priced = client.post(asked, data=body, content_type="application/yaml")
    assert priced.json and [cost["approach"] for cost in priced.json["costs"]] == ["prompt", "rag"]
    assert priced.data == client.post(asked, data=body, content_type="application/yaml").data
    vary = f"{V1}/sweeps?vary=traffic.requests_per_month&low=1000&high=1000000&points=3"
    swept = client.post(vary, data=body, content_type="application/yaml")
    assert swept.json and [float(step["value"]) for step in swept.json["steps"]][::2] == [1000, 1_000_000]
    for query in ("vary=title&low=1&high=2", "vary=data.examples&low=2&high=1", "vary=data.examples&low=1&high=1e999"):
        assert client.post(f"{V1}/sweeps?{query}", json=CASE).status_code == 400


def test_what_answers_rest_on(client: FlaskClient) -> None:
    """Rules, questions and prices can be read, one by one and on a day."""
    rules = client.get(f"{V1}/rules").json
    assert rules
    one = client.get(f"{V1}/rules/{rules['rules'][0]['id']}").json
    assert one and one["text"]
    assert client.get(f"{V1}/questions/need.gaps").status_code == 200
    page = client.get(f"{V1}/prices?on=2026-11-01&limit=1").json
    assert page
    item = page["items"][0]
    query = {"model": item["model"], "kind": item["kind"], "provider": item["provider"], "day": "2026-11-01"}
    assert client.get(f"{V1}/prices/on", query_string=query).json == item
    assert client.get(f"{V1}/prices/on?model=none&kind=none").status_code == 404
    assert client.get(f"{V1}/prices?on=2026-02-30").status_code == 400


def test_data_set_to_job(client: FlaskClient) -> None:
    """A data set is uploaded, checked, planned with and trained on, and no path of the machine is shown."""
    made = client.post(f"{V1}/data-sets", data={"file": (io.BytesIO(rows()), "../r.jsonl")})
    assert made.status_code == 201 and made.json
    report = client.get(f"{made.headers['Location']}/report?only=structure,duplicates")
    assert report.json and report.json["rows"] == 12 and report.json["schema"] == "advisor/data-report/v1"
    body = {"case": CASE, "data_set": made.json["id"], "back_end": "linear"}
    plan = client.post(f"{V1}/tuning-plans", json=body)
    assert plan.status_code == 201 and plan.json, plan.text
    assert "/files/" not in plan.text + report.text
    jobs = [
        client.post(f"{V1}/tuning-jobs", json={"plan": plan.json["id"], "spend_up_to_usd": "0"}).json for _ in range(2)
    ]
    assert jobs[0] and jobs[1] and jobs[0]["id"] == jobs[1]["id"] and jobs[0]["run"] == plan.json["run"]
    assert client.delete(made.headers["Location"]).status_code == 204
    assert client.post(f"{V1}/tuning-jobs/{jobs[0]['id']}/cancel").json["status"] == "cancelled"  # type: ignore[index]
    assert client.post(f"{V1}/tuning-jobs/{jobs[0]['id']}/cancel").status_code == 409


def test_every_change_is_in_the_audit_log(client: FlaskClient) -> None:
    """Who, what, which object; what only reads is not in it."""
    made = client.post(f"{V1}/cases", json=CASE).json
    client.get(f"{V1}/cases")
    client.post(f"{V1}/estimates?draws=100&approach=prompt", json=CASE)
    log = client.get(f"{V1}/audit?limit=1").json
    assert log and made
    entry = log["items"][0]
    assert (entry["actor"], entry["action"], entry["object"]) == ("local", "case.create", made["id"])
    assert json.dumps(log).count("estimates") == 0
