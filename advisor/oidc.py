"""Logging in by an identity provider: OpenID Connect's code flow with state, nonce and PKCE.

The provider's addresses come from its own document, and nothing is asked but the issuer's host and those that an
administrator lists in ADVISOR_ALLOWED_HOSTS. What must be known again when the browser comes back follows from one
secret in its cookie, so nothing is kept here.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx2

from advisor.errors import HostError, InputError
from advisor.outgoing import allowed_hosts
from advisor.secret_variable import secret_in

ISSUER: Final = "ADVISOR_OIDC_ISSUER"
CLIENT_ID: Final = "ADVISOR_OIDC_CLIENT_ID"
CLIENT_SECRET: Final = "ADVISOR_OIDC_CLIENT_SECRET"  # noqa: S105 - the name of a variable
REDIRECT_URL: Final = "ADVISOR_OIDC_REDIRECT_URL"
_SIGNED_WITH: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_MOST_BYTES: Final = 1 << 20
_TIMEOUT_S: Final = 10.0
_LEEWAY_S: Final = 60
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class Settings(NamedTuple):
    """The provider, and this service as it is registered there; a client without a secret is a public one."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_url: str


class Person(NamedTuple):
    """Who the provider says that somebody is; `email` only where the provider has verified it."""

    subject: str
    email: str | None


class RefusedError(InputError):
    """The provider's answer is not one that lets somebody in."""


def settings_in(variables: Mapping[str, str] = os.environ) -> Settings | None:
    """The settings in the environment; None where no provider is named. Raises InputError for half of them."""
    issuer = variables.get(ISSUER, "").strip()
    if not issuer:
        return None
    for name in (CLIENT_ID, REDIRECT_URL):
        if not variables.get(name):
            raise InputError(f"{name} is not set", where=ISSUER, what_to_do=f"set {name} as registered at the provider")
    for name in (ISSUER, REDIRECT_URL):
        parts = urlsplit(variables[name])
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise InputError("this is no https address", where=name, what_to_do="write it as https://HOST/…")
    try:
        import joserfc  # noqa: F401  (said at the start rather than at the first login)
    except ModuleNotFoundError:
        raise InputError(
            "OpenID Connect is not installed", where=ISSUER, what_to_do="pip install 'advisor[oidc]'"
        ) from None
    secret = secret_in(variables, CLIENT_SECRET)
    return Settings(issuer, variables[CLIENT_ID], secret, variables[REDIRECT_URL])


def login_address(settings: Settings, secret: str) -> str:
    """Where to send the browser that holds `secret`. Raises HostError and RefusedError."""
    wanted = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": settings.redirect_url,
        "scope": "openid email",
        "state": derived(secret, "state"),
        "nonce": derived(secret, "nonce"),
        "code_challenge": _challenge(derived(secret, "verifier")),
        "code_challenge_method": "S256",
    }
    with _client() as client:
        address = _provider(client, settings)["authorization_endpoint"]
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(wanted)}"


def person_of(settings: Settings, secret: str, answer: Mapping[str, str]) -> Person:
    """Who came back with `answer`, the query of the redirect. Raises HostError and RefusedError."""
    state = answer.get("state", "").encode("utf-8", "surrogateescape")
    if not secret or not hmac.compare_digest(state, derived(secret, "state").encode()):
        raise RefusedError("the login was not begun in this browser, or too long ago", what_to_do="log in again")
    if answer.get("iss", settings.issuer) != settings.issuer:
        raise RefusedError("another provider answered", what_to_do="log in again")
    if "error" in answer or not answer.get("code"):
        raise RefusedError(
            "the identity provider did not log you in", what_to_do="log in again, or ask its administrator"
        )
    with _client() as client:
        provider = _provider(client, settings)
        given = {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": settings.redirect_url,
            "code_verifier": derived(secret, "verifier"),
            "client_id": settings.client_id,
        }
        login = httpx2.BasicAuth(settings.client_id, settings.client_secret) if settings.client_secret else None
        token = _json(client, "POST", provider["token_endpoint"], data=given, auth=login).get("id_token")
        keys = _json(client, "GET", provider["jwks_uri"])
    return _person(settings, token, keys, derived(secret, "nonce"))


def derived(secret: str, use: str) -> str:
    """A value for one use that nobody can tell from the others without the secret; 43 characters, as PKCE asks for."""
    digest = hmac.new(secret.encode("utf-8", "surrogateescape"), use.encode(), hashlib.sha256).digest()
    return _base64(digest)


def _person(settings: Settings, token: Any, keys: Mapping[str, Any], nonce: str) -> Person:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    registry = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_S,
        iss={"essential": True, "value": settings.issuer},
        aud={"essential": True, "value": settings.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        claims = jwt.decode(str(token), KeySet.import_key_set(dict(keys)), algorithms=_SIGNED_WITH).claims
        registry.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        kind = type(error).__name__  # its words may hold parts of the token
        raise RefusedError(f"the identity provider's token is not valid ({kind})", what_to_do="log in again") from None
    if claims.get("azp", settings.client_id) != settings.client_id:
        raise RefusedError("the identity provider's token is for another service", what_to_do="log in again")
    email = claims.get("email")
    verified = claims.get("email_verified") is True and isinstance(email, str)
    return Person(str(claims["sub"]), email if verified else None)


def _provider(client: httpx2.Client, settings: Settings) -> dict[str, str]:
    """The addresses in the provider's document, each at a host that may be asked."""
    found = _json(client, "GET", f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != settings.issuer:
        raise RefusedError(
            "the provider names another issuer than is set", what_to_do=f"set {ISSUER} as the provider does"
        )
    hosts = (_origin(settings.issuer), *(("https", name, 443) for name in allowed_hosts()))
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _check_host(found.get(name), hosts)
    return found


def _check_host(address: Any, hosts: Collection[tuple[str, str, int | None]]) -> None:
    if not isinstance(address, str) or _origin(address) not in hosts:
        raise RefusedError(
            "the provider names an address at another host than its own",
            what_to_do="an administrator can list that host in ADVISOR_ALLOWED_HOSTS",
        )


def _origin(address: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return "", "", None


def _json(client: httpx2.Client, method: str, address: str, **more: Any) -> dict[str, Any]:
    problem = ""
    try:
        with client.stream(method, address, **more) as reply:
            raw = b""
            for block in reply.iter_bytes():
                raw += block
                if len(raw) > _MOST_BYTES:
                    problem = "answered too much"
                    break
            if reply.status_code != 200:
                problem = f"answered {reply.status_code}"
        if not problem:
            found = httpx2.Response(200, content=raw).json()
            if isinstance(found, dict):
                return found
            problem = "answered no object"
    except httpx2.HTTPError as error:
        problem = f"cannot be reached ({type(error).__name__})"
    except ValueError:
        problem = "answered no JSON"
    raise HostError(f"the identity provider {problem}", what_to_do="try again later, or ask its administrator")


def _client() -> httpx2.Client:
    # No redirects: they could lead to another host.
    return httpx2.Client(follow_redirects=False, timeout=_TIMEOUT_S)


def _challenge(verifier: str) -> str:
    return _base64(hashlib.sha256(verifier.encode()).digest())


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
