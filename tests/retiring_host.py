"""A host whose tuned models are shut down, for tests: real HTTP, pages, deleted and refused files, rate limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

ROWS: Final = b'{"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "yes"}]}\n' * 12


class RetiringHost:
    """What the host holds. `jobs` are tuples of a job's id, model and training file."""

    def __init__(self) -> None:
        self.models: list[dict[str, Any]] = []
        self.jobs: list[tuple[str, str, str]] = []
        self.files: dict[str, bytes | int] = {}  # content, or the status that a file is refused with
        self.limit_once: set[str] = set()  # paths whose first call is answered with 429
        self.job_status = 200
        self.page = 2
        self.calls: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.fail_from = 10**9  # chat requests that fail, counted from 0
        self.base_url = ""


@contextmanager
def retiring_host() -> Iterator[RetiringHost]:
    """The host, running."""
    host = RetiringHost()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/v1")
            after = parse_qs(parts.query).get("after", [""])[0]
            host.calls.append(path)
            if path in host.limit_once:
                host.limit_once.discard(path)
                self.fail(429)
            elif path == "/models":
                self.send(200, json.dumps(self.listed(host.models, after)).encode())
            elif path == "/fine_tuning/jobs":
                rows = [{"id": id, "fine_tuned_model": model, "training_file": file} for id, model, file in host.jobs]
                if host.job_status == 200:
                    self.send(200, json.dumps(self.listed(rows, after)).encode())
                else:
                    self.fail(host.job_status)
            else:
                found = host.files.get(path.split("/")[2], 404)
                if isinstance(found, int):
                    self.fail(found)
                else:
                    self.send(200, found)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            host.asked.append(asked)
            if len(host.asked) > host.fail_from:
                self.fail(400)
                return
            message = {"role": "assistant", "content": f"answer to {asked['messages'][-1]['content']}"}
            usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            head = {"id": "c", "object": "chat.completion", "created": 1, "model": asked["model"]}
            self.send(200, json.dumps({**head, "choices": [choice], "usage": usage}).encode())

        def listed(self, rows: list[dict[str, Any]], after: str) -> dict[str, Any]:
            """A page of `host.page` rows."""
            start = next((place + 1 for place, row in enumerate(rows) if row["id"] == after), 0)
            return {
                "object": "list",
                "data": rows[start : start + host.page],
                "has_more": start + host.page < len(rows),
            }

        def fail(self, status: int) -> None:
            """An error object of OpenAI's form."""
            body = {"error": {"message": f"told to fail with {status}", "type": "x", "code": None}}
            self.send(status, json.dumps(body).encode())

        def send(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if status == 429:
                self.send_header("retry-after-ms", "1")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    host.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
