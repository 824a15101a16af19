"""Who asks: found once for each request, and asked for by every part that shows or changes something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from flask import g, request

from advisor.errors import RequestError
from advisor.scopes import SCOPES, at_least
from advisor.store.audit import Deed
from advisor.store.tables import DEFAULT_WORKSPACE


class Principal(NamedTuple):
    """Somebody who was let in; `local` is the one user of a service without accounts on its own machine.

    `name` may be a person's, and stands in the audit log only; `id` is what other logs show.
    """

    id: str
    name: str
    workspace: str
    role: str
    scopes: Sequence[str]
    via: Literal["local", "key", "session"]


LOCAL: Final = Principal("local", "local", DEFAULT_WORKSPACE, "admin", SCOPES, "local")


def current() -> Principal:
    """Who asks."""
    found: Principal = g.principal
    return found


def workspace() -> str:
    """The workspace of who asks: nothing outside of it is seen or changed."""
    return current().workspace


def deed() -> Deed:
    """Who asks, for the audit log."""
    who = current()
    return Deed(who.name, who.workspace, request.remote_addr or "")


def require_role(role: str) -> None:
    """Raise RequestError where who asks has a lesser role."""
    if not at_least(current().role, role):
        raise RequestError(f"this needs the role {role}", status=403, code="role_missing")


def require_scope(scope: str) -> None:
    """Raise RequestError where the key is for other parts of the service."""
    if scope not in current().scopes:
        raise RequestError(f"this key is not for {scope}", status=403, code="scope_missing")
