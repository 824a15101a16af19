"""A small OpenID provider over real HTTP: codes, PKCE, tokens signed with RS256, and its keys; it can lie."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "advisor-test", "a secret of the client"


class Provider(ThreadingHTTPServer):
    """The provider; `claims` go into the token over what is right, `document` into its document."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}/realm"
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.signs_with = self.key
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.claims: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.asked: list[str] = []
        self._waiting: dict[str, dict[str, str]] = {}

    def authorize(self, address: str, person: dict[str, Any]) -> str:
        """What the browser does there: `person` logs in, and is sent back to the address that is returned."""
        query = dict(parse_qsl(urlsplit(address).query))
        assert query["response_type"] == "code" and query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256" and "openid" in query["scope"].split()
        code = f"code-{len(self._waiting)}"
        self._waiting[code] = {**query, "person": json.dumps(person)}
        return f"{query['redirect_uri']}?code={code}&state={query['state']}&iss={self.issuer}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The token for a code, once, for who began and with the right secret; None for anybody else."""
        begun = self._waiting.pop(form.get("code", ""), None)
        basic = b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if begun is None or authorization != f"Basic {basic}" or proof != begun["code_challenge"]:
            return None
        if form["redirect_uri"] != begun["redirect_uri"]:
            return None
        now = int(time.time())
        right = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": begun["nonce"]}
        claims = {**right, **json.loads(begun["person"]), **self.claims}
        return {
            "access_token": "x",
            "token_type": "Bearer",
            "id_token": jwt.encode(self.header, claims, self.signs_with),
        }

    def reply(self, path: str) -> dict[str, Any] | None:
        """What is at `path`."""
        if path == "/realm/.well-known/openid-configuration":
            places = {"authorization_endpoint": "login", "token_endpoint": "token", "jwks_uri": "keys"}
            addresses = {name: f"{self.issuer}/{place}" for name, place in places.items()}
            return {"issuer": self.issuer, **addresses, **self.document}
        if path == "/realm/keys":
            return {"keys": [self.key.as_dict(private=False)]}
        return None


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(self._provider.reply(self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._answer(self._provider.token(form, self.headers.get("Authorization", "")))

    @property
    def _provider(self) -> Provider:
        assert isinstance(self.server, Provider)
        return self.server

    def _answer(self, value: dict[str, Any] | None) -> None:
        self._provider.asked.append(self.path)
        raw = json.dumps(value or {"error": "invalid_grant"}).encode()
        self.send_response(400 if value is None else 200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def oidc_provider() -> Iterator[Provider]:
    """A provider that answers."""
    provider = Provider()
    thread = threading.Thread(target=provider.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join()
