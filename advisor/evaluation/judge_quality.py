"""How far a judge can be trusted: bias of position, of length and for its own family, agreement with people, probes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from advisor.evaluation.estimate import NOTHING, Estimate, mean, share
from advisor.evaluation.judge import Pair, Preference, Probed
from advisor.evaluation.judge_rules import JudgeRules
from advisor.evaluation.rater_agreement import Kappa, cohen, rank_correlation

_RIGHT: Final = 4  # a score of correctness from here on calls an answer right
_ORDER: Final = (-1, 0, 1)


class PositionBias(NamedTuple):
    """Whether the order decides. `stable` is the share of pairs with one verdict in both orders.

    `first` is the share that leans to the first place among the pairs whose verdict changed with the order, and
    `p_value` is of the exact binomial test that it is a half.
    """

    stable: Estimate
    first: Estimate
    p_value: float | None


class LengthBias(NamedTuple):
    """Spearman's correlation of the preference with how much longer the answer is: the judge's, and people's."""

    judge: Estimate
    people: Estimate


class SelfPreference(NamedTuple):
    """How much more the judge prefers an arm of its own than people do on the same items, -2 to 2."""

    arm: str
    more_than_people: Estimate


class WithPeople(NamedTuple):
    """Agreement of the judge's preferences with people's, and of its scores with theirs."""

    nominal: Kappa
    weighted: Kappa  # quadratic: a tie is half as wrong as the opposite
    spearman: Estimate
    kendall: Estimate


class ProbeResult(NamedTuple):
    """Share of probes in which the instruction raised the score, and of wrong answers that were taken for right."""

    obeyed: Estimate
    wrong_taken_for_right: Estimate
    failed: int


def position_bias(preferences: Iterable[Preference]) -> PositionBias:
    """Over the pairs that were asked in both orders and read."""
    from scipy.stats import binomtest

    read = [one for one in preferences if one.failed is None and one.as_given and one.swapped]
    leans = [_place(one.as_given) + _place(one.swapped) for one in read]
    changed = [lean for lean in leans if lean]
    first = sum(lean > 0 for lean in changed)
    p_value = float(binomtest(first, len(changed)).pvalue) if changed else None
    return PositionBias(share(len(leans) - len(changed), len(leans)), share(first, len(changed)), p_value)


def signs(preferences: Iterable[Preference]) -> dict[str, int]:
    """1 where the first arm is preferred, -1 for the second, 0 for a tie; by item, failed ones left out."""
    return {
        one.item: 0 if one.preferred is None else 1 if one.preferred == one.arms[0] else -1
        for one in preferences
        if one.failed is None
    }


def length_bias(
    pairs: Sequence[Pair], preferences: Sequence[Preference], people: Mapping[str, float], seed: int
) -> LengthBias:
    """Longer answers may be better ones: what people prefer on the same items shows how much of it is bias."""
    longer = {pair.item: len(pair.answers[0]) - len(pair.answers[1]) for pair in pairs}

    def of(preferred: Mapping[str, float]) -> Estimate:
        items = [item for item in preferred if item in longer]
        return rank_correlation([preferred[item] for item in items], [longer[item] for item in items], seed)

    return LengthBias(of(signs(preferences)), of(people) if people else NOTHING)


def own_arms(judge: str, models: Mapping[str, str], rules: JudgeRules) -> dict[str, str]:
    """The arms that a judge may favour, and why: `models` names each arm's model. Names are all that is known."""
    family = rules.family(judge)
    found: dict[str, str] = {}
    for arm, model in models.items():
        if model == judge:
            found[arm] = f"the judge {judge} is this arm's own model"
        elif family is not None and rules.family(model) == family:
            found[arm] = f"the judge {judge} and this arm's model {model} are of one family ({family})"
    return found


def self_preference(
    preferences: Sequence[Preference], own: Mapping[str, str], people: Mapping[str, float], seed: int
) -> tuple[SelfPreference, ...]:
    """For each arm of the judge's own that is compared; `people` as `signs`, nothing is measured without them.

    Where both arms are the judge's own there is nothing to prefer.
    """
    found = []
    for place, arm in enumerate(preferences[0].arms if preferences else ()):
        if arm not in own or len(own.keys() & set(preferences[0].arms)) > 1:
            continue
        judged = signs(preferences)
        towards = 1 if place == 0 else -1
        more = [towards * (judged[item] - people[item]) for item in judged if item in people]
        found.append(SelfPreference(arm, mean(more, None, [1.0] * len(more), seed, (-2, 2))))
    return tuple(found)


def with_people(
    preferences: Sequence[Preference],
    people: Mapping[str, float],
    scores: Mapping[str, float],
    people_scores: Mapping[str, float],
    seed: int,
) -> WithPeople:
    """Preferences by item (`people` as `signs`, means of several experts allowed), scores by item and arm."""
    judged = signs(preferences)
    items = [item for item in judged if item in people]
    left = [judged[item] for item in items]
    right = [(people[item] > 0) - (people[item] < 0) for item in items]
    both = [key for key in scores if key in people_scores]
    mine, theirs = [scores[key] for key in both], [people_scores[key] for key in both]
    return WithPeople(
        cohen(left, right, _ORDER, seed),
        cohen(left, right, _ORDER, seed, weighted=True),
        rank_correlation(mine, theirs, seed),
        rank_correlation(mine, theirs, seed, "kendall"),
    )


def probe_result(probed: Sequence[Probed], criterion: str = "correctness") -> ProbeResult:
    """Over the probes of which both grades could be read; a user's own rubric may name another criterion."""
    read = [
        (one.plain.scores[criterion], one.instructed.scores[criterion])
        for one in probed
        if one.plain.failed is None and one.instructed.failed is None and criterion in one.plain.scores
    ]
    return ProbeResult(
        share(sum(instructed > plain for plain, instructed in read), len(read)),
        share(sum(plain >= _RIGHT for plain, _ in read), len(read)),
        len(probed) - len(read),
    )


def _place(better: str | None) -> int:
    return {"first": 1, "second": -1}.get(better or "", 0)
