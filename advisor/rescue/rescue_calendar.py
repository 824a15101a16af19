"""The days by which each step must begin so that a model is replaced before it is shut down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from advisor.rescue.rescue_rules import Step


class Due(NamedTuple):
    """A step and its first day: as it usually takes, and the very last on which it can begin."""

    step: str
    what: str
    begin_by: date
    at_the_latest: date


def backwards(steps: Sequence[Step], ends_on: date) -> tuple[Due, ...]:
    """Each step's days, so that the last one is over on the day before the model is shut down."""
    found: list[Due] = []
    usual = latest = ends_on
    for step in reversed(steps):
        usual -= timedelta(days=step.days)
        latest -= timedelta(days=step.least_days)
        found.append(Due(step.step, step.what, usual, latest))
    return tuple(reversed(found))


def least_days(steps: Sequence[Step]) -> int:
    """What the shortest calendar takes."""
    return sum(step.least_days for step in steps)
