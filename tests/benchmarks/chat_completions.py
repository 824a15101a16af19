"""Requests a second that the service answers: chat completions of a tuned model through waitress.

    python -m tests.benchmarks.chat_completions [REQUESTS]

The model is a linear one where that trainer is installed, and one that knows its answers by heart, which costs next to
nothing: what that one takes is the protocol. The client is a process of its own, so both share the machine's cores.
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
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from advisor.service.resources import open_resources
from advisor.service.server import bind
from advisor.tuning.back_ends import shipped_trainers
from advisor.tuning.trainer import Trainers
from tests.chat_files import chat, jsonl
from tests.memory_trainer import MemoryTrainer
from tests.sdk_types import strict_client

LINES = 40
CONNECTIONS = 4


class Speed(NamedTuple):
    """Requests a second, and milliseconds of the median and of the slowest hundredth."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float


def main() -> None:
    """Print the speed with each trainer."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 4_000
    trainers: dict[str, Trainers] = {"by heart": {"linear": MemoryTrainer}}
    if find_spec("advisor.tuning.linear"):
        trainers["linear"] = shipped_trainers()
    for name, kind in trainers.items():
        speed = measure(kind, requests)
        print(f"{name}: {speed.requests_per_s:,.0f} requests/s, p50 {speed.p50_ms:.1f} ms, p99 {speed.p99_ms:.1f} ms")


def measure(trainers: Trainers, requests: int) -> Speed:
    """Tune a classifier of log lines, then ask it `requests` times over a few connections."""
    resources = open_resources(Path(tempfile.mkdtemp()), None, trainers)
    server = bind(resources, "127.0.0.1", 0)
    threading.Thread(target=server.run, daemon=True).start()
    port = server.effective_port
    with strict_client(f"http://127.0.0.1:{port}") as client:
        labels = ("Connectivity", "Power", "Sensor_Fault", "Security")
        rows = [chat(f"Log: unit {n} code {n % 37}", labels[n % 4]) for n in range(LINES)]
        file = client.files.create(file=("rows.jsonl", jsonl(rows)), purpose="fine-tune")
        job = client.fine_tuning.jobs.create(training_file=file.id, model="advisor-linear")
        while job.status not in ("succeeded", "failed"):
            time.sleep(0.1)
            job = client.fine_tuning.jobs.retrieve(job.id)
        assert job.fine_tuned_model, job.error
    command = [sys.executable, "-m", "tests.benchmarks.chat_completions", "ask", str(port), job.fine_tuned_model]
    ask(port, job.fine_tuned_model, 50)
    clients = [subprocess.Popen([*command, str(requests // 2)], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    out = [client.communicate()[0] for client in clients]
    taken = [millis for text in out for millis in json.loads(text)["ms"]]
    # Starting the clients is not part of what is measured.
    seconds = max(json.loads(text)["seconds"] for text in out)
    resources.close()
    return Speed(len(taken) / seconds, statistics.median(taken), statistics.quantiles(taken, n=100)[98])


def ask(port: int, model: str, requests: int) -> list[float]:
    """Milliseconds of each request on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps(
        {"model": model, "messages": [{"role": "user", "content": "Log: unit 7 code 5"}], "temperature": 0}
    )
    taken = []
    for _ in range(requests):
        begun = time.perf_counter()
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        content = reply.read()
        assert reply.status == 200, content
        taken.append((time.perf_counter() - begun) * 1000)
    connection.close()
    return taken


def ask_from_here() -> None:
    """The client's own process: several connections at once."""
    port, model, requests = int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    taken: list[float] = []
    lock = threading.Lock()

    def one() -> None:
        mine = ask(port, model, requests // CONNECTIONS)
        with lock:
            taken.extend(mine)

    threads = [threading.Thread(target=one) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"seconds": time.perf_counter() - begun, "ms": taken}))


if __name__ == "__main__":
    ask_from_here() if sys.argv[1:2] == ["ask"] else main()
