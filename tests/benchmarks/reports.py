"""Speed of a PDF with charts, as a whole process and warm: `python -m tests.benchmarks.reports`.

Goals: 1 s as a whole process, 150 ms for each further report. The yardstick is a Python process that only imports the
setter.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from advisor.files import content, load_case, load_rulebook
from advisor.report.case_report import case_report
from advisor.report.pdf import report_pdf

ROUNDS = 5
CASE = content("examples") / "medical-notes.yaml"


def main() -> None:
    """Print the best of five rounds of each."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "memo.pdf")
        command = [sys.executable, "-m", "advisor", "report", str(CASE), "-o", out]
        whole = best(lambda: subprocess.run(command, check=True, capture_output=True))
    bare = best(lambda: subprocess.run([sys.executable, "-c", "import typst"], check=True))
    book = load_rulebook()
    case = load_case(CASE, book.questions)
    gathered = best(lambda: case_report(case, book, date(2026, 11, 21)))
    found = case_report(case, book, date(2026, 11, 21))
    warm = best(lambda: report_pdf(found))
    print(f"PDF, whole process {whole:5.2f} s (goal 1), {whole / bare:.1f} x a process that imports the setter")
    print(f"PDF, warm          {warm * 1000:5.0f} ms (goal 150), and {gathered * 1000:.0f} ms to gather it")


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of ROUNDS rounds."""
    seconds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


if __name__ == "__main__":
    main()
