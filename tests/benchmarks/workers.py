"""One service beside four on one PostgreSQL database and at one port: new recommendations per second.

    python -m tests.benchmarks.workers [ROUNDS]

Each round measures both, so that what else the machine does falls on both; the median of the rounds' ratios counts. On
two cores two times is the most there is, less what the database and this program take.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.benchmarks.api import Load, bear
from tests.load import Workers
from tests.postgresql_server import installed, postgresql_server

_MANY: Final = 4
_SECONDS: Final = 8.0


def main() -> None:
    """Print both rates and their ratio, round by round."""
    programs = installed()
    if programs is None:
        sys.exit("PostgreSQL is not installed")
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    ratios = []
    with postgresql_server(programs) as url:
        for number in range(rounds):
            one, many = borne(url, 1), borne(url, _MANY)
            ratios.append(many.requests_per_s / one.requests_per_s)
            busy = os.getloadavg()[0]
            print(f"round {number + 1}: 1 worker {one.requests_per_s:6.1f} requests/s, p99 {one.p99_ms:6.0f} ms; "
                  f"{_MANY} workers {many.requests_per_s:6.1f}, p99 {many.p99_ms:6.0f} ms; "
                  f"{ratios[-1]:.2f} times; {one.errors + many.errors} errors; load {busy:.1f}")  # fmt: skip
    print(f"{_MANY} workers: {statistics.median(ratios):.2f} times one (median of {rounds})")


def borne(url: str, count: int) -> Load:
    """What `count` workers bear."""
    numbers = itertools.count()

    def body() -> bytes:
        number = next(numbers)
        traffic = {"requests_per_month": 1_000 + 7 * number}
        case = {"schema": "advisor/case/v1", "title": f"case {number}", "need": {"gaps": ["facts"]}, "traffic": traffic,
                "knowledge": {"update_frequency": "weekly"}, "data": {"examples": 1 + number % 9_973}}  # fmt: skip
        return json.dumps(case).encode()

    with tempfile.TemporaryDirectory() as folder:
        workers = Workers(Path(folder), url, count)
        try:
            bear(workers.port, "/api/v1/recommendations", body, 2.0)
            return bear(workers.port, "/api/v1/recommendations", body, _SECONDS)
        finally:
            workers.stop()


if __name__ == "__main__":
    main()
