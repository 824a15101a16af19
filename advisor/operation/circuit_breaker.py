"""Stops asking a model that fails again and again, and tries it anew after a while. Times are seconds of one clock."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import NamedTuple


class BreakerRules(NamedTuple):
    """After `failures` in a row a model is not asked for `rest_s`; then one request tries it."""

    failures: int
    rest_s: float


class _State(NamedTuple):
    failures: int = 0
    closed_until: float = 0.0


class CircuitBreaker:
    """How each model does; safe to be used from several threads."""

    def __init__(self, rules: BreakerRules) -> None:
        self._rules = rules
        self._states: dict[Hashable, _State] = {}
        self._lock = threading.Lock()

    def may_ask(self, model: Hashable, now: float) -> bool:
        """Whether the model is to be asked; of those that ask after its rest, one alone is told so."""
        with self._lock:
            state = self._states.get(model)
            if state is None or state.failures < self._rules.failures:
                return True
            if now < state.closed_until:
                return False
            self._states[model] = state._replace(closed_until=now + self._rules.rest_s)
            return True

    def succeeded(self, model: Hashable) -> None:
        """The model answered."""
        with self._lock:
            self._states.pop(model, None)

    def failed(self, model: Hashable, now: float) -> None:
        """The model did not answer."""
        with self._lock:
            failures = self._states.get(model, _State()).failures + 1
            self._states[model] = _State(failures, now + self._rules.rest_s)

    def resting(self, now: float) -> int:
        """How many models are not asked now."""
        with self._lock:
            return sum(
                state.failures >= self._rules.failures and now < state.closed_until for state in self._states.values()
            )
