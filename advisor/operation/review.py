"""Gathers a review of a deployment: figures from the records, from feedback and from people, for two periods."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from advisor.evaluation.intervals import wilson
from advisor.operation.alerts import ALERT
from advisor.operation.drift_check import CANARY
from advisor.operation.kpi_rules import ENTERED, KpiRules, Pack
from advisor.operation.review_pack import Figure, Review, Shown, amount, named, review_sections, share_figure
from advisor.operation.rule_files import load_kpi_rules
from advisor.report.full_report import Report
from advisor.store.database import Store
from advisor.store.deployment_events import DeploymentEvent
from advisor.store.deployments import Deployment
from advisor.store.feedback import DOWN
from advisor.store.gateway_sums import GatewaySums, GatewayTotals

_MOST_LISTED: Final = 20
_MOST_EVENTS: Final = 5_000
_QUIET: Final = ("drift_look", "canary_run", "alert_sent")
_Z: Final = 1.96
_OF_RECORDS: Final = (
    *("latency_p50", "latency_p95", "availability", "fallbacks", "cached"),
    *("tokens_per_answer", "cost", "cost_per_1k_tokens", "active_users"),
)


def make_review(store: Store, deployment: Deployment, pack: Pack, until: date) -> Review:
    """The review of the period that ends with the day `until` (UTC), beside the period before it."""
    rules = load_kpi_rules()
    first = pack.first_day(until)
    earlier = first - timedelta(days=1)
    now, before = (
        _figures(store, deployment, rules, one, other)
        for one, other in ((first, until), (pack.first_day(earlier), earlier))
    )
    shown = [
        Shown(kpi, named(now, kpi.id), named(before, kpi.id)) for kpi in rules.kpis.values() if pack.id in kpi.packs
    ]
    span = (_ms(first), _ms(until + timedelta(days=1)))
    events = [
        event
        for event in store.deployment_events.page(deployment.id, limit=_MOST_EVENTS).items
        if span[0] <= event.at_ms < span[1]
    ]
    lists = tuple(_list(name, store, deployment, span, events, now) for name in pack.lists)
    return Review(deployment.name, deployment.stage, pack, first, until, tuple(shown), lists)


def review_report(review: Review) -> Report:
    """The review in the form that PDF, HTML and Word are made from: what needs a decision, then the rest."""
    memo, *parts = review_sections(review, load_kpi_rules())
    return Report(memo.title, "", review.last_day, "", (memo,), tuple(parts), (), (), review.pack.name)


def _figures(store: Store, deployment: Deployment, rules: KpiRules, first: date, last: date) -> dict[str, Figure]:
    span = (_ms(first), _ms(last + timedelta(days=1)))
    totals = GatewayTotals(store.engine, deployment.id)
    found = _from_records(totals.sums(*span), totals, span)
    thumbs = store.feedback.thumbs(deployment.id, *span)
    judged = store.feedback.thumbs(deployment.id, *span, reviewers=True)
    found["user_rating"] = _share(thumbs.up, thumbs.up + thumbs.down, "thumbs")
    found["corrections"] = Figure(thumbs.corrections, "corrections sent")
    wrong = judged.down + judged.corrections
    found["expert_score"] = _share(judged.up, judged.up + wrong, "judged answers")
    found["canary_accuracy"] = _canary(store, deployment, span)
    for kpi in rules.kpis.values():
        if kpi.comes_from == ENTERED:
            found[kpi.id] = _entered(store, deployment, kpi.id, kpi.unit, first, last)
    return found


def _from_records(sums: GatewaySums, totals: GatewayTotals, span: tuple[int, int]) -> dict[str, Figure]:
    nothing = Figure(None, missing="no requests in this period")
    whole = sums.requests
    if not whole:
        return {**dict.fromkeys(_OF_RECORDS, nothing), "requests": Figure(0, "no request was made")}
    found = {
        "requests": Figure(whole, "every request is recorded"),
        "availability": _share(whole - sums.errors, whole, "requests"),
        "fallbacks": _share(sums.fallbacks, whole, "requests"),
        "cached": _share(sums.cached, whole, "requests"),
        "active_users": Figure(sums.users, "different users")
        if sums.users
        else Figure(None, missing="requests name no user"),
    }
    latency = totals.latency_ms(*span, (0.5, 0.95))
    for name, share in (("latency_p50", 0.5), ("latency_p95", 0.95)):
        found[name] = (
            Figure(latency[share].value, f"{whole - sums.errors - sums.cached:,} answers", *latency[share][1:])
            if latency
            else Figure(None, missing="no answers of a model in this period")
        )
    tokens = sums.prompt_tokens + sums.completion_tokens
    found["tokens_per_answer"] = (
        Figure(tokens / sums.asked, f"{sums.asked:,} answers") if sums.asked else Figure(None, missing="no answers")
    )
    unpriced = f"; {sums.unpriced:,} answers without a known price are not in it" if sums.unpriced else ""
    known = sums.asked > sums.unpriced
    found["cost"] = (
        Figure(sums.usd, f"{sums.asked - sums.unpriced:,} answers{unpriced}")
        if known
        else Figure(None, missing="no answer has a known price")
    )
    found["cost_per_1k_tokens"] = _price(sums)
    return found


def _price(sums: GatewaySums) -> Figure:
    if not sums.priced or not sums.t:
        return Figure(None, missing="no answer has a known price")
    ratio = sums.u / sums.t
    counted = f"{sums.priced:,} answers"
    if sums.priced < 2:
        return Figure(1000 * ratio, counted)
    squares = max(0.0, sums.uu - 2 * ratio * sums.tu + ratio**2 * sums.tt)
    half = _Z * math.sqrt(sums.priced * squares / (sums.priced - 1)) / sums.t
    return Figure(1000 * ratio, counted, 1000 * max(0.0, ratio - half), 1000 * (ratio + half))


def _share(part: int, whole: int, of: str) -> Figure:
    ends = wilson(part / whole if whole else 0.0, whole)
    return share_figure(part, whole, ends.low, ends.high, of)


def _canary(store: Store, deployment: Deployment, span: tuple[int, int]) -> Figure:
    for run in store.deployment_events.page(deployment.id, kind=CANARY, limit=1_000).items:
        if span[0] <= run.at_ms < span[1]:
            right = (run.data or {}).get("right", [])
            return _share(sum(right), len(right), "canary questions")
    return Figure(None, missing="the canary set was not asked in this period (`advisor drift canary`)")


def _entered(store: Store, deployment: Deployment, id: str, unit: str, first: date, last: date) -> Figure:
    """What people entered for days of the period: summed for money, else the mean weighted by days."""
    values = [
        value
        for value in store.kpi_values.within(deployment.id, first.isoformat(), last.isoformat())
        if value.kpi == id
    ]
    if not values:
        return Figure(None, missing=f"nobody entered it (`advisor kpi set {deployment.name} {id} VALUE`)")
    days = [(date.fromisoformat(one.last_day) - date.fromisoformat(one.first_day)).days + 1 for one in values]
    counted = f"entered {len(values)} times, for {sum(days)} of {(last - first).days + 1} days"
    if unit == "usd":
        return Figure(sum(one.value for one in values), counted)
    weighted = sum(one.value * weight for one, weight in zip(values, days, strict=True))
    return Figure(weighted / sum(days), counted)


def _list(
    name: str,
    store: Store,
    deployment: Deployment,
    span: tuple[int, int],
    events: list[DeploymentEvent],
    now: Mapping[str, Figure],
) -> tuple[str, tuple[str, ...]]:
    totals = GatewayTotals(store.engine, deployment.id)
    if name == "errors":
        return "Errors by kind", tuple(f"{kind}: {count:,}" for kind, count in totals.errors(*span).items())
    if name == "models":
        return "Who answered", tuple(f"{model}: {count:,} answers" for model, count in totals.models(*span).items())
    if name == "thumbs_down":
        rows = [
            row
            for row in store.feedback.page(deployment.id, kind=DOWN, limit=_MOST_LISTED).items
            if span[0] <= row.at_ms < span[1]
        ]
        return "Thumbs down, to be read one by one (the newest)", tuple(
            f"{row.id}: record {row.record_id or 'not named'}{f', {row.comment}' if row.comment else ''}"
            for row in rows
        )
    if name == "corrections":
        counts = store.feedback.counts(deployment.id)
        said = [f"{status}: {counts.get(status, 0):,}" for status in ("pending", "accepted", "rejected")]
        free = store.feedback.count_accepted(deployment.id)
        return "Corrections in all", (*said, f"accepted, in no training run yet: {free:,}; 100 are a reason to train")
    if name == "payback":
        return "Value against cost", (_payback(now),)
    wanted = [event for event in events if (event.kind == ALERT) == (name == "alerts") and event.kind not in _QUIET]
    title = "Alerts of the period" if name == "alerts" else "What happened"
    return title, tuple(f"{_day(event.at_ms)}: {event.message}" for event in wanted[:_MOST_LISTED])


def _payback(now: Mapping[str, Figure]) -> str:
    value, cost = now["value"].value, now["cost"].value
    if value is None or cost is None:
        what = " and ".join(name for name, known in (("the value", value), ("the cost", cost)) if known is None)
        return f"Not known: {what} is missing, so nobody can say whether it pays"
    apart = f"{'-' if value < cost else ''}{amount(abs(value - cost), 'usd')}"
    return (
        f"{amount(value, 'usd')} of value against {amount(cost, 'usd')} asked of models, {apart} apart; people's time "
        "and training are not in it: compare with the report that the decision rests on"
    )


def _ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")
