"""The application without a server: clients of people and programs in two workspaces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from advisor.passwords import hashed
from advisor.scopes import SCOPES
from advisor.service.application import create_app
from advisor.service.rate_limit import RateLimits
from advisor.service.resources import Resources
from advisor.store.audit import Deed
from tests.live_service import idle_resources

CASE: dict[str, Any] = {
    "schema": "advisor/case/v1",
    "title": "Menu bot",
    "need": {"gaps": ["facts"]},
    "knowledge": {"update_frequency": "weekly"},
    "data": {"examples": 20},
}
PASSWORD = "a long pass phrase"


class Asker(NamedTuple):
    """A program with a key."""

    client: FlaskClient
    key: str

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        """A request with the key."""
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **more)


class Api(NamedTuple):
    """An application with accounts, bound to every address."""

    client: FlaskClient
    resources: Resources

    def asker(self, workspace: str = "default", role: str = "consultant", scopes: tuple[str, ...] = SCOPES) -> Asker:
        """A program with a new key."""
        self.resources.store.workspaces.ensure(workspace)
        deed = Deed("test", workspace, "local")
        return Asker(self.client, self.resources.store.api_keys.create("test", workspace, role, scopes, deed).secret)

    def user(self, name: str, workspace: str = "default", role: str = "consultant") -> None:
        """A person who can log in with PASSWORD."""
        self.resources.store.workspaces.ensure(workspace)
        self.resources.store.users.add(name, workspace, role, hashed(PASSWORD), Deed("test", workspace, "local"))


@contextmanager
def open_api(folder: Path, host: str = "0.0.0.0", limits: RateLimits | None = None) -> Iterator[Api]:
    """The application for a service bound to `host`; accounts are needed unless it is loopback."""
    resources = idle_resources(folder)
    app = create_app(resources, host, max_file_bytes=100_000, limits=limits)
    yield Api(app.test_client(use_cookies=True), resources)
    resources.store.close()


def rows(count: int = 12) -> bytes:
    """Examples in OpenAI's chat format."""
    return b"".join(
        json.dumps(
            {
                "messages": [
                    {"role": "user", "content": f"question {number}"},
                    {"role": "assistant", "content": f"answer {number}"},
                ]
            }
        ).encode()
        + b"\n"
        for number in range(count)
    )
