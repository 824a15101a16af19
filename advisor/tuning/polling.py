"""Hearing a request to stop while something long runs: a step of a loop, a library's call, a pass of a model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from advisor.tuning.trainer import Control, Stopped

T = TypeVar("T")
POLL_S: Final = 0.5  # the answer may come from a database, so it is not asked for more often


class Poll:
    """Raises Stopped once the control wants no more; asks it at most twice a second."""

    def __init__(self, control: Control, every_s: float = POLL_S) -> None:
        self._control, self._every_s = control, every_s
        self._last = float("-inf")

    def __call__(self, *_: object) -> None:
        now = time.monotonic()
        if now - self._last >= self._every_s:
            self._last = now
            check(self._control)


def check(control: Control) -> None:
    """Raises Stopped where the run should stop."""
    if not control.wanted():
        raise Stopped


def in_background(work: Callable[[], T], poll: Callable[[], None]) -> T:
    """What `work` returns, polled meanwhile; `work` must let go of Python's lock while it computes.

    After a stop its thread ends unseen: a library's loop cannot be broken.
    """
    results: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  raised again below, in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(POLL_S)
        poll()
    if failed:
        raise failed[0]
    return results[0]


@contextmanager
def polled_layers(model: Any, poll: Callable[..., None]) -> Iterator[None]:
    """Polls at each layer, forward and backward: one pass of a big model takes longer than a stop may wait."""
    import torch

    def before(_module: Any, _inputs: Any) -> None:
        poll()

    def after(_module: Any, _inputs: Any, output: Any) -> None:
        first = output[0] if isinstance(output, tuple) else output
        if isinstance(first, torch.Tensor) and first.requires_grad:
            first.register_hook(lambda _gradient: poll())

    layers = [layer for module in model.modules() if isinstance(module, torch.nn.ModuleList) for layer in module]
    hooks = [
        hook for one in layers for hook in (one.register_forward_pre_hook(before), one.register_forward_hook(after))
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
