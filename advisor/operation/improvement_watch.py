"""Begins what is due and goes on with what is under way, again and again, in a thread of the service."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from advisor.errors import AdvisorError, FolderHeldError
from advisor.operation.improvement_loop import Workplace, begin_if_due, go_on
from advisor.store.database import Store
from advisor.store.improvement_runs import RUNNING, ImprovementRun
from advisor.tuning.data_folder import DataFolder

EVERY_S: Final = 60.0
_log = logging.getLogger(__name__)


class ImprovementWatch:
    """Several processes may watch at once: each step is done by one of them."""

    def __init__(self, store: Store, data: DataFolder, every_s: float = EVERY_S) -> None:
        self._store = store
        self._data = data
        self._every_s = every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="improvements", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; a step that is under way is done again at the next start, so it is not waited for long."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            try:
                look_at_all(self._store, self._data, self._ended)
            except (AdvisorError, SQLAlchemyError):
                _log.exception("the trainings of deployments could not be looked at")


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
