"""The ways by which an alert reaches people: a signed webhook, e-mail, and the log, which is always there."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from typing import Any, Final, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from advisor.api_key import api_key, key_missing
from advisor.chat_client import LOOPBACK
from advisor.errors import HostError
from advisor.operation.watch_settings import Mail, WatchSettings, Webhook
from advisor.outgoing import allowed_hosts, check_outgoing

SIGNATURE: Final = "X-Advisor-Signature"
_WAITS_S: Final = (1.0, 4.0)  # between three attempts
_TIMEOUT_S: Final = 10
_log = logging.getLogger(__name__)


class Channel(Protocol):
    """A way to say something."""

    @property
    def name(self) -> str:
        """Of the channel, as events tell it."""

    def send(self, subject: str, text: str, body: Mapping[str, Any]) -> None:
        """Say it. Raises InputError where it could not be said."""


def channels_of(settings: WatchSettings) -> tuple[Channel, ...]:
    """The channels in the settings of a deployment."""
    found: list[Channel] = [LogChannel()]
    if settings.webhook:
        found.append(WebhookChannel(settings.webhook))
    if settings.mail:
        found.append(MailChannel(settings.mail))
    return tuple(found)


class LogChannel:
    """The log of the process."""

    name = "log"

    def send(self, subject: str, text: str, body: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Write a warning."""
        _log.warning("%s\n%s", subject, text)


class WebhookChannel:
    """Posts JSON, signed as t=SECONDS,v1=HMAC-SHA256 of `SECONDS.BODY`: a receiver can refuse forged and old ones."""

    name = "webhook"

    def __init__(self, settings: Webhook, wait: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._wait = wait

    def send(self, subject: str, text: str, body: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Post it, up to three times where the host fails or does not answer."""
        check_outgoing(self._settings.url, allowed_hosts())
        secret = api_key(self._settings.secret)
        if not secret:
            raise key_missing(self._settings.secret)
        raw = json.dumps(body, ensure_ascii=False).encode()
        problem = ""
        for wait_s in (0.0, *_WAITS_S):
            if wait_s:
                self._wait(wait_s)
            problem, passing = self._post(raw, secret)
            if not problem:
                return
            if not passing:
                break
        raise HostError(
            f"the webhook failed: {problem}", what_to_do="check its address; it is tried again at the next look"
        )

    def _post(self, raw: bytes, secret: str) -> tuple[str, bool]:
        """What went wrong, "" for nothing, and whether it may pass."""
        at = str(int(time.time()))
        headers = {"Content-Type": "application/json", SIGNATURE: f"t={at},v1={signature(raw, at, secret)}"}
        try:
            request = Request(self._settings.url, raw, headers, method="POST")  # noqa: S310  checked by check_outgoing
            with build_opener(_NoRedirect).open(request, timeout=_TIMEOUT_S):
                return "", False
        except HTTPError as error:
            error.close()
            return f"it answered {error.code}", error.code >= 500 or error.code == 429
        except (URLError, OSError) as error:
            return f"it cannot be reached ({getattr(error, 'reason', error)})", True


class MailChannel:
    """Sends plain text by SMTP, encrypted unless the server is this machine and the settings say otherwise."""

    name = "mail"

    def __init__(self, settings: Mail) -> None:
        self._settings = settings

    def send(self, subject: str, text: str, body: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Send it to all that are named."""
        mail = self._settings
        if not mail.starttls and mail.host not in LOOPBACK:
            raise HostError(
                f"{mail.host} would be spoken to without encryption", what_to_do="leave starttls on, or use port 587"
            )
        if mail.host not in LOOPBACK:
            check_outgoing(f"https://{mail.host}", allowed_hosts())
        message = EmailMessage()
        message["Subject"] = " ".join(subject.split())[:200]
        message["From"], message["To"] = mail.sender, ", ".join(mail.to)
        message.set_content(text)
        try:
            with smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT_S) as server:
                if mail.starttls:
                    server.starttls(context=ssl.create_default_context())
                if mail.user:
                    password = api_key(mail.password)
                    if not password:
                        raise key_missing(mail.password)
                    server.login(mail.user, password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise HostError(
                f"the mail was not taken: {error}", what_to_do="check the server; it is tried again at the next look"
            ) from None


def signature(raw: bytes, at: str, secret: str) -> str:
    """The signature of a body that was sent `at` so many seconds since 1970."""
    return hmac.new(secret.encode(), at.encode() + b"." + raw, hashlib.sha256).hexdigest()


class _NoRedirect(HTTPRedirectHandler):
    """A host that was allowed may not send us to one that is not."""

    def redirect_request(self, *args: Any, **more: Any) -> None:  # noqa: ARG002
        """Follow nothing."""
        return
