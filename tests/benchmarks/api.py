"""POST /api/v1/recommendations beside a bare Flask + pydantic endpoint, on the same server with the same clients.

    python -m tests.benchmarks.api

Both servers run in a process of their own; `same` sends one case again and again, `title` a case
that differs in its title from all that were sent, `new` one that differs in its numbers as well.
"""

from __future__ import annotations

import http.client
import itertools
import json
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

CONNECTIONS: Final = 16
SECONDS: Final = 5.0
_PATHS: Final = {"bare": "/bare", "api": "/api/v1/recommendations"}


class Load(NamedTuple):
    """What a server bore."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    errors: int


def main() -> None:
    """Print the figures and their ratio."""
    from advisor.case_text import case_json
    from advisor.files import content, load_case

    case = json.loads(case_json(load_case(content("examples") / "pizzeria.yaml")))
    fresh = itertools.count()

    def same() -> bytes:
        return json.dumps(case).encode()

    def title() -> bytes:
        return json.dumps({**case, "title": f"case {next(fresh)}"}).encode()

    def new() -> bytes:
        number = next(fresh)
        data = {**case["data"], "examples": 1 + number % 9_973}
        traffic = {**case["traffic"], "requests_per_month": 1_000 + 7 * number}
        return json.dumps({**case, "title": f"case {number}", "data": data, "traffic": traffic}).encode()

    found = {}
    for name, kind, body in (
        ("bare", "bare", same),
        ("same", "api", same),
        ("title", "api", title),
        ("new", "api", new),
    ):
        with served(kind) as port:
            bear(port, _PATHS[kind], body, 1.0)
            found[name] = bear(port, _PATHS[kind], body, SECONDS)
        print(f"{name:5} {found[name].requests_per_s:8.0f} requests/s  p50 {found[name].p50_ms:6.1f} ms  "
              f"p99 {found[name].p99_ms:6.1f} ms  {found[name].errors} errors")  # fmt: skip
    for name in ("same", "title", "new"):
        print(f"{name}: {found[name].requests_per_s / found['bare'].requests_per_s:.2f} of the bare endpoint")


def bear(port: int, path: str, body: Callable[[], bytes], seconds: float) -> Load:
    """Load from CONNECTIONS connections that are kept open."""
    taken: list[float] = []
    errors = [0]
    end = time.perf_counter() + seconds

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while (begun := time.perf_counter()) < end:
            connection.request("POST", path, body(), {"Content-Type": "application/json"})
            reply = connection.getresponse()
            reply.read()
            taken.append(time.perf_counter() - begun)
            errors[0] += reply.status >= 300
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken.sort()
    return Load(len(taken) / seconds, taken[len(taken) // 2] * 1e3, taken[int(len(taken) * 0.99)] * 1e3, errors[0])


@contextmanager
def served(kind: str) -> Iterator[int]:
    """The port of a server in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.api", kind, folder], stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()
            process.communicate()


def serve(kind: str, folder: Path) -> None:
    """Serve until killed; prints the port."""
    from waitress.server import create_server

    from advisor.service.server import SWITCH_S, THREADS

    sys.setswitchinterval(SWITCH_S)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(_application(kind, folder), host="127.0.0.1", port=0, threads=THREADS)
    print(server.effective_port, flush=True)
    server.run()


def _application(kind: str, folder: Path) -> Any:
    if kind == "api":
        from advisor.service.application import create_app
        from tests.live_service import idle_resources

        return create_app(idle_resources(folder))
    from flask import Flask, Response, request

    from advisor.case_schema import case_model
    from advisor.files import load_questions

    app, model = Flask(__name__), case_model(load_questions())

    @app.post("/bare")
    def bare() -> Response:
        return Response(model.model_validate_json(request.get_data()).model_dump_json(), mimetype="application/json")

    return app


if __name__ == "__main__":
    if len(sys.argv) == 3:
        serve(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
