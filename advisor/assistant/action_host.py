"""Sends a call to the host of an action: only to hosts that are allowed, at the address that was checked."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from advisor.api_key import api_key, key_missing
from advisor.assistant.operation import Operation
from advisor.assistant.request import Outgoing
from advisor.errors import HostError, InputError
from advisor.outgoing import allowed_hosts, check_outgoing, resolved

TIMEOUT_S: Final = 20.0  # for the whole call
MAX_REPLY_BYTES: Final = 200_000
HIDDEN: Final = "[credential]"
_PIECE: Final = 16_384


class ActionReply(NamedTuple):
    """What the host answered. `cut` where there was more than MAX_REPLY_BYTES."""

    status: int
    content_type: str
    text: str
    cut: bool = False

    @property
    def is_done(self) -> bool:
        """Whether the host did what it was asked."""
        return 200 <= self.status < 300


class ActionHost:
    """Sends calls; safe to be used from several threads."""

    def __init__(self, key: Callable[[str], str | None] = api_key, timeout_s: float = TIMEOUT_S) -> None:
        """`key` finds a credential by its name."""
        self._key, self._timeout_s = key, timeout_s

    def send(self, operation: Operation, outgoing: Outgoing) -> ActionReply:
        """The answer of the host; one that is not 2xx is an answer too, and a redirection is never followed.

        Raises InputError where the host is not allowed or a credential is missing, HostError where nobody answers.
        """
        parts = urlsplit(outgoing.url)
        host = (parts.hostname or "").lower()
        address = self._address(operation, outgoing.url, host, parts.scheme)
        secrets: list[str] = []
        headers, query = dict(outgoing.headers), parts.query
        for scheme, name in zip(operation.security, operation.key_names, strict=True):
            secret = self._key(name)
            if not secret:
                raise key_missing(name)
            secrets.append(secret)
            if scheme.kind == "query":
                query = "&".join(filter(None, (query, f"{quote(scheme.name)}={quote(secret, safe='')}")))
            elif scheme.kind == "header":
                headers[scheme.name] = secret
            elif scheme.kind == "basic":
                secrets.append(base64.b64encode(secret.encode()).decode())
                headers["Authorization"] = f"Basic {secrets[-1]}"
            else:
                headers["Authorization"] = f"Bearer {secret}"
        target = (parts.path or "/") + (f"?{query}" if query else "")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        connection = _Pinned(host, port, address, parts.scheme == "https", self._timeout_s)
        try:
            found = self._asked(connection, outgoing, target, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise HostError(
                f"{host} cannot be asked: {_without(secrets, str(error) or type(error).__name__)[:200]}",
                what_to_do="check the address and whether the service is up",
            ) from None
        finally:
            connection.close()
        return found._replace(text=_without(secrets, found.text))

    def _address(self, operation: Operation, url: str, host: str, scheme: str) -> str:
        """The address to connect to; the name is resolved once, so that what was checked is what is asked."""
        if host not in operation.hosts:
            raise InputError(f"{host} does not stand in `hosts` of {operation.action}", what_to_do="add it there")
        allowed = allowed_hosts()
        found: list[str] = []

        def once(name: str) -> Iterable[str]:
            found.extend(resolved(name))
            return found

        check_outgoing(url, allowed, once)
        if scheme != "https" and host not in allowed:
            raise InputError(
                f"{host} would be asked without encryption",
                what_to_do="use https; an administrator can list the host in ADVISOR_ALLOWED_HOSTS",
            )
        found = found or resolved(host)
        if not found:
            raise HostError(f"{host} stands for no address", what_to_do="check the name")
        return found[0]

    def _asked(self, connection: _Pinned, outgoing: Outgoing, target: str, headers: dict[str, str]) -> ActionReply:
        end = time.monotonic() + self._timeout_s
        connection.request(outgoing.method, target, outgoing.body, {**headers, "Accept-Encoding": "identity"})
        reply = connection.getresponse()
        parts: list[bytes] = []
        size = 0
        while size <= MAX_REPLY_BYTES and (piece := reply.read1(_PIECE)):
            parts.append(piece)
            size += len(piece)
            if time.monotonic() > end:
                raise TimeoutError(f"no whole answer within {self._timeout_s:.0f} s")
        text = b"".join(parts)[:MAX_REPLY_BYTES].decode("utf-8", "replace")
        if 300 <= reply.status < 400:
            text = "The host answered with a redirection, which is not followed."
        return ActionReply(reply.status, reply.headers.get_content_type(), text, size > MAX_REPLY_BYTES)


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever its name stands for by now."""

    def __init__(self, host: str, port: int, address: str, encrypted: bool, timeout_s: float) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self.default_port = 443 if encrypted else 80
        self._place, self._encrypted = address, encrypted

    def connect(self) -> None:
        """Connect to the address; the certificate must be the name's."""
        self.sock = socket.create_connection((self._place, self.port), self.timeout)
        if self._encrypted:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _without(secrets: Iterable[str], text: str) -> str:
    """The text without credentials: a host that repeats what it was sent must not show them to a model."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text
