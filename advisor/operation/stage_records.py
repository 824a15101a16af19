"""The evidence of a stage, from the records of the gateway and from what people said of the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from advisor.operation.deployment_spec import Settings, settings_of
from advisor.operation.rollout_rules import RollOutRules
from advisor.operation.routing import CANDIDATE, INCUMBENT
from advisor.operation.stage_evidence import Evidence, Sides
from advisor.store.database import Store
from advisor.store.deployments import Deployment
from advisor.store.gateway_records import CACHED, ERROR, USD_NANO, GatewayRecord, JudgedAnswer

_RECENT: Final = 2_000  # of the incumbent's answers before a stage
_DAY_MS: Final = 86_400_000
_SCALE: Final = 5  # times what 95 in 100 of the incumbent's requests cost: what is dearer counts as this
_LIKED: Final = {"up": 1.0, "down": 0.0, "correction": 0.0}
_REJECTED: Final = "rejected"


class _Reference(NamedTuple):
    """What answers are measured by: fixed before those that are tested by it; None as long as too little is known."""

    slow_ms: float | None
    usd_scale: float | None


class _Sides:
    """Grows to `Sides`."""

    def __init__(self) -> None:
        self.candidate: list[float] = []
        self.incumbent: list[float] = []

    def add(self, role: str, value: float) -> None:
        (self.candidate if role == CANDIDATE else self.incumbent).append(value)

    @property
    def sides(self) -> Sides:
        return Sides(self.candidate, self.incumbent)


def stage_evidence(store: Store, rules: RollOutRules, deployment: Deployment, now_ms: int) -> Evidence:
    """All that the current stage has shown until `now_ms`, in milliseconds since 1970."""
    settings, kept = settings_of(deployment), deployment.routes["reference"]
    counted = _AtMost(settings, rules)
    least = int(rules.least_reference.value)
    before = store.gateway_records.recent(deployment.id, INCUMBENT, deployment.stage_since_ms, _RECENT)
    reference = _reference(before, settings, rules, least, kept)
    first: list[GatewayRecord] = []
    sides = {name: _Sides() for name in rules.criteria}
    asked = 0
    for record in store.gateway_records.iterate(deployment.id, deployment.stage_since_ms, now_ms):
        if record.stage != deployment.stage or record.role not in (CANDIDATE, INCUMBENT) or record.status == CACHED:
            continue
        if not counted(record):
            continue
        asked += record.role == CANDIDATE
        failed = record.status == ERROR
        sides["errors"].add(record.role, float(failed))
        if failed:
            continue
        if reference.slow_ms is not None:
            sides["latency"].add(record.role, float(record.latency_ms > reference.slow_ms))
        if reference.usd_scale is not None and record.usd_nano is not None:
            sides["cost"].add(record.role, min(1.0, record.usd_nano / USD_NANO / reference.usd_scale))
        if None in reference and record.role == INCUMBENT and len(first) < least:
            first.append(record)
            if len(first) == least:
                made = _reference(first, settings, rules, least, kept)
                reference = _Reference(reference.slow_ms or made.slow_ms, reference.usd_scale or made.usd_scale)
    for liked in store.gateway_records.judged(deployment.id, deployment.stage_since_ms):
        concerns = liked.stage == deployment.stage and liked.role in (CANDIDATE, INCUMBENT)
        if concerns and liked.kind in _LIKED and liked.status != _REJECTED and counted.judged(liked):
            sides["quality"].add(liked.role, _LIKED[liked.kind])
    means = {name: value for name, value in kept.items() if name in rules.criteria}
    if "cost" in means and reference.usd_scale:
        means["cost"] /= reference.usd_scale
    hours = (now_ms - deployment.stage_since_ms) / 3_600_000
    found = {name: one.sides for name, one in sides.items()}
    return Evidence(found, asked, hours, means, reference.slow_ms, reference.usd_scale)


def kept_reference(evidence: Evidence) -> dict[str, float]:
    """What a later stage without an incumbent is compared with: the incumbent's means in this one, cost in USD."""
    kept = {
        name: float(np.mean(sides.incumbent)) * (evidence.usd_scale or 1.0 if name == "cost" else 1.0)
        for name, sides in evidence.sides.items()
        if len(sides.incumbent)
    }
    more = {"slow_ms": evidence.slow_ms, "usd_scale": evidence.usd_scale}
    return {**kept, **{name: value for name, value in more.items() if value is not None}}


class _AtMost:
    """Whether a record still counts, where one user may only decide so much."""

    def __init__(self, settings: Settings, rules: RollOutRules) -> None:
        self._days = not settings.one_record_a_user
        self._most = int(rules.most_records_a_user.value) if self._days else 1
        self._seen: Counter[tuple[str, int]] = Counter()
        self._judged: set[str] = set()

    def __call__(self, record: GatewayRecord) -> bool:
        return self._counts(record.user_digest, record.at_ms)

    def judged(self, liked: JudgedAnswer) -> bool:
        """The first judgement of an answer counts, so that nobody turns it by saying it again."""
        if liked.record_id in self._judged:
            return False
        self._judged.add(liked.record_id)
        return self._counts(liked.user_digest and f"judged {liked.user_digest}", liked.at_ms)

    def _counts(self, user: str | None, at_ms: int) -> bool:
        if user is None:
            return True
        key = user, at_ms // _DAY_MS if self._days else 0
        self._seen[key] += 1
        return self._seen[key] <= self._most


def _reference(
    records: Sequence[GatewayRecord], settings: Settings, rules: RollOutRules, least: int, kept: Mapping[str, float]
) -> _Reference:
    def quantile(share: float, value: Callable[[GatewayRecord], float | None]) -> float | None:
        known = [found for record in records if (found := value(record)) is not None]
        return float(np.quantile(known, share)) if len(known) >= least else None

    dear = quantile(0.95, lambda record: None if record.usd_nano is None else record.usd_nano / USD_NANO)
    return _Reference(
        settings.slow_ms
        or kept.get("slow_ms")
        or quantile(rules.slow_quantile.value, lambda record: record.latency_ms),
        kept.get("usd_scale") or (dear * _SCALE if dear else None),
    )
