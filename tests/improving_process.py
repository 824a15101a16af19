"""A process that works on the run of a deployment; it kills itself where a step has done its work but nobody knows yet.

    python -m tests.improving_process DATA DEPLOYMENT

It dies once in each step, so that it must be started again and again; it ends by itself with what became of the run.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from advisor.operation import improvement_loop as loop
from advisor.operation.improvement_steps import WATCH, Workplace
from advisor.service.resources import open_resources
from advisor.store import improvement_runs
from advisor.store.improvement_runs import ImprovementRun, ImprovementRuns


def main() -> None:
    """Work until killed, or until the run waits for its roll-out or has ended."""
    data, name = Path(sys.argv[1]), sys.argv[2]
    for change in ("move", "end"):
        setattr(ImprovementRuns, change, _killed_once(data, getattr(ImprovementRuns, change)))
    resources = open_resources(data)
    deployment = resources.store.deployments.find(name, "default")
    assert deployment is not None
    place = Workplace(resources.store, resources.data, date(2026, 11, 21))
    run = resources.store.improvement_runs.open_of(deployment.id) or loop.begin_if_due(place, deployment)
    assert run is not None
    while run.status == improvement_runs.RUNNING and run.step != WATCH:
        before = run.revision
        run = loop.go_on(place, run)
        if run.revision == before:
            time.sleep(0.05)
    resources.close()
    print(run.id, run.status, run.step, flush=True)


def _killed_once(data: Path, inner: Callable[..., Any]) -> Callable[..., Any]:
    def killed(self: ImprovementRuns, known: ImprovementRun, *arguments: Any, **named: Any) -> Any:
        spent = data / f"killed-{known.step}"
        if not spent.exists():
            spent.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return inner(self, known, *arguments, **named)

    return killed


if __name__ == "__main__":
    main()
