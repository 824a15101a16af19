"""A small OpenAI-compatible host that calls functions, for tests: real HTTP, in whole or as a stream of events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple


class Wants(NamedTuple):
    """Functions that the model wants called, each a name and what it wrote as arguments."""

    calls: tuple[tuple[str, str], ...]
    text: str = ""


class FunctionHost(NamedTuple):
    """Its address, and every request that it got."""

    base_url: str
    requests: list[dict[str, Any]]


Model = Callable[[dict[str, Any]], "str | Wants"]


@contextmanager
def function_host(model: Model) -> Iterator[FunctionHost]:
    """A host whose model answers each request with `model(request)`."""
    requests: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            requests.append(body)
            found = model(body)
            wants = Wants((), found) if isinstance(found, str) else found
            calls = [
                {
                    "index": place,
                    "id": f"call-{place}",
                    "type": "function",
                    "function": {"name": name, "arguments": given},
                }
                for place, (name, given) in enumerate(wants.calls)
            ]
            reason = "tool_calls" if calls else "stop"
            if body.get("stream"):
                self._stream(body["model"], wants.text, calls, reason)
                return
            whole = [{name: value for name, value in call.items() if name != "index"} for call in calls]
            message = {"role": "assistant", "content": wants.text or None, **({"tool_calls": whole} if whole else {})}
            self._send(
                {
                    **_head(body["model"], "chat.completion"),
                    "choices": [{"index": 0, "message": message, "finish_reason": reason}],
                    "usage": _USAGE,
                }
            )

        def _stream(self, name: str, text: str, calls: list[dict[str, Any]], reason: str) -> None:
            words = [f"{word} " for word in text.split(" ")] if text else []
            deltas: list[dict[str, Any]] = [{"content": word} for word in words]
            for call in calls:
                # The arguments come in two pieces, as hosts send them.
                given = call["function"]["arguments"]
                half = len(given) // 2
                deltas.append({"tool_calls": [{**call, "function": {**call["function"], "arguments": given[:half]}}]})
                deltas.append({"tool_calls": [{"index": call["index"], "function": {"arguments": given[half:]}}]})
            head = _head(name, "chat.completion.chunk")
            chunks = [{**head, "choices": [{"index": 0, "delta": one, "finish_reason": None}]} for one in deltas]
            chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
            chunks.append({**head, "choices": [], "usage": _USAGE})
            data = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks) + b"data: [DONE]\n\n"
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _send(self, value: dict[str, Any]) -> None:
            data = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield FunctionHost(f"http://127.0.0.1:{server.server_port}/v1", requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_USAGE = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}


def _head(name: str, kind: str) -> dict[str, Any]:
    return {"id": "chat-1", "object": kind, "created": 0, "model": name}
