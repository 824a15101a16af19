"""Drift: signals measured on two periods, and which of them are worth an alert, however often one looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from advisor.evaluation.significance import holm
from advisor.operation.class_mix import MixShift
from advisor.operation.drift_rules import DriftRules
from advisor.operation.drift_tests import Count, Shift
from advisor.operation.text_drift import TextShift

_DAYS_OF_A_YEAR: Final = 365.25


class Measured(NamedTuple):
    """A signal: what it was and is, in words; its `effect` with interval in the rule's own measure; `detail` explains.

    `missing` says why it was not measured; then nothing else of it counts.
    """

    id: str
    before: str = ""
    now: str = ""
    effect: float = 0.0
    low: float = 0.0
    high: float = 0.0
    p_value: float = 1.0
    counted: str = ""
    detail: str = ""
    missing: str = ""
    breaks_limit: bool = False  # of a limit that the deployment set itself, whatever the effect


class Judged(NamedTuple):
    """A signal with its p adjusted over the look, and whether it has drifted."""

    signal: Measured
    p_adjusted: float
    drifted: bool


class Look(NamedTuple):
    """One look at all signals; `alpha` is that of this look."""

    alpha: float
    judged: tuple[Judged, ...]

    @property
    def drifted(self) -> tuple[Judged, ...]:
        """What is worth an alert."""
        return tuple(one for one in self.judged if one.drifted)


def look(signals: Sequence[Measured], rules: DriftRules, days_since_last: float | None) -> Look:
    """Judge the signals of one look; `days_since_last` is None where there is one look only.

    The alphas of all looks of a year sum to the false alarms a year that are borne, so that their expected number stays
    below it, however the looks are spaced and however they depend on each other.
    """
    limits = rules.thresholds
    if days_since_last is None:
        alpha = limits["alpha_of_one_look"]
    else:
        days = min(days_since_last, limits["most_days_between_looks"])
        alpha = min(1.0, limits["false_alarms_per_year"] * days / _DAYS_OF_A_YEAR)
    measured = [signal for signal in signals if not signal.missing]
    adjusted = dict(zip((one.id for one in measured), holm([one.p_value for one in measured]), strict=True))
    judged = []
    for signal in signals:
        p = adjusted.get(signal.id, 1.0)
        large = signal.breaks_limit or signal.effect >= rules.signals[signal.id].least_effect
        judged.append(Judged(signal, p, not signal.missing and p <= alpha and large))
    return Look(alpha, tuple(judged))


def share_signal(id: str, before: Count, after: Count, shift: Shift | None, least: float) -> Measured:
    """A share that should not grow; too few on either side are said, not tested."""
    if shift is None or min(before.whole, after.whole) < least:
        return Measured(id, missing=f"{before.whole} before and {after.whole} now; {least:.0f} of each are needed")
    return Measured(
        id,
        f"{shift.before:.1%}",
        f"{shift.after:.1%}",
        *(shift.effect.value, shift.effect.low, shift.effect.high, shift.p_value),
        f"{before.whole:,} before, {after.whole:,} now",
    )


def text_signal(shift: TextShift | None, texts: Sequence[int], least: float) -> Measured:
    """Input drift; `texts` are the numbers before and now."""
    counted = f"{texts[0]:,} before, {texts[1]:,} now"
    if shift is None:
        return Measured("input_text", missing=f"{counted}: {least:.0f} texts with words are needed on each side")
    words = [
        f"{said} {', '.join(some)}"
        for said, some in (("more often:", shift.more_often), ("less often:", shift.less_often))
        if some
    ]
    return Measured(
        "input_text",
        "0.50",
        f"{shift.auc:.2f}",
        *(shift.auc - 0.5, shift.low - 0.5, shift.high - 0.5, shift.p_value),
        counted,
        "; ".join(words),
    )


def mix_signal(before: Mapping[str, int], now: Mapping[str, int], shift: MixShift | None, least: float) -> Measured:
    """Class mix."""
    whole = (sum(before.values()), sum(now.values()))
    counted = f"{whole[0]:,} before, {whole[1]:,} now"
    if shift is None or min(whole) < least:
        return Measured("class_mix", missing=f"{counted}: {least:.0f} answers in two classes are needed on each side")
    return Measured(
        "class_mix",
        "0.00",
        f"{shift.psi:.2f}",
        *(shift.psi, shift.low, shift.high, shift.p_value),
        counted,
        f"{shift.grown}: {shift.grown_from:.1%} before, {shift.grown_to:.1%} now",
    )
