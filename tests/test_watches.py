"""What the service looks at again and again goes on after a fault, and one deployment's fault is no other's."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.operation import drift_watch
from advisor.operation.drift import Look
from advisor.operation.drift_check import check_deployment
from advisor.operation.watches import Watch
from advisor.store.database import Store, open_store
from advisor.store.deployments import Deployment
from tests.operation_records import deployment


def test_a_fault_ends_no_watch() -> None:
    """Of any kind; the next look comes."""
    looks = threading.Semaphore(0)

    def look(_: threading.Event) -> None:
        looks.release()
        raise ZeroDivisionError

    watch = Watch("faulty", look, every_s=0.001)
    watch.start()
    assert all(looks.acquire(timeout=30) for _ in range(3))
    watch.close()


def test_one_fault_hinders_no_other_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first deployment cannot be looked at; the second is."""

    def check(store: Store, of: Deployment, now_ms: int) -> Look:
        if of.name == "a":
            raise InputError("its canary set is gone")
        return check_deployment(store, of, now_ms)

    monkeypatch.setattr(drift_watch, "check_deployment", check)
    monkeypatch.setattr(drift_watch, "_DAY_MS", -1)
    with closing(open_store(tmp_path)) as store:
        for name in ("a", "b"):
            deployment(store, name)
        assert len(drift_watch.look_at_all(store)) == 1
