"""Answers until the process is told to stop; then nothing new is let in, and what was begun is finished."""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import Any, Final

GRACE_S: Final = 25.0  # of the 30 s that container platforms leave between SIGTERM and SIGKILL
_LOOK_EVERY_S: Final = 0.05


class Stop:
    """Notes that the process was told to stop; told twice, it stops at once."""

    def __init__(self, server: Any) -> None:
        """Takes SIGTERM and SIGINT of the process."""
        self.told = False
        self._server = server
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._tell)

    def _tell(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature is Python's
        if self.told:
            raise KeyboardInterrupt
        self.told = True
        self._server.pull_trigger()  # wakes the loop


def serve_until_told(server: Any, stop: Stop, grace_s: float = GRACE_S) -> bool:
    """Answer until `stop`; whether every request that was begun has then been answered within `grace_s`.

    `server` is waitress's. Its own `run` drops the replies of requests that are still running.
    """
    while not stop.told:
        _turn(server, 1.0)
    server.accepting = False
    server.del_channel()
    server.socket.close()
    deadline = time.monotonic() + grace_s
    while (open_ := list(server.active_channels.values())) and time.monotonic() < deadline:
        for channel in open_:
            if not _is_busy(channel):
                channel.will_close = True  # a connection kept open for requests that have not come
        _turn(server, _LOOK_EVERY_S)
    finished = not any(map(_is_busy, server.active_channels.values()))
    server.task_dispatcher.shutdown(timeout=0 if not finished else 5)
    return finished


def _turn(server: Any, timeout_s: float) -> None:
    server.asyncore.loop(timeout=timeout_s, map=server._map, use_poll=server.adj.asyncore_use_poll, count=1)


def _is_busy(channel: Any) -> bool:
    """Whether a request is coming in, waiting, running, or its reply going out."""
    return bool(channel.requests or channel.request is not None or channel.total_outbufs_len)
