"""One prediction that can come true, and the scale on which its error is measured."""

from __future__ import annotations

from datetime import date
from math import exp, isfinite, log
from typing import Literal, NamedTuple

Scale = Literal["log", "linear"]


class Spread(NamedTuple):
    """A predicted range, in the unit of its kind."""

    p10: float
    p50: float
    p90: float


class Entry(NamedTuple):
    """A prediction: `shown` as it was given, `raw` before anything learned was applied to it.

    `actual` is None while it is not known; `actual_on` is the day on which it became known.
    """

    kind: str
    subject: str
    shown: Spread
    raw: Spread
    actual: float | None = None
    actual_on: date | None = None


def can_be_scored(spread: Spread, actual: float, scale: Scale) -> bool:
    """Whether the error can be measured: on the log scale everything must be above 0."""
    values = (*spread, actual)
    return all(map(isfinite, values)) and (scale == "linear" or min(values) > 0)


def place_of(value: float, scale: Scale) -> float:
    """Where a value lies on its scale."""
    return log(value) if scale == "log" else value


def value_at(place: float, scale: Scale) -> float:
    """The value at a place of the scale."""
    return exp(place) if scale == "log" else place
