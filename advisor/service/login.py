"""Logging in with a name and a password, for the JSON API and for the pages alike."""

from __future__ import annotations

from typing import NamedTuple

from flask import request

from advisor.errors import RequestError
from advisor.passwords import is_right
from advisor.service.rate_limit import RateLimits
from advisor.store.accounts import User
from advisor.store.audit import Deed
from advisor.store.database import Store


class LoggedIn(NamedTuple):
    """Somebody whose session began, and its secret for the cookie."""

    user: User
    secret: str


def log_in(store: Store, limits: RateLimits, name: str, password: str) -> LoggedIn:
    """Begin a session. Raises RequestError where name or password are wrong, or were tried too often."""
    address = request.remote_addr or ""
    limits.count("login", "address", address)
    limits.count("login", "name", name)
    user = store.users.named(name)
    if not is_right(password, user.password_hash if user else None) or user is None:
        raise RequestError("the name or the password is wrong", status=401, code="wrong_password")
    return LoggedIn(user, store.sessions.begin(user, Deed(user.name, user.workspace, address)))
