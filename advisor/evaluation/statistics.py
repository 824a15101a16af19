"""All arms of a run: every score with its interval, every arm against every other it is to be compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from advisor.evaluation.intervals import Interval, percentile, wilson
from advisor.evaluation.measure import Measure, Values
from advisor.evaluation.resampling import DRAWS, resampled
from advisor.evaluation.scores import Scored
from advisor.evaluation.significance import Comparison, compare, with_holm

UNTRAINED: Final = ("zero_shot", "few_shot", "rag", "model")
LINEAR: Final = "linear"
TUNED: Final = ("tuned", "tuned_rag")


class ArmScore(NamedTuple):
    """One metric of one arm with its 95 % interval."""

    metric: str
    value: float
    low: float
    high: float


class Pair(NamedTuple):
    """An arm, and the arm that it is compared with."""

    arm: str
    against: str


class RunStatistics(NamedTuple):
    """Scores by arm, and the comparisons with p-values adjusted over each metric."""

    scores: Mapping[str, tuple[ArmScore, ...]]
    comparisons: tuple[Comparison, ...]


def pairs_to_compare(kinds: Mapping[str, str]) -> tuple[Pair, ...]:
    """Every trained arm against every one that needs no training, and tuned ones against the linear head.

    `kinds` gives each arm's kind. Nothing is chosen by its score, so no arm is favoured by luck on these items.
    """
    ranks = {name: 0 if kind in UNTRAINED else 1 if kind == LINEAR else 2 for name, kind in kinds.items()}
    return tuple(Pair(arm, other) for arm in kinds for other in kinds if ranks[arm] > ranks[other])


def run_statistics(
    scored: Mapping[str, Scored], pairs: Sequence[Pair], seed: int, draws: int = DRAWS, *, all_metrics: bool = False
) -> RunStatistics:
    """Intervals for every score, and the pairs compared by the primary metric, or by every metric they share.

    All arms must have been scored on the same items. Without items there are no scores to give.
    """
    measures = [(arm, measure) for arm, result in scored.items() for measure in result.measures.values()]
    if not measures or not len(measures[0][1].per_item):
        return RunStatistics(dict.fromkeys(scored, ()), ())
    # Shares of right items have closed intervals in every comparison, so only the other metrics are resampled.
    spread = {measure.metric for _, measure in measures if not measure.binary}
    wanted = [(arm, measure) for arm, measure in measures if measure.metric in spread]
    drawn = resampled([measure for _, measure in wanted], seed, draws) if wanted else np.empty((0, 0))
    none = np.empty(0)
    columns = {(arm, measure.metric): none for arm, measure in measures}
    columns |= {(arm, measure.metric): drawn[:, place] for place, (arm, measure) in enumerate(wanted)}
    scores: dict[str, tuple[ArmScore, ...]] = {}
    for arm, result in scored.items():
        spans = [(name, interval(measure, columns[arm, name])) for name, measure in result.measures.items()]
        scores[arm] = tuple(ArmScore(name, *span) for name, span in spans)
    found: list[Comparison] = []
    for pair in pairs:
        ours, theirs = scored[pair.arm], scored[pair.against]
        found += [
            compare(
                pair,
                ours.measures[metric],
                theirs.measures[metric],
                (columns[pair.arm, metric], columns[pair.against, metric]),
            )
            for metric in (ours.measures if all_metrics else (ours.primary,))
            if metric in theirs.measures
        ]
    return RunStatistics(scores, with_holm(found))


def interval(measure: Measure, draws: Values) -> Interval:
    """The 95 % interval of one metric: Wilson's for a share of right items, else from the bootstrap draws.

    Where all items have the same value the draws cannot differ; Wilson's then says how little few items prove.
    """
    items = len(measure.per_item)
    if measure.binary:
        return wilson(measure.value, items)
    span = percentile(measure.value, draws, items)
    if items < 2 or np.ptp(measure.per_item) == 0:
        shares = wilson(min(1.0, max(0.0, measure.value)), items)
        span = Interval(measure.value, shares.low, shares.high)
    return Interval(measure.value, max(0.0, span.low), min(1.0, max(span.high, measure.value)))
