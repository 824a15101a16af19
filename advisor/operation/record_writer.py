"""Writes records behind the answers: a bounded queue, a thread that writes many at once, a count of what was lost."""

from __future__ import annotations

import queue
import threading
from typing import Final, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from advisor.store.gateway_records import GatewayRecord, GatewayRecords, GatewayText

_WAITING: Final = 20_000
_AT_ONCE: Final = 1_000
_EVERY_S: Final = 0.2
_TRIES: Final = 5
_END: Final = None


class Written(NamedTuple):
    """A record, and its texts where they are kept."""

    record: GatewayRecord
    text: GatewayText | None


class RecordWriter:
    """Takes records without waiting; `close` writes what is still there. Safe to be used from several threads."""

    def __init__(self, records: GatewayRecords, *, waiting: int = _WAITING, every_s: float = _EVERY_S) -> None:
        """`waiting` is how many records may wait at most: those beyond are lost, and counted."""
        self._records = records
        self._queue: queue.Queue[Written | threading.Event | None] = queue.Queue(waiting)
        self._every_s = every_s
        self._lock = threading.Lock()
        self._lost = 0
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    @property
    def lost(self) -> int:
        """How many records could not be kept."""
        return self._lost

    @property
    def waiting(self) -> int:
        """How many records are not written yet."""
        return self._queue.qsize()

    def add(self, written: Written) -> None:
        """Take a record; lost where too many wait."""
        self._start()
        try:
            self._queue.put_nowait(written)
        except queue.Full:
            self._count_lost(1)

    def flush(self, timeout_s: float = 30.0) -> bool:
        """Wait until all that was added before is written; false where that takes longer."""
        if self._thread is None:
            return True
        done = threading.Event()
        self._queue.put(done)
        return done.wait(timeout_s)

    def close(self) -> None:
        """Write what is there and end; called again it does nothing."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._closed.set()
            self._queue.put(_END)
            thread.join()
            self._closed.clear()

    def _start(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="gateway records", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            if isinstance(first, Written):
                self._closed.wait(self._every_s)  # more may come meanwhile
            found: list[Written | threading.Event | None] = [first]
            while len(found) < _AT_ONCE:
                try:
                    found.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            self._write([one for one in found if isinstance(one, Written)])
            for one in found:
                if isinstance(one, threading.Event):
                    one.set()
            if _END in found:
                return

    def _write(self, found: list[Written]) -> None:
        for left in range(_TRIES - 1, -1, -1):
            try:
                self._records.add_many([one.record for one in found], [one.text for one in found if one.text])
            except SQLAlchemyError:
                if not left:
                    self._count_lost(len(found))
                elif not self._closed.is_set():
                    self._closed.wait(self._every_s)
            else:
                return

    def _count_lost(self, count: int) -> None:
        with self._lock:
            self._lost += count
