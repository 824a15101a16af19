"""Load on several workers of one database, one of which is killed and started again each minute.

    python -m tests.load --seconds 600 --database postgresql

Every write that was accepted is looked for afterwards, in full. The report is JSON; the exit code is 1 where a write
was lost or a reply was 5xx other than 503.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.postgresql_server import installed, postgresql_server

V1 = "/api/v1"
_KEY = "Idempotency-Key"


class Accepted(NamedTuple):
    """A write that the service said it had done, and what must be found there."""

    path: str
    holds: dict[str, Any]


class Report(NamedTuple):
    """What came of a load."""

    seconds: float
    kills: int
    requests: int
    accepted: int
    lost: list[str]
    statuses: dict[str, int]
    broken_connections: int
    p50_ms: float
    p99_ms: float

    @property
    def good(self) -> bool:
        """Nothing lost, and no reply of a broken service."""
        return not self.lost and not [name for name in self.statuses if name >= "500" and name != "503"]


class Workers:
    """Processes of `advisor serve` at one port and one database."""

    def __init__(self, folder: Path, url: str | None, count: int) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._folder = folder
        self._environment = {**os.environ, **({"ADVISOR_DATABASE_URL": url} if url else {})}
        self._processes = [self._started(number) for number in range(count)]

    def kill(self, number: int) -> None:
        """Kill one without a warning, and start it again."""
        process = self._processes[number]
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self._processes[number] = self._started(number)

    def stop(self) -> None:
        """Tell all to stop; each must end well."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.communicate(timeout=60)
            assert process.returncode == 0

    def _started(self, number: int) -> subprocess.Popen[str]:
        words = ["serve", "--port", str(self.port), "--share-port", "--data", str(self._folder)]
        with (self._folder / f"load-{number}.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "advisor", *words, "--name", f"load-{number}", "--log-format", "json"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self._environment,
            )
        assert process.stdout is not None
        assert process.stdout.readline().startswith("advisor serves on"), f"load-{number} did not start"
        return process


class Client:
    """One program that writes and reads, again and again; a lost connection is made anew and the request repeated."""

    def __init__(self, port: int, seed: int) -> None:
        self.accepted: list[Accepted] = []
        self.statuses: Counter[str] = Counter()
        self.taken_ms: list[float] = []
        self.broken = 0
        self._port = port
        self._draw = random.Random(seed)
        self._name = f"client {seed}"
        self._numbers = itertools.count()
        self._connection: http.client.HTTPConnection | None = None

    def work(self, until: float, pause_s: float) -> None:
        """Ask until that moment, at most once in `pause_s`."""
        while (begun := time.monotonic()) < until:
            self._one()
            threading.Event().wait(max(0.0, pause_s - (time.monotonic() - begun)))

    def lost(self) -> list[str]:
        """What was accepted and is not there, or not as it was; asked at the end, once."""
        found = []
        for write in self.accepted:
            status, value, _ = self._asked("GET", write.path)
            if status != 200 or any(value.get(key) != held for key, held in write.holds.items()):
                found.append(f"{status} {write.path}")
        if self._connection is not None:
            self._connection.close()
        return found

    def _one(self) -> None:
        title = f"{self._name}, {next(self._numbers)}"
        case = {"schema": "advisor/case/v1", "title": title, "need": {"gaps": [self._draw.choice(("facts", "style"))]},
                "data": {"examples": self._draw.randrange(5_000)}}  # fmt: skip
        kind = self._draw.choice(("case", "case", "change", "recommendation", "data"))
        if kind == "recommendation":
            status, value, _ = self._created(f"{V1}/recommendations", json.dumps(case).encode())
            if status == 201:
                kept = {key: value[key] for key in ("title", "case_sha256", "recommendation", "costs", "created_at")}
                self.accepted.append(Accepted(f"{V1}/recommendations/{value['id']}", kept))
        elif kind == "data":
            self._upload(title)
        else:
            self._keep(case, change=kind == "change")

    def _keep(self, case: dict[str, Any], *, change: bool) -> None:
        status, value, headers = self._created(f"{V1}/cases", json.dumps(case).encode())
        if status != 201:
            return
        path, held = f"{V1}/cases/{value['id']}", value["case"]
        self.accepted.append(Accepted(f"{path}/versions/1", {"case": held}))
        if change:
            case["data"]["examples"] += 1
            body, more = json.dumps(case).encode(), {"If-Match": headers["ETag"], "Content-Type": "application/json"}
            status, value, _ = self._asked("PUT", path, body, more)
            if status == 200:
                self.accepted.append(Accepted(f"{path}/versions/2", {"case": value["case"]}))

    def _upload(self, title: str) -> None:
        row = {"messages": [{"role": "user", "content": title}, {"role": "assistant", "content": "yes"}]}
        rows = json.dumps(row).encode() + b"\n"
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="r.jsonl"\r\n\r\n'
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        status, value, _ = self._created(f"{V1}/data-sets", head + rows + b"\r\n--b--\r\n", kind)
        if status == 201:
            self.accepted.append(Accepted(f"{V1}/data-sets/{value['id']}", {"bytes": len(rows)}))

    def _created(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> Any:
        kind = headers or {"Content-Type": "application/json"}
        return self._asked("POST", path, body, {**kind, _KEY: f"{self._draw.getrandbits(64):x}"})

    def _asked(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Any:
        """Status, value and headers. Repeated until there is a reply; repeated POSTs carry the same key."""
        while True:
            begun = time.perf_counter()
            try:
                if self._connection is None:
                    self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
                self._connection.request(method, path, body, headers or {})
                reply = self._connection.getresponse()
                raw = reply.read()
            except (http.client.HTTPException, OSError):
                self.broken += 1
                assert self._connection is not None
                self._connection.close()
                self._connection = None
                threading.Event().wait(0.05)
                continue
            self.taken_ms.append((time.perf_counter() - begun) * 1e3)
            self.statuses[str(reply.status)] += 1
            if reply.status == 503:
                threading.Event().wait(0.1)
                continue
            return reply.status, json.loads(raw) if raw else {}, reply.headers


def bear(seconds: float, *, database: str, workers: int, clients: int, rate: float, kill_every_s: float) -> Report:
    """Bear `rate` requests a second in all for `seconds`, then look for every write."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="advisor-load-")))
        url = stack.enter_context(_postgresql()) if database == "postgresql" else None
        served = Workers(folder, url, workers)
        programs = [Client(served.port, seed) for seed in range(clients)]
        begun = time.monotonic()
        until = begun + seconds
        threads = [threading.Thread(target=program.work, args=(until, clients / rate)) for program in programs]
        for thread in threads:
            thread.start()
        kills = 0
        while time.monotonic() + kill_every_s < until:
            threading.Event().wait(kill_every_s)
            served.kill(kills % workers)
            kills += 1
        for thread in threads:
            thread.join()
        asked = sum(len(program.taken_ms) for program in programs)
        taken = sorted(ms for program in programs for ms in program.taken_ms)
        statuses = sum((program.statuses for program in programs), Counter[str]())
        lost = [each for program in programs for each in program.lost()]
        report = Report(
            round(time.monotonic() - begun, 1),
            kills,
            asked,
            sum(len(program.accepted) for program in programs),
            lost,
            dict(sorted(statuses.items())),
            sum(program.broken for program in programs),
            round(taken[len(taken) // 2], 1),
            round(taken[int(len(taken) * 0.99)], 1),
        )
        served.stop()
        return report


@contextmanager
def _postgresql() -> Iterator[str]:
    programs = installed()
    if programs is None:
        sys.exit("PostgreSQL is not installed")
    with postgresql_server(programs) as url:
        yield url


def main() -> None:
    """Bear a load, and print the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description="Load with a worker killed each minute.")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--rate", type=float, default=20, help="requests a second, in all")
    parser.add_argument("--kill-every-s", type=float, default=60)
    given = parser.parse_args()
    report = bear(
        given.seconds,
        database=given.database,
        workers=given.workers,
        clients=given.clients,
        rate=given.rate,
        kill_every_s=given.kill_every_s,
    )
    print(json.dumps(report._asdict(), indent=2))
    sys.exit(0 if report.good else 1)


if __name__ == "__main__":
    main()
