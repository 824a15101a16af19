"""What the gateway adds to the time of a model: the same host asked directly and through a deployment, in one run.

    python -m tests.benchmarks.gateway [REQUESTS]

The stand-in for the model takes 100 ms. It, the service and the client are processes of their own on the same machine.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from advisor.service.resources import open_resources
from advisor.service.server import SWITCH_S, bind
from tests.deployments import deployed, host_route

CONNECTIONS = 16
MODEL_S = 0.1
PAUSE_S = 0.1  # of a client between two requests


class Taken(NamedTuple):
    """Milliseconds of the median and of the slowest hundredth."""

    p50_ms: float
    p99_ms: float


def main() -> None:
    """Print the overhead."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 3_200
    folder = Path(tempfile.mkdtemp())
    host = subprocess.Popen([sys.executable, "-m", __spec__.name, "host"], stdout=subprocess.PIPE, text=True)
    assert host.stdout
    url = host.stdout.readline().strip()
    service = subprocess.Popen(
        [sys.executable, "-m", __spec__.name, "serve", str(folder), url], stdout=subprocess.PIPE, text=True
    )
    assert service.stdout
    own = service.stdout.readline().strip()
    try:
        measure(own, 200)
        direct, through = measure(url, requests), measure(own, requests)
        again = measure(url, requests)
    finally:
        service.terminate()
        host.terminate()
    base = Taken(min(direct.p50_ms, again.p50_ms), min(direct.p99_ms, again.p99_ms))
    print(f"{CONNECTIONS} connections, a model of {MODEL_S * 1000:.0f} ms, {requests:,} requests each")
    print(f"model alone      p50 {base.p50_ms:7.1f} ms   p99 {base.p99_ms:7.1f} ms")
    print(f"through gateway  p50 {through.p50_ms:7.1f} ms   p99 {through.p99_ms:7.1f} ms")
    print(f"overhead p50     {through.p50_ms - base.p50_ms:10.1f} ms (goal 5)")
    print(f"overhead p99     {through.p99_ms - base.p99_ms:10.1f} ms (goal 20)")


def measure(url: str, requests: int) -> Taken:
    """The time of each request over all connections, in a process of its own."""
    command = [sys.executable, "-m", __spec__.name, "ask", url, str(requests)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    taken = json.loads(done.stdout)
    return Taken(statistics.median(taken), statistics.quantiles(taken, n=100)[98])


def ask(url: str, requests: int) -> None:
    """Ask over all connections at once, and print the milliseconds of each request."""
    parts = urlsplit(url)
    taken: list[float] = []
    lock = threading.Lock()

    def one(number: int) -> None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        mine = []
        time.sleep(number * (MODEL_S + PAUSE_S) / CONNECTIONS)
        for count in range(requests // CONNECTIONS):
            text = f"question {number} {count}"
            body = json.dumps({"model": "bot", "messages": [{"role": "user", "content": text}], "user": text})
            begun = time.perf_counter()
            connection.request("POST", f"{parts.path}/chat/completions", body, {"Content-Type": "application/json"})
            reply = connection.getresponse()
            content = reply.read()
            assert reply.status == 200, content
            mine.append((time.perf_counter() - begun) * 1000)
            time.sleep(PAUSE_S)
        with lock:
            taken.extend(mine)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(taken))


def serve(folder: Path, url: str) -> None:
    """The service with a deployment of the stand-in; prints its address."""
    sys.setswitchinterval(SWITCH_S)  # as `advisor serve` does
    resources = open_resources(folder)
    deployed(resources.store, "bot", {"incumbent": host_route(url, "model")})
    server = bind(resources, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.effective_port}/v1", flush=True)
    server.run()


class _Model(BaseHTTPRequestHandler):
    """Answers after a while, on connections that stay open."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(MODEL_S)
        choice = {"index": 0, "message": {"role": "assistant", "content": "An answer."}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
        answer = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        data = json.dumps({**answer, "usage": usage}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        self.wfile.write(head.encode() + data)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


def host() -> None:
    """The stand-in for a model; prints its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Model)
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["host"]:
            host()
        case ["serve", folder, url]:
            serve(Path(folder), url)
        case ["ask", url, count]:
            ask(url, int(count))
        case _:
            main()
