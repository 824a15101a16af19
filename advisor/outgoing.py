"""Which hosts may be asked on behalf of somebody who is not at this machine: none that only this machine can reach.

A name is resolved, and every address it stands for must be public; names in ADVISOR_ALLOWED_HOSTS are let through.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Collection, Iterable
from typing import Final
from urllib.parse import urlsplit

from advisor.errors import InputError

ALLOWED_HOSTS: Final = "ADVISOR_ALLOWED_HOSTS"
_SHARED: Final = ipaddress.ip_network("64:ff9b::/96")  # IPv4 addresses behind a translator


def allowed_hosts(value: str | None = None) -> frozenset[str]:
    """The names in the variable of the environment, separated by commas."""
    text = os.environ.get(ALLOWED_HOSTS, "") if value is None else value
    return frozenset(name.strip().lower().rstrip(".") for name in text.split(",") if name.strip())


def check_outgoing(
    url: str, allowed: Collection[str] = (), resolve: Callable[[str], Iterable[str]] | None = None
) -> list[str]:
    """The addresses of the host of `url`, one of which is the one to connect to: the name may mean others later.

    Raises InputError unless `url` is http(s), without a password in it, at a host that may be asked.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.password is not None:
        raise InputError("this is no address of a host", what_to_do="write it as https://HOST/v1")
    host = host.lower().rstrip(".")
    addresses = list(dict.fromkeys((resolve or resolved)(host)))
    if host in allowed:
        return addresses
    if not addresses or not all(map(_is_public, addresses)):
        raise InputError(
            f"{host} may not be asked from here: it is no public host",
            what_to_do=f"an administrator can list it in {ALLOWED_HOSTS}",
        )
    return addresses


def resolved(host: str) -> list[str]:
    """The addresses that a name stands for; none where it stands for nothing."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []


def _is_public(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inside is None and address in _SHARED:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is not None and not _is_public(str(inside)):
            return False
    return address.is_global and not address.is_multicast
