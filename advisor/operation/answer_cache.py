"""Answers that are given again to the same request, for a while. Times are seconds of one clock."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class _Kept(NamedTuple, Generic[T]):
    answer: T
    until: float


class AnswerCache(Generic[T]):
    """At most `most` answers; the one that was not asked for longest goes first. Safe to be used from several threads.

    The key must hold all that the answer depends on, and the workspace.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: str, now: float) -> T | None:
        """The answer, unless there is none or its time is over."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            if now >= kept.until:
                del self._kept[key]
                return None
            self._kept.move_to_end(key)
            return kept.answer

    def keep(self, key: str, answer: T, until: float) -> None:
        """Give this answer until then."""
        with self._lock:
            self._kept[key] = _Kept(answer, until)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
