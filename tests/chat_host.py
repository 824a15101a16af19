"""A small OpenAI-compatible host on this machine, for tests: real HTTP, answers and faults as told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

Reply = str | int  # an answer's text, or an HTTP status to fail with


class Host(NamedTuple):
    """Its address, and every request that it got."""

    base_url: str
    requests: list[dict[str, Any]]


@contextmanager
def chat_host(reply: Callable[[int, Sequence[dict[str, str]]], Reply]) -> Iterator[Host]:
    """A host that answers request number n with `reply(n, messages)`."""
    requests: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            requests.append(body)
            found = reply(len(requests) - 1, body["messages"])
            if isinstance(found, int):
                self._send(found, {"error": {"message": "told to fail", "type": "server_error", "code": None}})
                return
            choice = {"index": 0, "message": {"role": "assistant", "content": found}, "finish_reason": "stop"}
            usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
            answer = {"id": "chat-1", "object": "chat.completion", "created": 0, "model": body["model"]}
            self._send(200, {**answer, "choices": [choice], "usage": usage})

        def _send(self, status: int, value: dict[str, Any]) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if status >= 400:
                self.send_header("retry-after-ms", "1")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Host(f"http://127.0.0.1:{server.server_port}/v1", requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
