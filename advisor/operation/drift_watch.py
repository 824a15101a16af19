"""One look at each deployment a day, by whichever process comes first."""

from __future__ import annotations

import logging
import threading
from typing import Final

from advisor.errors import AdvisorError
from advisor.operation.alerts import Announced, announce
from advisor.operation.drift_check import LOOK, check_deployment
from advisor.store.database import Store
from advisor.store.deployment_events import now_ms

_DAY_MS: Final = 86_400_000
_log = logging.getLogger(__name__)


def look_at_all(store: Store, ended: threading.Event | None = None) -> list[Announced]:
    """Look at every deployment that nobody looked at for a day, and send the alerts that follow."""
    found = []
    for deployment in store.deployments.all():
        if ended is not None and ended.is_set():
            break
        now = now_ms()
        looks = store.deployment_events.page(deployment.id, kind=LOOK, limit=1).items
        begun_ms = looks[0].at_ms if looks else deployment.created_at * 1000
        if now - begun_ms < _DAY_MS:
            continue
        try:
            found.append(announce(store, deployment, check_deployment(store, deployment, now), now))
        except AdvisorError as error:
            _log.warning("%s could not be looked at for drift: %s", deployment.name, error)  # the others still are
    return found
