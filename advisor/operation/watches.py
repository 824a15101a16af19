"""What the service looks at again and again: roll-outs, new trainings, drift. Several processes may do so at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from advisor.operation import drift_watch, improvement_watch, rollout_check
from advisor.store.database import Store
from advisor.tuning.data_folder import DataFolder

EVERY_S: Final = 60.0
_STOP_S: Final = 10.0
_log = logging.getLogger(__name__)


class Watch:
    """Looks every `every_s` seconds in a thread of its own; `look` is given what is set when it should stop."""

    def __init__(self, name: str, look: Callable[[threading.Event], object], every_s: float = EVERY_S) -> None:
        self._look = look
        self._every_s = every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End. What is under way can be repeated, so it is not waited for long."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=_STOP_S)

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            try:
                self._look(self._ended)
            except Exception:  # noqa: BLE001
                # Whatever went wrong this time, the next look must come: roll-outs are taken back by it.
                _log.exception("%s could not be looked at", self._thread.name)


def watches_of(store: Store, data: DataFolder) -> tuple[Watch, ...]:
    """The watches of one service, not begun yet."""
    return (
        Watch("roll-outs", partial(rollout_check.check_all, store)),
        Watch("improvements", partial(improvement_watch.look_at_all, store, data)),
        Watch("drift", partial(drift_watch.look_at_all, store)),
    )
