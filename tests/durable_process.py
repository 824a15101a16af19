"""A process that works on jobs as `advisor serve` does, with the small trainer; it can kill itself in a step.

    python -m tests.durable_process DATA NAME DATABASE_URL KILL_IN

KILL_IN is `STEP:before` or `STEP:after`, or `none`. `after` is when the step has done its work but the journal does not
know it yet: the worst moment. Each begin of a step adds a line to DATA/calls.log.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from advisor.service.resources import open_resources
from advisor.tuning.job_steps import JobSteps
from tests.memory_trainer import MemoryTrainer

STEPS = ("validate", "begin", "train", "keep_checkpoint", "keep_metrics", "register", "succeed", "end")


def main() -> None:
    """Work until killed."""
    data, name, url, kill = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    for step in STEPS:
        _watch(data, step, kill)
    open_resources(data, url or None, {"linear": MemoryTrainer}, name=name)
    print("ready", flush=True)
    threading.Event().wait()


def _watch(data: Path, step: str, kill: str) -> None:
    inner: Callable[..., Any] = getattr(JobSteps, step)
    spent = data / f"killed-{step}"

    def watched(self: JobSteps, *arguments: Any) -> Any:
        with (data / "calls.log").open("a") as log:
            log.write(f"{step} {arguments[0]}\n")
        if kill == f"{step}:before" and not spent.exists():
            _kill(spent)
        result = inner(self, *arguments)
        if kill == f"{step}:after" and not spent.exists():
            _kill(spent)
        return result

    setattr(JobSteps, step, watched)


def _kill(spent: Path) -> None:
    spent.touch()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
