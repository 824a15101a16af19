"""Begins the trainings that are due and goes on with those under way."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from advisor.errors import FolderHeldError
from advisor.operation.improvement_loop import begin_if_due, go_on
from advisor.operation.improvement_steps import Workplace
from advisor.store.database import Store
from advisor.store.improvement_runs import RUNNING, ImprovementRun
from advisor.tuning.data_folder import DataFolder


def look_at_all(store: Store, data: DataFolder, ended: threading.Event | None = None) -> list[ImprovementRun]:
    """Go on with the run of each deployment, or begin one where it is due; the runs as they stand then."""
    found = []
    place = Workplace(store, data, datetime.now(UTC).date())
    for deployment in store.deployments.all():
        run = store.improvement_runs.open_of(deployment.id) or begin_if_due(place, deployment)
        while run is not None and not (ended and ended.is_set()):
            before = run.revision
            try:
                run = go_on(place, run)
            except FolderHeldError:
                break  # another process works on it
            if run.revision == before or run.status != RUNNING:
                break
        if run is not None:
            found.append(run)
    return found
