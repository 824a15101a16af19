"""Against DNS rebinding: the address that was checked is the one that is connected to, on a real local server."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from advisor.chat_client import ChatClient, host_errors
from advisor.checked_connection import CheckedTransport, checked_client
from advisor.errors import InputError
from advisor.tuning.hosted_calls import HostedCalls

pytestmark = pytest.mark.slow  # a real service, over HTTP
PUBLIC = "93.184.215.14"


class Inside(ThreadingHTTPServer):
    """A server on this machine; `seen` are the Host headers it was asked with."""

    daemon_threads = True

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.seen: list[str] = []
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Inside)
        self.server.seen.append(self.headers["Host"])
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "http://127.0.0.1:1/secret")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def inside(certificate: Path | None = None) -> Iterator[Inside]:
    """A server that answers."""
    server = Inside(certificate)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Names:
    """A name service that answers each question with the next of its answers, and the last one for ever."""

    def __init__(self, *answers: str) -> None:
        self.asked = 0
        self._answers = answers

    def __call__(self, name: str) -> list[str]:
        self.asked += 1
        return [self._answers[min(self.asked, len(self._answers)) - 1]]


def test_the_checked_address_is_connected_to() -> None:
    """A listed name that no other resolver knows: asked once, connected to that address, and named in the header."""
    with inside() as server:
        names = Names("127.0.0.1", "203.0.113.1")
        with httpx2.Client(transport=CheckedTransport({"gpu.example"}, names), trust_env=False) as client:
            url = f"http://gpu.example:{server.server_port}/"
            reply = client.get(url)
        assert (reply.status_code, str(reply.url), names.asked) == (200, url, 1)
        assert server.seen == [f"gpu.example:{server.server_port}"]


def test_a_name_that_turns_inside_is_refused() -> None:
    """Public when it was planned with, inside when it is asked: nothing is sent."""
    with inside() as server:
        names = Names(PUBLIC, "127.0.0.1")
        url = f"http://rebinding.example:{server.server_port}/"
        assert names("rebinding.example") == [PUBLIC]
        with (
            httpx2.Client(transport=CheckedTransport((), names), trust_env=False) as client,
            pytest.raises(InputError, match="example may not be asked from here"),
        ):
            client.get(url)
        assert server.seen == []


def test_another_address_is_tried() -> None:
    """A host with an address that does not answer is reached at its next one."""
    with inside() as server:

        def names(name: str) -> list[str]:
            return ["127.0.0.2", "127.0.0.1"]  # the server listens at the second one only

        with httpx2.Client(transport=CheckedTransport({"gpu.example"}, names), trust_env=False) as client:
            assert client.get(f"http://gpu.example:{server.server_port}/").text == "ok"


def test_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public host could lead inside; a proxy would resolve names anew."""
    with inside() as server:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        with checked_client(5, {"127.0.0.1"}) as client:
            assert client.get(f"http://127.0.0.1:{server.server_port}/away").status_code == 302


def test_the_certificate_is_that_of_the_name(tmp_path: Path) -> None:
    """Over TLS the certificate is checked against the name, not against the address."""
    certificate = self_signed(tmp_path, "gpu.example")
    with inside(certificate) as server:
        trusted = ssl.create_default_context(cafile=str(certificate))
        for name, right in (("gpu.example", True), ("other.example", False)):
            transport = CheckedTransport({name}, Names("127.0.0.1"), trusted)
            with httpx2.Client(transport=transport, trust_env=False) as client:
                url = f"https://{name}:{server.server_port}/"
                if right:
                    assert client.get(url).text == "ok"
                else:
                    with pytest.raises(httpx2.ConnectError, match="certificate"):
                        client.get(url)


def test_the_sdk_says_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chats and jobs end with the reason at once, rather than trying for hours."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-local")
    monkeypatch.delenv("ADVISOR_ALLOWED_HOSTS", raising=False)
    with inside() as server:
        url = f"http://127.0.0.1:{server.server_port}/v1"
        with pytest.raises(InputError, match="may not be asked from here"):
            ChatClient("m", url, public_host_only=True).complete([{"role": "user", "content": "hi"}], 5)
        sdk = openai.OpenAI(api_key="k", base_url=url, max_retries=0, http_client=checked_client(5))
        waits: list[float] = []
        with pytest.raises(InputError, match="may not be asked from here"):
            HostedCalls("there", lambda: True, waits.append, 1e6).try_until_done("list", sdk.models.list)
        with pytest.raises(InputError), host_errors("there"):
            sdk.models.list()
        assert (server.seen, waits) == ([], [])


def self_signed(folder: Path, name: str) -> Path:
    """A certificate for `name` with its key, which is its own authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(pem)
    return path
