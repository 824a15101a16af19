"""A ceiling for what a run pays, held also while several answers are on their way."""

from __future__ import annotations

import threading
from decimal import Decimal


class BudgetReached(Exception):  # noqa: N818  an end that was asked for, not an error
    """Raised before an answer that could cross the ceiling."""


class Budget:
    """Dollars that may be spent; None is no ceiling. Safe to be used from several threads."""

    def __init__(self, most_usd: Decimal | None) -> None:
        self.most_usd = most_usd
        self.spent_usd = Decimal(0)
        self._held_usd = Decimal(0)
        self._lock = threading.Lock()

    def hold(self, usd: Decimal) -> None:
        """Set aside the most that an answer can cost. Raises BudgetReached."""
        with self._lock:
            if self.most_usd is not None and self.spent_usd + self._held_usd + usd > self.most_usd:
                raise BudgetReached
            self._held_usd += usd

    def settle(self, held_usd: Decimal, spent_usd: Decimal) -> None:
        """Put what an answer cost in the place of what was set aside for it."""
        with self._lock:
            self._held_usd -= held_usd
            self.spent_usd += spent_usd
