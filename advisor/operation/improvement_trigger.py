"""Whether a model in production is due for a new training (M-O4), and in words why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from advisor.evaluation.intervals import Interval


class Since(NamedTuple):
    """What came since the last training: accepted corrections that no run used, and months; None where not known.

    `accuracy` is that of reviewed samples with its interval, None where too few were reviewed to say.
    """

    corrections: int
    months: float | None
    accuracy: Interval | None = None


def due(since: Since, thresholds: Mapping[str, float], least_accuracy: float | None) -> str | None:
    """Why the model is due, in a sentence; None where it is not.

    An accuracy is below its threshold where the whole interval is, so that a few unlucky reviews start nothing.
    """
    if since.corrections >= thresholds["corrections"]:
        return (
            f"{since.corrections} reviewed corrections since the last training (from {thresholds['corrections']:g} on)"
        )
    if least_accuracy is not None and since.accuracy is not None and since.accuracy.high < least_accuracy:
        seen = since.accuracy
        span = f"{seen.value:.1%} ({seen.low:.1%} to {seen.high:.1%})"
        return f"accuracy on reviewed answers {span}, below {least_accuracy:.0%}"
    if since.months is None or not since.corrections:
        return None
    if since.months >= thresholds["most_months"]:
        return f"{since.months:.1f} months since the last training (at most {thresholds['most_months']:g})"
    if since.months >= thresholds["least_months"] and since.corrections >= thresholds["least_new"]:
        return f"{since.months:.1f} months and {since.corrections} corrections since the last training"
    return None
