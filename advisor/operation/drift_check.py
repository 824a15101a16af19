"""One look at a deployment, or at two files: measures each signal that can be, and says why another cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from advisor.dataset.labels import is_short
from advisor.errors import InputError
from advisor.evaluation.word_overlap import normalised_match, token_f1
from advisor.operation import drift_tests as tests
from advisor.operation.class_mix import mix_shift
from advisor.operation.drift import Look, Measured, look, mix_signal, share_signal, text_signal
from advisor.operation.drift_rules import DriftRules
from advisor.operation.drift_tests import CostSums, Count
from advisor.operation.rule_files import load_drift_rules
from advisor.operation.text_drift import text_shift
from advisor.operation.watch_settings import WatchSettings, watch_settings
from advisor.store.database import Store
from advisor.store.deployment_events import DeploymentEvent
from advisor.store.deployments import Deployment
from advisor.store.gateway_sums import GatewaySums, GatewayTotals, rank_of

LOOK: Final = "drift_look"
CANARY: Final = "canary_run"
DAY_MS: Final = 86_400_000
_SLOW: Final = 0.95
_MOST_LABELS: Final = 50


class Periods(NamedTuple):
    """The two periods that are compared, in milliseconds since 1970; the end is not in them."""

    baseline_ms: int
    baseline_end_ms: int
    recent_ms: int
    recent_end_ms: int


class _Rows(NamedTuple):
    texts: list[str]
    classes: dict[str, int]


def check_files(baseline: Path, recent: Path) -> Look:
    """Text and class mix of two files: a text on each line (.txt), or a data set. Raises InputError."""
    rules = load_drift_rules()
    before, now = _rows(baseline), _rows(recent)
    return look(
        [_text_signal(before.texts, now.texts, rules), _mix_signal(before.classes, now.classes, rules)], rules, None
    )


def check_deployment(store: Store, deployment: Deployment, now_ms: int) -> Look:
    """A look at the records of a deployment; `alpha` by the time since the look before."""
    rules, settings = load_drift_rules(), watch_settings(deployment.settings)
    last = store.deployment_events.page(deployment.id, kind=LOOK, limit=1).items
    days = (now_ms - last[0].at_ms) / DAY_MS if last else 1.0
    return look(_signals(store, deployment, settings, rules, now_ms), rules, max(0.0, days))


def periods(deployment: Deployment, settings: WatchSettings, now_ms: int) -> Periods:
    """The baseline begins with the stage of the roll-out, and stays there, so that a slow drift is not followed."""
    recent = now_ms - settings.recent_days * DAY_MS
    begin = min(deployment.stage_since_ms, recent)
    return Periods(begin, min(begin + settings.baseline_days * DAY_MS, recent), recent, now_ms)


def right_answer(said: str, golden: str, least_f1: float) -> bool:
    """Whether an answer counts as right: equal for labels, enough words in common for longer ones."""
    return normalised_match(said, golden) if is_short(golden) else token_f1(said, golden) >= least_f1


def _signals(
    store: Store, deployment: Deployment, settings: WatchSettings, rules: DriftRules, now_ms: int
) -> list[Measured]:
    span = periods(deployment, settings, now_ms)
    before_span, now_span = (span.baseline_ms, span.baseline_end_ms), (span.recent_ms, span.recent_end_ms)
    totals = GatewayTotals(store.engine, deployment.id)
    before, now = totals.sums(*before_span), totals.sums(*now_span)
    texts = [
        [_asked(text.messages) for text in store.gateway_records.iterate_texts(deployment.id, *some)]
        for some in (before_span, now_span)
    ]
    least = rules.thresholds["least_requests"]
    thumbs = [store.feedback.thumbs(deployment.id, *some) for some in (before_span, now_span)]
    judged = [store.feedback.thumbs(deployment.id, *some, reviewers=True) for some in (before_span, now_span)]
    return [
        _canary(store, deployment, settings),
        _reviewed(
            [Count(some.down + some.corrections, some.up + some.down + some.corrections) for some in judged], settings
        ),
        _share("thumbs_down", [Count(some.down, some.up + some.down) for some in thumbs], 20),
        _share("errors", [Count(some.errors, some.requests) for some in (before, now)], least),
        _latency(totals, span, least),
        _cost(before, now, least),
        _text_signal(texts[0], texts[1], rules),
        _mix_signal(totals.labels(*before_span), totals.labels(*now_span), rules),
    ]


def _share(id: str, counts: Sequence[Count], least: float) -> Measured:
    before, now = counts
    shift = tests.share_shift(before, now) if before.whole and now.whole else None
    return share_signal(id, before, now, shift, least)


def _reviewed(counts: Sequence[Count], settings: WatchSettings) -> Measured:
    """The share of wrong answers in judged samples; below the limit that the deployment sets it counts alone."""
    found = _share("reviewed_accuracy", counts, 20)
    now = counts[1]
    return _against_limit(found, Count(now.whole - now.part, now.whole), settings)


def _against_limit(found: Measured, right: Count, settings: WatchSettings) -> Measured:
    if settings.least_accuracy is None or not right.whole:
        return found
    p_below = tests.below(right, settings.least_accuracy)
    said = f"{right.part} of {right.whole} right; {settings.least_accuracy:.0%} is the least"
    if found.missing:
        return Measured(found.id, "not known", f"{right.share:.1%} right", 0, 0, 0, p_below, said, breaks_limit=True)
    if p_below < found.p_value:
        return found._replace(p_value=min(1.0, 2 * p_below), detail=said, breaks_limit=True)
    return found._replace(detail=said)


def _canary(store: Store, deployment: Deployment, settings: WatchSettings) -> Measured:
    if settings.canary is None:
        return Measured("canary_accuracy", missing="no canary set is named in the settings")
    runs = [
        run
        for run in store.deployment_events.page(deployment.id, kind=CANARY, limit=1_000, oldest_first=True).items
        if (run.data or {}).get("sha256") == settings.canary.sha256
    ]
    if not runs:
        return Measured("canary_accuracy", missing="the canary set was not asked yet (`advisor drift canary`)")
    first, last = _right(runs[0]), _right(runs[-1])
    right = Count(sum(last), len(last))
    if len(runs) == 1:
        found = Measured(
            "canary_accuracy",
            missing=f"{right.share:.1%} right of {right.whole}; asked once, so nothing to compare with",
        )
        return _against_limit(found, right, settings)
    shift = tests.paired_fall(first, last)
    found = Measured(
        "canary_accuracy",
        f"{shift.before:.1%} right",
        f"{shift.after:.1%} right",
        *(shift.effect.value, shift.effect.low, shift.effect.high, shift.p_value),
        f"{len(last)} questions",
    )
    return _against_limit(found, right, settings)


def _right(run: DeploymentEvent) -> list[bool]:
    return [bool(value) for value in (run.data or {}).get("right", ())]


def _latency(totals: GatewayTotals, span: Periods, least: float) -> Measured:
    found = totals.latency_ms(span.baseline_ms, span.baseline_end_ms, (_SLOW,))
    if not found:
        return Measured("latency", missing="no answers in the baseline")
    edge = found[_SLOW].value
    _, before = totals.slower_than(edge, span.baseline_ms, span.baseline_end_ms)
    slow, now = totals.slower_than(edge, span.recent_ms, span.recent_end_ms)
    shift = tests.slower_shift(before, rank_of(_SLOW, before), Count(slow, now)) if now else None
    signal = share_signal("latency", Count(before - rank_of(_SLOW, before), before), Count(slow, now), shift, least)
    return signal._replace(detail=f"slower than {edge:,.0f} ms")


def _cost(before: GatewaySums, now: GatewaySums, least: float) -> Measured:
    if min(before.priced, now.priced) < least:
        counted = f"{before.priced:,} before and {now.priced:,} now with a price; {least:.0f} of each are needed"
        return Measured("cost_per_1k_tokens", missing=counted)
    shift = tests.cost_shift(*(CostSums(one.priced, one.t, one.u, one.tt, one.uu, one.tu) for one in (before, now)))
    if shift is None:
        return Measured("cost_per_1k_tokens", missing="the baseline cost nothing, so there is no change in per cent")
    return Measured(
        "cost_per_1k_tokens",
        f"${1000 * shift.before:.5f}",
        f"${1000 * shift.after:.5f}",
        *(shift.effect.value, shift.effect.low, shift.effect.high, shift.p_value),
        f"{before.priced:,} answers before, {now.priced:,} now",
        f"{now.unpriced:,} answers now have no known price" if now.unpriced else "",
    )


def _text_signal(before: Sequence[str], now: Sequence[str], rules: DriftRules) -> Measured:
    least = rules.thresholds["least_texts"]
    enough = min(len(before), len(now)) >= least
    return text_signal(text_shift(before, now) if enough else None, (len(before), len(now)), least)


def _mix_signal(before: dict[str, int], now: dict[str, int], rules: DriftRules) -> Measured:
    return mix_signal(before, now, mix_shift(before, now), rules.thresholds["least_requests"])


def _asked(messages: Iterable[object]) -> str:
    said = [str(one.get("content") or "") for one in messages if isinstance(one, dict) and one.get("role") == "user"]
    return said[-1] if said else ""


def _rows(path: Path) -> _Rows:
    if path.suffix.lower() == ".txt":
        from advisor.files import read_text

        return _Rows([line for line in read_text(path).splitlines() if line.strip()], {})
    from advisor.data_examples import rows_of

    examples = [row.example for row in rows_of(path)]
    if not examples:
        raise InputError("there is no readable row", where=str(path), what_to_do="see `advisor data check`")
    answers = Counter(example.answer for example in examples if example.answer)
    labels = len(answers) <= _MOST_LABELS and all(map(is_short, answers))
    return _Rows([example.prompt or example.answer for example in examples], dict(answers) if labels else {})
