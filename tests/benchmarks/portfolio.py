"""A portfolio of 10,000 different cases, read from files, decided, priced and chosen under a budget.

python -m tests.benchmarks.portfolio
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import yaml

from advisor.files import content

CASES: Final = 10_000


def main() -> None:
    """Print the seconds of the whole command, with one process and with as many as there are cores."""
    with tempfile.TemporaryDirectory() as folder:
        write_cases(Path(folder), CASES)
        for processes in (1, len(os.sched_getaffinity(0))):
            begun = time.perf_counter()
            asked = ["portfolio", folder, "--budget", "20000000", "--format", "json", "--processes", str(processes)]
            subprocess.run([sys.executable, "-m", "advisor", *asked], check=True, stdout=subprocess.DEVNULL)
            print(f"{CASES:,} cases, {processes} processes: {time.perf_counter() - begun:.1f} s")


def write_cases(folder: Path, count: int) -> None:
    """The worked cases with other traffic, money and time; the same every time."""
    generator = random.Random(1)
    known = [
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted(content("examples").glob("*.yaml"))
        if "expected" not in path.name
    ]
    for number in range(count):
        case = {
            name: dict(part) if isinstance(part, dict) else part for name, part in known[number % len(known)].items()
        }
        case["as_of"] = str(case.get("as_of", "2026-11-21"))
        case["title"] = f"{case['title']} {number}"
        case.setdefault("traffic", {})["requests_per_month"] = int(10 ** generator.uniform(3, 6.5))
        case.setdefault("economics", {})["cost_per_error_usd"] = round(10 ** generator.uniform(-2, 1), 3)
        case.setdefault("horizon", {})["months"] = generator.randrange(6, 49)
        text = yaml.safe_dump(case, sort_keys=False, allow_unicode=True)
        (folder / f"case-{number:05}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
