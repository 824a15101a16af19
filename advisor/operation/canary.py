"""Asks the locked canary set through a deployment, and keeps which answers were right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from advisor.errors import InputError
from advisor.operation.drift_check import CANARY, right_answer
from advisor.operation.feedback_desk import golden_answers
from advisor.operation.rule_files import load_drift_rules
from advisor.operation.watch_settings import watch_settings
from advisor.store.database import Store
from advisor.store.deployment_events import Happened
from advisor.store.deployments import Deployment


class CanaryRun(NamedTuple):
    """How many of how many questions were answered rightly."""

    right: int
    asked: int


def ask_canary(store: Store, deployment: Deployment, folder: Path, ask: Callable[[str], str]) -> CanaryRun:
    """Ask every question of the set by `ask`. Raises InputError where there is none or it was changed, HostError."""
    settings = watch_settings(deployment.settings)
    if settings.canary is None:
        raise InputError(
            "no canary set is named", where=deployment.name, what_to_do="name one with `advisor drift set`"
        )
    golden = golden_answers(settings.canary, folder)
    least = load_drift_rules().thresholds["same_answer"]
    right = [right_answer(ask(item.question), item.answer, least) for item in golden]
    said = f"{sum(right)} of {len(right)} canary questions were answered rightly"
    data = {"sha256": settings.canary.sha256, "right": [int(one) for one in right]}
    store.deployment_events.add(deployment.id, Happened(CANARY, said, data))
    return CanaryRun(sum(right), len(right))
