"""Alerts leave the house: a signed webhook that is tried again, and e-mail, each against a real local server."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.operation.alert_channels import SIGNATURE, MailChannel, WebhookChannel, channels_of, signature
from advisor.operation.watch_settings import Mail, WatchSettings, Webhook

pytestmark = pytest.mark.slow


class _Receiver(HTTPServer):
    """Remembers what is posted; answers with `answers` in turn, then 200."""

    answers: list[int]
    got: list[tuple[dict[str, str], bytes]]


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://169.254.169.254/")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Receiver]:
    """A webhook on this machine, which an administrator has allowed."""
    server = _Receiver(("127.0.0.1", 0), _Handler)
    server.answers, server.got = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("ADVISOR_ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("ADVISOR_WEBHOOK_SECRET", "between us")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def webhook(server: _Receiver, waits: list[float]) -> WebhookChannel:
    """The channel to it, which waits without sleeping."""
    return WebhookChannel(Webhook(url=f"http://127.0.0.1:{server.server_port}/hook"), waits.append)


def test_webhook_is_signed_and_tried_again(receiver: _Receiver) -> None:
    """Two failures and a success; the signature is of the body and its time."""
    receiver.answers = [503, 429]
    waits: list[float] = []
    webhook(receiver, waits).send("subject", "text", {"signal": "latency"})
    assert len(receiver.got) == 3 and waits == [1.0, 4.0]
    headers, body = receiver.got[-1]
    at, mark = (part.partition("=")[2] for part in headers[SIGNATURE].split(","))
    assert hmac.compare_digest(mark, hmac.new(b"between us", f"{at}.".encode() + body, hashlib.sha256).hexdigest())
    assert mark == signature(body, at, "between us") and json.loads(body) == {"signal": "latency"}


@pytest.mark.parametrize(("answers", "times"), [([400], 1), ([302], 1), ([500, 500, 500], 3)])
def test_webhook_that_fails(receiver: _Receiver, answers: list[int], times: int) -> None:
    """What will not pass is not tried again, and no redirect is followed."""
    receiver.answers = answers
    with pytest.raises(InputError, match="webhook failed"):
        webhook(receiver, []).send("subject", "text", {})
    assert len(receiver.got) == times


def test_webhook_inside_is_refused(receiver: _Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the administrator's word no host of this machine is asked, and without a secret none at all."""
    monkeypatch.delenv("ADVISOR_WEBHOOK_SECRET")
    with pytest.raises(InputError, match="ADVISOR_WEBHOOK_SECRET"):
        webhook(receiver, []).send("subject", "text", {})
    monkeypatch.delenv("ADVISOR_ALLOWED_HOSTS")
    with pytest.raises(InputError, match="may not be asked"):
        webhook(receiver, []).send("subject", "text", {})
    assert not receiver.got


def test_mail() -> None:
    """A mail arrives as plain text; a server that is gone is told."""
    from aiosmtpd.controller import Controller

    got: list[tuple[str, list[str], bytes]] = []

    class Box:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
            return "250 OK"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Controller(Box(), hostname="127.0.0.1", port=port)
    box.start()
    settings = Mail(host="127.0.0.1", port=port, sender="a@example.org", to=("b@example.org",), starttls=False)
    try:
        MailChannel(settings).send("bot: latency drifted\nBcc: x@example.org", "What: slower – by half", {})
    finally:
        box.stop()
    sender, to, content = got[0]
    mail = message_from_bytes(content)
    assert (sender, to) == ("a@example.org", ["b@example.org"]) and "Bcc" not in mail
    assert "slower – by half" in mail.get_payload(decode=True).decode()  # type: ignore[union-attr]
    with pytest.raises(InputError, match="not taken"):
        MailChannel(settings).send("x", "y", {})
    with pytest.raises(InputError, match="without encryption"):
        MailChannel(settings.model_copy(update={"host": "smtp.example"})).send("x", "y", {})


def test_channels_of_settings() -> None:
    """The log is always there."""
    assert [one.name for one in channels_of(WatchSettings())] == ["log"]
    full = WatchSettings(webhook=Webhook(url="https://x.example"), mail=Mail(host="m", sender="a@b", to=("c@d",)))
    assert [one.name for one in channels_of(full)] == ["log", "webhook", "mail"]
