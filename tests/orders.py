"""What the tests of trainers share: rows of two messages, and a control that listens and stops."""

from __future__ import annotations

from advisor.dataset.conversation import Conversation, said
from advisor.tuning.trainer import Metric, StopReason


def row(prompt: str, answer: str, system: str = "") -> Conversation:
    """A conversation of one question and its answer."""
    before = (said("system", system),) if system else ()
    return Conversation((*before, said("user", prompt), said("assistant", answer)))


class Heard:
    """Keeps every metric, and stops the run once `stop_after` of them were reported."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.metrics: list[Metric] = []
        self._stop_after = stop_after

    def report(self, metric: Metric) -> None:
        """Take note of a step."""
        self.metrics.append(metric)

    def wanted(self) -> bool:
        """False once enough steps were reported."""
        return self._stop_after is None or len(self.metrics) < self._stop_after

    def why_stopped(self) -> StopReason:
        """As when the process ends."""
        return "process_ends"
