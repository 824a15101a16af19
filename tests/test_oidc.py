"""Logging in by an identity provider, against a real one over HTTP with signed tokens; and all that must fail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from advisor import oidc
from advisor.errors import InputError
from tests.api_client import Api, open_api
from tests.oidc_provider import CLIENT, SECRET, Provider, oidc_provider

pytestmark = pytest.mark.slow  # a real service, over HTTP
pytest.importorskip("joserfc")
BACK = "http://localhost/login/provider/back"
ADA = {"sub": "person-1", "email": "ada@example.com", "email_verified": True}


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    """One provider, since its key takes long to make."""
    with oidc_provider() as found:
        yield found


@pytest.fixture
def provider(running: Provider) -> Provider:
    """A provider that tells the truth."""
    running.claims, running.document = {}, {}
    running.signs_with, running.header = running.key, {"alg": "RS256", "kid": "one"}
    running.asked.clear()
    return running


@pytest.fixture
def api(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """A service that knows the provider, and Ada."""
    monkeypatch.setenv(oidc.ISSUER, provider.issuer)
    monkeypatch.setenv(oidc.CLIENT_ID, CLIENT)
    monkeypatch.setenv(oidc.CLIENT_SECRET, SECRET)
    monkeypatch.setenv(oidc.REDIRECT_URL, BACK)
    with open_api(tmp_path, "127.0.0.1") as found:
        found.user("ada@example.com", "clinic", "viewer")
        yield found


def begun(api: Api) -> str:
    """The address at the provider that the browser is sent to."""
    reply = api.client.get("/login/provider")
    assert reply.status_code == 303, reply.text
    return reply.headers["Location"]


def logged_in(api: Api, provider: Provider, person: dict[str, Any]) -> TestResponse:
    """The reply to the browser that comes back as `person`."""
    return api.client.get(provider.authorize(begun(api), person))


def test_a_person_who_was_added_is_let_in(api: Api, provider: Provider) -> None:
    """By the verified e-mail, into their workspace and role; the audit log and the cookie's attributes are right."""
    assert api.client.get("/api/v1/session").status_code == 401
    assert b"Log in with your organisation" in api.client.get("/login").data
    reply = logged_in(api, provider, {**ADA, "email": "Ada@example.com"})
    assert reply.status_code == 200
    session = next(cookie for cookie in reply.headers.getlist("Set-Cookie") if cookie.startswith("advisor_session="))
    assert "HttpOnly" in session and "SameSite=Strict" in session
    who = api.client.get("/api/v1/session").json
    assert who and (who["name"], who["workspace"], who["role"], who["via"]) == (
        "ada@example.com", "clinic", "viewer", "session",
    )  # fmt: skip
    assert provider.asked == [
        "/realm/.well-known/openid-configuration",
        "/realm/.well-known/openid-configuration",
        "/realm/token",
        "/realm/keys",
    ]


def test_by_the_subject_where_there_is_no_verified_email(api: Api, provider: Provider) -> None:
    """A name here may be the provider's subject; an e-mail that is not verified names nobody."""
    assert logged_in(api, provider, {**ADA, "email_verified": False}).status_code == 403
    assert logged_in(api, provider, {**ADA, "email_verified": "true"}).status_code == 403
    api.user("person-1")
    assert logged_in(api, provider, {"sub": "person-1"}).status_code == 200


def test_nobody_else_is_let_in(api: Api, provider: Provider) -> None:
    """Who is not known here is refused, and nothing is added."""
    reply = logged_in(api, provider, {**ADA, "email": "eve@example.com"})
    assert reply.status_code == 403 and "an administrator can add you" in reply.text
    assert api.client.get("/api/v1/session").status_code == 401
    assert api.resources.store.users.count() == 1


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({"nonce": "another"}, {}),
        ({"iss": "https://evil.example"}, {}),
        ({"aud": "another-client"}, {}),
        ({"aud": [CLIENT, "other"], "azp": "other"}, {}),
        ({"exp": int(time.time()) - 3600}, {}),
        ({"exp": None}, {}),
        ({"sub": None}, {}),
        ({}, {"kid": "unknown"}),
    ],
)
def test_tokens_that_are_not_right(
    api: Api, provider: Provider, claims: dict[str, Any], header: dict[str, Any]
) -> None:
    """Each claim is checked; what is wrong is not shown."""
    provider.claims, provider.header = claims, {**provider.header, **header}
    reply = logged_in(api, provider, ADA)
    assert reply.status_code == 403, reply.text
    assert api.client.get("/api/v1/session").status_code == 401


def test_tokens_that_others_signed(api: Api, provider: Provider) -> None:
    """With another key of the same name; with a shared secret, which the algorithm would let anybody choose."""
    from joserfc.jwk import OctKey, RSAKey

    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert logged_in(api, provider, ADA).status_code == 403
    provider.signs_with = OctKey.import_key({"kty": "oct", "k": provider.key.as_dict(private=False)["n"]})
    provider.header = {"alg": "HS256", "kid": "one"}
    assert logged_in(api, provider, ADA).status_code == 403


def test_forged_and_repeated_returns(api: Api, provider: Provider) -> None:
    """Another state, another browser, a code that was used, an error, another issuer: all refused."""
    back = provider.authorize(begun(api), ADA)
    assert api.client.get(back.replace("state=", "state=x")).status_code == 403
    assert api.client.get(f"{back}x").status_code == 403  # iss
    cookie = api.client.get_cookie("advisor_login", path="/login/provider")
    assert cookie and cookie.http_only and cookie.same_site == "Lax"
    api.client.delete_cookie("advisor_login", path="/login/provider")
    assert api.client.get(back).status_code == 403
    api.client.set_cookie("advisor_login", cookie.value, path="/login/provider")
    assert api.client.get(back).status_code == 200
    api.client.set_cookie("advisor_login", cookie.value, path="/login/provider")
    assert api.client.get(back).status_code == 502  # the provider takes no code twice
    state = oidc.derived(cookie.value, "state")
    assert api.client.get(f"{BACK}?state={state}&error=access_denied").status_code == 403


def test_a_code_without_the_proof_is_worth_nothing(api: Api, provider: Provider) -> None:
    """A code that was stolen is not taken from another login: PKCE."""
    stolen = provider.authorize(begun(api), ADA).partition("code=")[2].partition("&")[0]
    mine = provider.authorize(begun(api), {"sub": "eve"})
    code = mine.partition("code=")[2].partition("&")[0]
    assert api.client.get(mine.replace(f"code={code}", f"code={stolen}")).status_code == 502


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "authorization_endpoint"])
def test_no_other_host_is_asked(api: Api, provider: Provider, name: str) -> None:
    """An address at another host is refused before anything is sent; so is another issuer."""
    with oidc_provider() as other:
        provider.document = {name: f"{other.issuer}/keys"}
        assert api.client.get("/login/provider").status_code == 403
        assert other.asked == []
    provider.document = {"issuer": "https://evil.example"}
    assert api.client.get("/login/provider").status_code == 403


def test_settings_are_checked_at_the_start() -> None:
    """Half a configuration, and an issuer without encryption, are said before anybody is let in."""
    assert oidc.settings_in({}) is None
    with pytest.raises(InputError, match=f"{oidc.CLIENT_ID} is not set"):
        oidc.settings_in({oidc.ISSUER: "https://id.example"})
    wrong = {oidc.ISSUER: "http://id.example", oidc.CLIENT_ID: "x", oidc.REDIRECT_URL: "https://a.example/back"}
    with pytest.raises(InputError, match="no https address"):
        oidc.settings_in(wrong)
    assert oidc.settings_in({**wrong, oidc.ISSUER: "https://id.example"})
