"""Steps of durable workflows that outlive a database which is gone for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from dbos import StepOptions

# Raised by hand when the order of the steps changes: unfinished attempts of an older order are then begun anew.
WORKFLOW_VERSION: Final = "tuning-1"
RECOVERIES: Final = 1_000
_ALIVE: Final = ("PENDING", "ENQUEUED", "DELAYED")


def durable_step(name: str) -> StepOptions:
    """A step that waits for a database that is gone for a while: 1, 2, 4 … seconds, about an hour in all."""
    return {
        "name": name,
        "retries_allowed": True,
        "interval_seconds": 1.0,
        "max_attempts": 12,
        "should_retry": lambda error: isinstance(error, SQLAlchemyError),
    }


def is_alive(workflow_id: str) -> bool:
    """Whether a workflow has not ended, and its steps are in the order of this version."""
    from dbos import DBOS

    known = DBOS.get_workflow_status(workflow_id)
    return known is not None and known.status in _ALIVE and known.app_version == WORKFLOW_VERSION
