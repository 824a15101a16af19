"""Attacks that must come to nothing: other workspaces, forged requests, hosts inside, paths, SQL, headers, bombs."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.outgoing import allowed_hosts, check_outgoing
from advisor.service.browser_session import COOKIE
from advisor.service.rate_limit import RateLimits
from advisor.store.models import TunedModel
from tests.api_client import CASE, PASSWORD, Api, open_api, rows

pytestmark = pytest.mark.slow  # a real service, over HTTP

V1 = "/api/v1"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service with accounts."""
    with open_api(tmp_path_factory.mktemp("api")) as found:
        yield found


def test_workspaces_cannot_see_each_other(api: Api) -> None:
    """Whatever one workspace makes is 404 for another, over both APIs, and in none of its lists."""
    ours, theirs = api.asker("ours"), api.asker("theirs", "admin")
    case = ours.ask("POST", f"{V1}/cases", json=CASE)
    given = ours.ask("POST", f"{V1}/recommendations", json=CASE)
    file = ours.ask("POST", f"{V1}/data-sets", data={"file": (io.BytesIO(rows()), "r.jsonl")}).json
    assert file and case.json and given.json
    body = {"case": CASE, "data_set": file["id"], "back_end": "linear"}
    plan = ours.ask("POST", f"{V1}/tuning-plans", json=body).json
    assert plan
    start = {"plan": plan["id"], "spend_up_to_usd": "0"}
    job = ours.ask("POST", f"{V1}/tuning-jobs", json=start).json
    assert job
    model = TunedModel("ft:advisor-linear:advisor::0001", 1, job["id"], "advisor-linear", "models/x", {}, "ours")
    api.resources.store.models.add(model)
    etag = {"If-Match": case.headers["ETag"]}
    places = [
        ("GET", f"{V1}/cases/{case.json['id']}"),
        ("PUT", f"{V1}/cases/{case.json['id']}"),
        ("DELETE", f"{V1}/cases/{case.json['id']}"),
        ("GET", f"{V1}/cases/{case.json['id']}/versions"),
        ("GET", f"{V1}/cases/{case.json['id']}/versions/1"),
        ("GET", f"{V1}/cases/{case.json['id']}/ticks"),
        ("PUT", f"{V1}/cases/{case.json['id']}/ticks/x"),
        ("POST", f"{V1}/cases/{case.json['id']}/recommendations"),
        ("GET", f"{V1}/recommendations/{given.json['id']}"),
        ("GET", f"{V1}/recommendations/{given.json['id']}/case"),
        ("GET", f"{V1}/data-sets/{file['id']}"),
        ("GET", f"{V1}/data-sets/{file['id']}/report"),
        ("DELETE", f"{V1}/data-sets/{file['id']}"),
        ("GET", f"{V1}/tuning-plans/{plan['id']}"),
        ("GET", f"{V1}/tuning-jobs/{job['id']}"),
        ("POST", f"{V1}/tuning-jobs/{job['id']}/cancel"),
        ("GET", f"/v1/files/{file['id']}"),
        ("GET", f"/v1/files/{file['id']}/content"),
        ("DELETE", f"/v1/files/{file['id']}"),
        ("GET", f"/v1/fine_tuning/jobs/{job['id']}"),
        ("POST", f"/v1/fine_tuning/jobs/{job['id']}/cancel"),
        ("GET", f"/v1/fine_tuning/jobs/{job['id']}/events"),
        ("GET", f"/v1/models/{model.id}"),
        ("DELETE", f"/v1/models/{model.id}"),
    ]
    for method, path in places:
        reply = theirs.ask(method, path, json=CASE if method == "PUT" else None, headers=etag)
        assert reply.status_code == 404, (method, path, reply.text)
    assert theirs.ask("POST", f"{V1}/tuning-plans", json=body).status_code == 422
    assert theirs.ask("POST", f"{V1}/tuning-jobs", json=start).status_code == 422
    tuned = {"model": "advisor-linear", "training_file": file["id"]}
    assert theirs.ask("POST", "/v1/fine_tuning/jobs", json=tuned).status_code == 400
    chat = {"model": model.id, "messages": [{"role": "user", "content": "hi"}]}
    assert theirs.ask("POST", "/v1/chat/completions", json=chat).status_code == 404
    for name in ("cases", "recommendations", "data-sets", "tuning-plans", "tuning-jobs"):
        assert (theirs.ask("GET", f"{V1}/{name}").json or {})["items"] == []
        cursor = {"cases": case.json["id"], "recommendations": given.json["id"], "data-sets": file["id"]}.get(name)
        if cursor:
            assert theirs.ask("GET", f"{V1}/{name}?cursor={cursor}").status_code == 400
    for name in ("files", "fine_tuning/jobs"):
        assert (theirs.ask("GET", f"/v1/{name}").json or {})["data"] == []
    assert not any(one["id"] == model.id for one in (theirs.ask("GET", "/v1/models").json or {})["data"])
    log = theirs.ask("GET", f"{V1}/audit").text
    assert case.json["id"] not in log
    assert ours.ask("GET", f"{V1}/cases/{case.json['id']}").status_code == 200
    assert (ours.ask("POST", f"{V1}/tuning-jobs", json=start).json or {})["id"] == job["id"]


def test_keys_of_repetition_are_ones_own(api: Api) -> None:
    """The same key in another workspace is another request."""
    one, other = api.asker("one"), api.asker("other")
    key = {"Idempotency-Key": "shared"}
    first = one.ask("POST", f"{V1}/cases", json=CASE, headers=key).json
    second = other.ask("POST", f"{V1}/cases", json=CASE, headers=key).json
    assert first and second and first["id"] != second["id"]


def test_folders_are_no_models(api: Api) -> None:
    """Somebody elsewhere names no folder of the machine, by whatever way; the administrator's folder is open."""
    who = api.asker()
    own = api.resources.data.path
    for folder in (own / "models" / "secret", own / "base_models" / "small"):
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
    for name in (f"{own}/models/secret", f"{own}/base_models/../models/secret", "hf/../models/secret", "/etc/x\0y"):
        chat = {"model": name, "messages": [{"role": "user", "content": "hi"}]}
        assert who.ask("POST", "/v1/chat/completions", json=chat).status_code == 404, name
        job = {"model": name, "training_file": "file-x"}
        assert who.ask("POST", "/v1/fine_tuning/jobs", json=job).status_code == 404, name
    job = {"model": f"{own}/base_models/small", "training_file": "file-x"}
    assert who.ask("POST", "/v1/fine_tuning/jobs", json=job).status_code == 400


def test_roles_and_scopes(api: Api) -> None:
    """A viewer reads and computes, a consultant changes, an admin reads the log; a key opens its part alone."""
    viewer, consultant, admin = (api.asker("roles", role) for role in ("viewer", "consultant", "admin"))
    assert viewer.ask("GET", f"{V1}/cases").status_code == 200
    assert viewer.ask("POST", f"{V1}/estimates?approach=prompt&draws=100", json=CASE).status_code == 200
    for path in ("cases", "recommendations", "tuning-plans", "tuning-jobs", "data-sets"):
        assert viewer.ask("POST", f"{V1}/{path}", json=CASE).status_code == 403
    assert viewer.ask("DELETE", "/v1/files/file-x").status_code == 403
    assert consultant.ask("POST", f"{V1}/cases", json=CASE).status_code == 201
    for path in (f"{V1}/audit", "/metrics"):
        assert (consultant.ask("GET", path).status_code, admin.ask("GET", path).status_code) == (403, 200)
    narrow = api.asker("roles", "admin", ("data",))
    assert narrow.ask("GET", f"{V1}/data-sets").status_code == 200
    for path in (f"{V1}/cases", f"{V1}/recommendations", f"{V1}/tuning-jobs", f"{V1}/proofs", "/v1/files"):
        assert narrow.ask("GET", path).status_code == 403, path


def test_revoked_keys(api: Api) -> None:
    """A revoked key is closed at once; its use was noted; nothing that is kept opens the door."""
    from advisor.store.audit import Deed

    who = api.asker("revoked")
    assert who.ask("GET", f"{V1}/cases").status_code == 200
    key = api.resources.store.api_keys.all()[-1]
    assert key.last_used_at and who.key not in repr(key)
    assert api.client.get(f"{V1}/cases", headers={"Authorization": f"Bearer {key.digest}"}).status_code == 401
    assert api.resources.store.api_keys.revoke(key.id, Deed("t", "revoked", ""))
    assert who.ask("GET", f"{V1}/cases").status_code == 401
    stored = b"".join(path.read_bytes() for path in api.resources.data.path.glob("advisor.sqlite3*"))
    assert who.key.encode() not in stored


def test_sessions_and_forged_requests(api: Api) -> None:
    """A session changes nothing without its token, from another site nothing at all, and ends with the log-out."""
    api.user("ada")
    client = api.client
    wrong = client.post(f"{V1}/session", json={"name": "ada", "password": "not this one"})
    nobody = client.post(f"{V1}/session", json={"name": "nobody", "password": "not this one"})
    assert wrong.status_code == nobody.status_code == 401 and wrong.text == nobody.text
    login = client.post(f"{V1}/session", json={"name": "ada", "password": PASSWORD})
    assert login.status_code == 201 and login.json
    cookie = login.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/"))
    secret = cookie.partition("=")[2].partition(";")[0]
    client.set_cookie(COOKIE, secret)
    token = {"X-CSRF-Token": login.json["csrf_token"]}
    assert client.get(f"{V1}/session").json == login.json
    assert client.post(f"{V1}/cases", json=CASE).status_code == 403
    assert client.post(f"{V1}/cases", json=CASE, headers={"X-CSRF-Token": "0" * 64}).status_code == 403
    assert client.post(f"{V1}/cases", json=CASE, headers=token).status_code == 201
    evil = {**token, "Origin": "https://evil.example"}
    assert client.post(f"{V1}/cases", json=CASE, headers=evil).status_code == 403
    form = client.post(f"{V1}/session", data={"name": "ada", "password": PASSWORD})
    assert form.status_code == 415  # what another site's form can send
    stored = b"".join(path.read_bytes() for path in api.resources.data.path.glob("advisor.sqlite3*"))
    assert secret.encode() not in stored and PASSWORD.encode() not in stored
    assert client.delete(f"{V1}/session", headers=token).status_code == 204
    client.set_cookie(COOKIE, secret)
    assert client.get(f"{V1}/session").status_code == 401
    client.delete_cookie(COOKIE)


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("http://169.254.169.254/latest", ["169.254.169.254"]),
        ("http://localhost:8000/v1", ["127.0.0.1"]),
        ("http://inside.example/v1", ["93.184.215.14", "10.0.0.5"]),
        ("http://[::1]/v1", ["::1"]),
        ("http://mapped.example", ["::ffff:127.0.0.1"]),
        ("http://nat.example", ["64:ff9b::7f00:1"]),
        ("http://zone.example", ["fe80::1%eth0"]),
        ("http://zero.example", ["0.0.0.0"]),
        ("http://nothing.example", []),
        ("http://user:word@public.example/v1", ["93.184.215.14"]),
        ("file:///etc/passwd", []),
        ("gopher://public.example", ["93.184.215.14"]),
        ("http://[bad", []),
        ("http://public.example:99999", ["93.184.215.14"]),
    ],
)
def test_hosts_inside_are_not_asked(url: str, addresses: list[str]) -> None:
    """Addresses that only the service can reach are refused, however they are written."""
    with pytest.raises(InputError):
        check_outgoing(url, (), lambda name: addresses)


def test_hosts_that_may_be_asked(api: Api) -> None:
    """Public ones, and those that are listed; the API refuses the others before anything is sent."""
    check_outgoing("https://public.example/v1", (), lambda name: ["93.184.215.14", "2606:2800:21f::1"])
    check_outgoing("http://GPU.Inside.:8000/v1", allowed_hosts(" gpu.inside , x"), lambda name: ["10.0.0.5"])
    who = api.asker()
    file = who.ask("POST", f"{V1}/data-sets", data={"file": (io.BytesIO(rows()), "r.jsonl")}).json
    assert file
    for url in ("http://169.254.169.254/v1", "http://127.0.0.1:1/v1", "http://2130706433/v1", "file:///etc/passwd"):
        body = {"case": CASE, "data_set": file["id"], "base_url": url}
        refused = who.ask("POST", f"{V1}/tuning-plans", json=body)
        assert refused.status_code == 422 and refused.json and refused.json["code"] == "host_not_allowed", url


@given(name=st.text(max_size=30))
def test_names_are_values(api: Api, name: str) -> None:
    """SQL, paths and anything else in an id or a cursor is a value that names nothing."""
    who = api.asker("names") if not _ASKERS else _ASKERS[0]
    _ASKERS[:] = [who]
    for path in (f"{V1}/cases", f"{V1}/recommendations", "/v1/files"):
        after = "after" if path.startswith("/v1") else "cursor"
        listed = who.ask("GET", path, query_string={after: name} if name else {})
        assert listed.status_code in (200, 400), listed.text


_ASKERS: list = []  # type: ignore[type-arg]


@pytest.mark.parametrize(
    "id", ["' OR 1=1 --", "../../etc/passwd", "..%2f..%2fadvisor.sqlite3", "%00", "x" * 5000, "a\nb"]
)
def test_ids_lead_nowhere_else(api: Api, id: str) -> None:
    """An id that is SQL or a path is 404."""
    who = api.asker()
    for path in (f"{V1}/cases", f"{V1}/data-sets", f"{V1}/proofs", f"{V1}/tuning-jobs", "/v1/files", f"{V1}/docs"):
        assert who.ask("GET", f"{path}/{id}").status_code == 404, path


def test_names_of_files_stay_names(api: Api) -> None:
    """A file's name comes back as a name: it is no path, and begins no header."""
    who = api.asker()
    for name in ("../../etc/cron.d/x", 'a"; filename="b', "a\r\nSet-Cookie: b=c"):
        uploaded = who.ask("POST", f"{V1}/data-sets", data={"file": (io.BytesIO(rows()), name)})
        assert uploaded.status_code in (201, 422) and "b=c" not in str(uploaded.headers), uploaded.text
        made = uploaded.json
        if uploaded.status_code == 422 or made is None:
            continue  # a line break in a header ends it, and the file has no name any more
        reply = who.ask("GET", f"/v1/files/{made['id']}/content")
        assert reply.status_code == 200 and "Set-Cookie" not in reply.headers
        assert reply.headers["Content-Disposition"].startswith("attachment")
        reply.close()
    inside = {path.parent.name for path in api.resources.data.path.rglob("file-*")}
    assert inside == {"files"}
    key = who.ask("POST", f"{V1}/cases", json={**CASE, "title": "a\r\nX-Evil: 1"})
    assert "X-Evil" not in key.headers


def test_oversized_uploads(api: Api) -> None:
    """What is larger than the limits is 413, and leaves nothing behind."""
    who = api.asker()
    file = {"file": (io.BytesIO(b"x" * 200_000), "big.jsonl")}
    assert who.ask("POST", f"{V1}/data-sets", data=file).status_code == 413
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="big"\r\n\r\n'
    kind = "multipart/form-data; boundary=b"
    huge = who.ask("POST", f"{V1}/data-sets", data=head + b"x" * 2_000_000 + b"\r\n--b--", content_type=kind)
    assert huge.status_code == 413
    case = json.dumps({**CASE, "title": "x" * 300_000})
    assert who.ask("POST", f"{V1}/cases", data=case, content_type="application/json").status_code == 413
    assert list(api.resources.data.uploads.iterdir()) == []


def test_yaml_bombs(api: Api) -> None:
    """Aliases that grow without bound, depth, tags that run code: refused at once."""
    who = api.asker()
    layers = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{place}: &a{place} [{', '.join([f'*a{place - 1}'] * 10)}]" for place in range(1, 9)]
    for bomb in ("\n".join(layers), "[" * 5_000, "a: !!python/object/apply:os.system ['true']", "<<: {a: 1}"):
        reply = who.ask("POST", f"{V1}/recommendations", data=bomb, content_type="application/yaml")
        assert reply.status_code == 400, reply.text


def test_every_reply_has_strict_headers(api: Api) -> None:
    """Errors too; nothing names the server's software."""
    for path in (f"{V1}/cases", f"{V1}/nothing", "/v1/models", "/healthz", f"{V1}/docs"):
        headers = api.client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-cache, private"


def test_rate_limits(tmp_path: Path) -> None:
    """One too many is 429 with the time to wait, for that key alone; guesses of passwords are slowed down."""
    with open_api(tmp_path, limits=RateLimits("3/minute")) as api:
        one, other = api.asker(), api.asker()
        codes = [one.ask("GET", f"{V1}/cases").status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        assert 1 <= int(one.ask("GET", f"{V1}/cases").headers["Retry-After"]) <= 60
        assert other.ask("GET", f"{V1}/cases").status_code == 200
        api.user("ada")
        guess = {"name": "ada", "password": "guess"}
        codes = [api.client.post(f"{V1}/session", json=guess).status_code for _ in range(11)]
        assert codes[9:] == [401, 429]


def test_accounts_close_the_door_of_loopback(tmp_path: Path) -> None:
    """Without accounts the one at the machine is let in; the first account ends that."""
    with open_api(tmp_path, "127.0.0.1") as api:
        api.user("ada")
        assert api.client.get(f"{V1}/cases").status_code == 401
