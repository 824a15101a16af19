"""A host of tuning jobs on this machine, for tests: real HTTP, with faults as told."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Fault = int | str | None  # a status to fail with, `reset`, `malformed`, `created_then_reset`, or none


class TuningHostState:
    """What the host holds: uploaded files, created jobs, and how often each call came."""

    def __init__(self, faults: Callable[[str, int], Fault], statuses: list[str]) -> None:
        """`faults` is asked with the call and how often it came before; a job goes through `statuses`."""
        self.faults = faults
        self.statuses = statuses
        self.files: list[dict[str, Any]] = []
        self.jobs: list[dict[str, Any]] = []
        self.calls: dict[str, int] = {}
        self.told: list[str] = []  # to cancel, pause or resume which job
        self.base_url = ""

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as it is asked for once more."""
        job = next(job for job in self.jobs if job["id"] == job_id)
        place = min(job.pop("asked", 0), len(self.statuses) - 1)
        job |= {"status": self.statuses[place], "asked": place + 1}
        if job["status"] == "succeeded":
            job |= {"fine_tuned_model": f"ft:{job['model']}:org:{job['id']}", "trained_tokens": 1234, "finished_at": 9}
        if job["status"] == "failed":
            job |= {"error": {"code": "invalid", "message": "the loss exploded", "param": None}, "finished_at": 9}
        return {key: value for key, value in job.items() if key != "asked"}


@contextmanager
def tuning_host(
    faults: Callable[[str, int], Fault] = lambda *_: None, statuses: list[str] | None = None
) -> Iterator[TuningHostState]:
    """The host, running."""
    state = TuningHostState(faults, statuses or ["validating_files", "running", "succeeded"])

    class Handler(BaseHTTPRequestHandler):
        def handle_call(self, method: str) -> None:
            path = urlsplit(self.path).path.removeprefix("/v1")
            call = f"{method} {re.sub(r'(job|file)-[0-9]+', 'ID', path)}"
            count = state.calls.get(call, 0)
            state.calls[call] = count + 1
            fault = state.faults(call, count)
            if fault == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.close_connection = True
                self.connection.close()
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if isinstance(fault, int):
                self.send(fault, {"error": {"message": f"told to fail with {fault}", "type": "x", "code": None}})
                return
            value = self.answer(method, path, body)
            if fault == "created_then_reset":
                self.close_connection = True
                self.connection.close()
                return
            self.send(200, value, malformed=fault == "malformed")

        def answer(self, method: str, path: str, body: bytes) -> Any:
            if path == "/files" and method == "POST":
                name = re.search(rb'filename="([^"]+)"', body)
                content = body.split(b"\r\n\r\n")[-1].rsplit(b"\r\n--", 1)[0]
                assert name is not None
                parts = re.findall(rb'name="file"; filename="[^"]+"\r\n(?:[^\r]+\r\n)*\r\n(.*?)\r\n--', body, re.DOTALL)
                size = len(parts[0]) if parts else len(content)
                file = {
                    "id": f"file-{len(state.files) + 1}",
                    "object": "file",
                    "bytes": size,
                    "created_at": 1,
                    "filename": name[1].decode(),
                    "purpose": "fine-tune",
                    "status": "processed",
                }
                state.files.append({**file, "text": parts[0].decode() if parts else ""})
                return file
            if path == "/files":
                return listed([{key: value for key, value in file.items() if key != "text"} for file in state.files])
            if path == "/fine_tuning/jobs" and method == "POST":
                asked = json.loads(body)
                job = {
                    "id": f"job-{len(state.jobs) + 1}",
                    "object": "fine_tuning.job",
                    "created_at": 1,
                    "error": None,
                    "fine_tuned_model": None,
                    "finished_at": None,
                    "hyperparameters": {},
                    "model": asked["model"],
                    "organization_id": "org",
                    "result_files": [],
                    "seed": asked["seed"],
                    "status": "queued",
                    "trained_tokens": None,
                    "training_file": asked["training_file"],
                    "validation_file": asked.get("validation_file"),
                    "metadata": asked["metadata"],
                    "method": asked["method"],
                }
                state.jobs.append(job)
                return job
            if path == "/fine_tuning/jobs":
                return listed([{key: value for key, value in job.items() if key != "asked"} for job in state.jobs])
            found = re.fullmatch(r"/fine_tuning/jobs/(job-[0-9]+)(/events|/cancel|/pause|/resume)?", path)
            if found and found[2] == "/events":
                after = parse_qs(urlsplit(self.path).query).get("after")
                return listed([] if after else [event(2), event(1)])
            if found and found[2]:
                state.told.append(f"{found[2].removeprefix('/')} {found[1]}")
                return state.job(found[1])
            if found:
                return state.job(found[1])
            message = {"role": "assistant", "content": "tuned answer"}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
            answered = {"id": "c", "object": "chat.completion", "created": 1, "model": json.loads(body)["model"]}
            return {**answered, "choices": [choice], "usage": usage}

        def send(self, status: int, value: Any, *, malformed: bool = False) -> None:
            data = json.dumps(value).encode()
            data = data[: len(data) // 2] if malformed else data
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if status == 429:
                self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.handle_call("POST")

        def do_GET(self) -> None:
            self.handle_call("GET")

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # connections are cut on purpose
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    state.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def listed(rows: list[Any]) -> dict[str, Any]:
    """A page with everything."""
    return {"object": "list", "data": rows, "has_more": False}


def event(step: int) -> dict[str, Any]:
    """A metrics event."""
    data = {"step": step, "total_steps": 2, "train_loss": 1.0 / step, "train_mean_token_accuracy": 0.5}
    head = {"id": f"ev-{step}", "object": "fine_tuning.job.event", "created_at": step, "level": "info"}
    return {**head, "message": f"Step {step}", "type": "metrics", "data": data}
