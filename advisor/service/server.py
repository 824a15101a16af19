"""Waitress with the application: one process, so that models in memory and running jobs are there for every request."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any, Final

from waitress.server import create_server

from advisor.errors import InputError
from advisor.service.access import has_accounts, is_loopback
from advisor.service.application import create_app
from advisor.service.files import MAX_FILE_BYTES
from advisor.service.rate_limit import RateLimits
from advisor.service.resources import API_KEYS, Resources
from advisor.store.database import Store

THREADS: Final = 32  # most wait for a model at a host, which takes them no processor
SWITCH_S: Final = 0.0005  # measured at 16 connections: p99 47 ms, and 108 ms with Python's own 5 ms
_LARGEST: Final = MAX_FILE_BYTES + (16 << 20)


def check_binding(host: str, api_keys: Sequence[str], store: Store | None = None) -> None:
    """Raise InputError where others could reach the service, and nobody has an account or a key."""
    if not is_loopback(host) and not api_keys and not (store and has_accounts(store)):
        raise InputError(
            f"{host} can be reached from other machines, and no API keys are set and no users added",
            where="--host",
            what_to_do=f"add a user (`advisor users add`) or a key (`advisor keys create`), set {API_KEYS} to one or "
            "more keys, separated by commas, or bind to 127.0.0.1",
        )


def bind(
    resources: Resources, host: str, port: int, api_keys: Sequence[str] = (), limits: RateLimits | None = None
) -> Any:
    """A bound server, whose `run` answers until its `close`; port 0 takes a free one. Raises InputError."""
    check_binding(host, api_keys, resources.store)
    try:
        bound = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise InputError(
            f"the address cannot be bound: {error.strerror}",
            where=f"{host}:{port}",
            what_to_do="choose another --port or --host, or stop what listens there",
        ) from None
    return create_server(
        create_app(resources, host, api_keys, limits=limits),
        sockets=[bound],
        threads=THREADS,
        ident=None,
        max_request_body_size=_LARGEST,
        clear_untrusted_proxy_headers=True,
    )
