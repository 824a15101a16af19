"""Speed and peak memory of the data check: structure alone, also on a large file, and all but the quick models."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.chat_rows import MISTAKES, clean_row

ROWS = 100_000
TIMES_LARGER = 30
_SCRIPT = """
import resource, sys, time
from pathlib import Path
from advisor.data_file import open_data_file, read_parts
from advisor.dataset.formats import row_format
from advisor.dataset.structure import StructureCheck
begin = time.perf_counter()
structure = StructureCheck(row_format("openai_chat"))
for part in read_parts(open_data_file(Path(sys.argv[1]))):
    structure.check(part)
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


_WHOLE = """
import resource, subprocess, sys, time
begin = time.perf_counter()
subprocess.run([sys.executable, "-m", "advisor", *sys.argv[1:]], stdout=subprocess.DEVNULL)
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def structure_check() -> None:
    """MB a second on one core, and MB of memory at the peak, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.jsonl", Path(folder) / "large.jsonl"
        write_rows(small)
        with large.open("wb") as stream:
            for _ in range(TIMES_LARGER):
                with small.open("rb") as once:
                    shutil.copyfileobj(once, stream)
        for path in (small, large):
            runs = [measured(path) for _ in range(3 if path is small else 1)]
            speed = max(path.stat().st_size / 1e6 / seconds for seconds, _ in runs)
            size, memory = path.stat().st_size / 1e6, max(peak for _, peak in runs) / 1e3
            print(f"structure, {size:5,.0f} MB       {speed:10,.0f} MB/s (goal 120), peak {memory:.0f} MB (goal 150)")


def whole_check() -> None:
    """Seconds for everything but the quick models, as a process, and MB of memory of its largest process."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "small.jsonl", Path(folder) / "report.json"
        write_rows(path)
        words = ["data", "check", str(path), "--quick", "--format", "json", "--out", str(out)]
        done = subprocess.run([sys.executable, "-c", _WHOLE, *words], capture_output=True, text=True, check=True)
        seconds, peak = done.stdout.split()[-2:]
        size = path.stat().st_size / 1e6
        print(
            f"everything, {size:4,.0f} MB      {float(seconds):10.1f} s (goal 15 on two cores), "
            f"peak {int(peak) / 1e3:.0f} MB a process (goal 600 in all)"
        )


def measured(path: Path) -> tuple[float, int]:
    """Seconds, and KB at the peak."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT, str(path)], capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak)


def write_rows(path: Path) -> None:
    """Chats of a few sentences; 4 % have a mistake."""
    rng = random.Random(20261121)
    every = [make for makes in MISTAKES.values() for make in makes]
    words = [f"w{rng.randrange(10 ** rng.randint(2, 7))}" for _ in range(4000)]
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for _ in range(ROWS):
            texts = [
                " ".join(rng.choices(words, k=rng.randint(20, 70))) + rng.choice(["", " naïve café"]) for _ in "qa"
            ]
            row = {
                "messages": [
                    {"role": "system", "content": "You are a helpful assistant."},
                    {"role": "user", "content": texts[0]},
                    {"role": "assistant", "content": texts[1]},
                ]
            }
            made = rng.choice(every)(clean_row(rng)) if rng.random() < 0.04 else row
            stream.write(
                (made if isinstance(made, str) else json.dumps(made)).encode("utf-8", "replace").decode() + "\n"
            )


if __name__ == "__main__":
    structure_check()
    whole_check()
