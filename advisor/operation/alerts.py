"""Alerts about drift: one for each condition, said once by each channel, and closed when the condition is over.

The state is what happened: an alert is open from its event `drift_alert` to `drift_clear`; a channel has said it when
there is an event `alert_sent`. What could not be sent is tried again at the next look.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from advisor.errors import InputError
from advisor.operation.alert_channels import Channel, channels_of
from advisor.operation.drift import Judged, Look
from advisor.operation.drift_check import LOOK, periods
from advisor.operation.rollout_changes import hold
from advisor.operation.rule_files import load_drift_rules
from advisor.operation.watch_settings import watch_settings
from advisor.store.audit import Deed
from advisor.store.database import Store
from advisor.store.deployment_events import DeploymentEvent, Happened
from advisor.store.deployments import Deployment, DeploymentChanged

ALERT: Final = "drift_alert"
CLEAR: Final = "drift_clear"
SENT: Final = "alert_sent"
FAILED: Final = "alert_failed"
_SEEN: Final = 1_000  # events that are looked through
_log = logging.getLogger(__name__)


class Alert(NamedTuple):
    """An alert that is open: `subject` in one line, `text` with what, since when, how sure and what to do."""

    id: str
    deployment: str
    signal: str
    since_ms: int
    subject: str
    text: str


class Announced(NamedTuple):
    """What a look led to: alerts that are new, those open before, signals that are over, and what could not be sent."""

    new: tuple[Alert, ...]
    still_open: tuple[Alert, ...]
    cleared: tuple[str, ...]
    failed: tuple[str, ...]


def announce(
    store: Store,
    deployment: Deployment,
    found: Look,
    now_ms: int,
    channels: Sequence[Channel] | None = None,
) -> Announced:
    """Keep the look, open and close alerts, and send what was not said yet through the channels of the settings."""
    settings = watch_settings(deployment.settings)
    events = store.deployment_events
    open_before = open_alerts(store, deployment)
    drifted = {one.signal.id: one for one in found.drifted}
    missing = {one.signal.id for one in found.judged if one.signal.missing}
    new = []
    for id, judged in drifted.items():
        if id not in {alert.signal for alert in open_before}:
            subject, text = _worded(deployment, judged, found.alpha, now_ms)
            data = {"signal": id, "subject": subject, "text": text}
            event = events.add(deployment.id, Happened(ALERT, subject, data))
            new.append(_alert(deployment, event))
    # What could not be measured this time is not over.
    cleared = [one.signal for one in open_before if one.signal not in drifted and one.signal not in missing]
    for id in cleared:
        events.add(deployment.id, Happened(CLEAR, f"{_words(id)} is back within its bounds", {"signal": id}))
    signals = [{**one.signal._asdict(), "p_adjusted": one.p_adjusted, "drifted": one.drifted} for one in found.judged]
    said = ", ".join(map(_words, drifted)) or "nothing"
    events.add(deployment.id, Happened(LOOK, f"Drift: {said}", {"alpha": found.alpha, "signals": signals}))
    if new and settings.on_drift == "hold":
        _hold(store, deployment, new)
    still_open = [one for one in open_before if one.signal not in cleared]
    failed = _send(store, deployment, [*new, *still_open], channels_of(settings) if channels is None else channels)
    return Announced(tuple(new), tuple(still_open), tuple(cleared), tuple(failed))


def _hold(store: Store, deployment: Deployment, alerts: Sequence[Alert]) -> None:
    """Let another model answer; where there is none, or somebody acts already, that is kept as an event."""
    known = store.deployments.of(deployment.id) or deployment
    why = f"drift: {', '.join(_words(alert.signal) for alert in alerts)}"
    try:
        hold(store, known, Deed("advisor", known.workspace, ""), why)
    except (InputError, DeploymentChanged) as error:
        store.deployment_events.add(known.id, Happened("not_held", f"{why}; not held: {error or 'changed just now'}"))


def open_alerts(store: Store, deployment: Deployment) -> list[Alert]:
    """Alerts whose condition is not over, oldest first."""
    found: dict[str, DeploymentEvent] = {}
    opened = store.deployment_events.page(deployment.id, kind=ALERT, limit=_SEEN).items
    closed = store.deployment_events.page(deployment.id, kind=CLEAR, limit=_SEEN).items
    for event in sorted((*opened, *closed), key=lambda one: one.at_ms):
        signal = str((event.data or {})["signal"])
        if event.kind == ALERT:
            found[signal] = event
        else:
            found.pop(signal, None)
    return [_alert(deployment, event) for event in found.values()]


def _send(store: Store, deployment: Deployment, alerts: Sequence[Alert], channels: Sequence[Channel]) -> list[str]:
    sent = {
        (str((event.data or {})["alert"]), str((event.data or {})["channel"]))
        for event in store.deployment_events.page(deployment.id, kind=SENT, limit=_SEEN).items
    }
    failed = []
    for alert in alerts:
        for channel in channels:
            if (alert.id, channel.name) in sent:
                continue
            about = {"alert": alert.id, "channel": channel.name}
            try:
                channel.send(alert.subject, alert.text, _body(alert))
            except InputError as error:
                failed.append(f"{channel.name}: {error.problem}")
                _log.error("alert %s could not be sent by %s: %s", alert.id, channel.name, error.problem)
                happened = Happened(FAILED, f"{channel.name}: {error.problem}", about)
            else:
                happened = Happened(SENT, f"{alert.subject} was said by {channel.name}", about)
            store.deployment_events.add(deployment.id, happened)
    return failed


def _body(alert: Alert) -> dict[str, Any]:
    return {"schema": "advisor/alert/v1", **alert._asdict()}


def _worded(deployment: Deployment, judged: Judged, alpha: float, now_ms: int) -> tuple[str, str]:
    """Subject and text of an alert."""
    signal, rule = judged.signal, load_drift_rules().signals[judged.signal.id]
    span = periods(deployment, watch_settings(deployment.settings), now_ms)
    subject = f"{deployment.name}: {_words(signal.id)} drifted, {signal.before} to {signal.now}"
    lines = [
        f"What: {rule.what}: {signal.before} before, {signal.now} now ({signal.counted}).",
        *([f"      {signal.detail}"] if signal.detail else []),
        f"Since when: the days from {_day(span.recent_ms)} to {_day(span.recent_end_ms)}, against those from "
        f"{_day(span.baseline_ms)} to {_day(span.baseline_end_ms)}.",
        f"How sure: change {signal.effect:+.3f}, 95 % interval {signal.low:+.3f} to {signal.high:+.3f}; adjusted p "
        f"{judged.p_adjusted:.2g} against {alpha:.2g} ({rule.test}).",
        f"What to do: {rule.act}.",
    ]
    return subject, "\n".join(lines)


def _alert(deployment: Deployment, event: DeploymentEvent) -> Alert:
    data = event.data or {}
    return Alert(event.id, deployment.name, str(data["signal"]), event.at_ms, str(data["subject"]), str(data["text"]))


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")


def _words(id: str) -> str:
    return id.replace("_", " ")
