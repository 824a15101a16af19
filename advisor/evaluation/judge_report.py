"""What a judge says of every arm, and how far it can be trusted, in one record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from advisor.evaluation.ballot import BallotKey
from advisor.evaluation.estimate import Estimate, mean
from advisor.evaluation.filled_ballot import FilledBallot
from advisor.evaluation.judge import Grade, Judgements
from advisor.evaluation.judge_quality import (
    LengthBias,
    PositionBias,
    ProbeResult,
    SelfPreference,
    WithPeople,
    length_bias,
    own_arms,
    position_bias,
    probe_result,
    self_preference,
    signs,
    with_people,
)
from advisor.evaluation.judge_rules import SCORES, JudgeRules

_SURE: Final = 0.05
_SCORES: Final = (SCORES[0], SCORES[-1])
_LITTLE_AGREEMENT: Final = 0.4  # a kappa below this is called fair at most (Landis and Koch 1977)
_YES: Final = {"yes": 1.0, "partly": 0.5, "no": 0.0}


class ArmGrades(NamedTuple):
    """Mean scores by criterion over the answers that could be graded; failed ones are counted apart."""

    arm: str
    scores: Mapping[str, Estimate]
    graded: int
    failed: int


class PairResult(NamedTuple):
    """How often `arm` wins against `against` in both orders, and the share of wins less that of losses."""

    arm: str
    against: str
    wins: int
    ties: int
    losses: int
    failed: int
    net: Estimate
    position: PositionBias
    length: LengthBias
    own: tuple[SelfPreference, ...]
    people: WithPeople | None


class People(NamedTuple):
    """What experts said on their ballots: preferences by pair of arms and item, correctness by item and arm."""

    preferred: Mapping[tuple[str, str], Mapping[str, float]]
    correct: Mapping[str, float]


class JudgeReport(NamedTuple):
    """The whole report; `warnings` are sentences for whoever reads only those."""

    judge: str
    arms: tuple[ArmGrades, ...]
    pairs: tuple[PairResult, ...]
    probes: ProbeResult
    repaired: int
    failures: Mapping[str, int]  # why judgements failed, and how often
    warnings: tuple[str, ...]


NOBODY: Final = People({}, {})


def people_from(ballots: Sequence[FilledBallot], key: BallotKey) -> People:
    """The experts' means, by arm: what a judge is compared with."""
    letters = {item.id: item.letters for item in key.items}
    preferred: dict[tuple[str, str], dict[str, list[float]]] = {}
    correct: dict[str, list[float]] = {}
    for vote in (vote for ballot in ballots for vote in ballot.items):
        for answer in vote.answers:
            if "correct" in answer.votes:
                for arm in letters[vote.item][answer.letter]:
                    correct.setdefault(_key(vote.item, arm), []).append(_YES[answer.votes["correct"]])
        if vote.preferred is None:
            continue
        best = letters[vote.item].get(vote.preferred, ())
        for arm in key.arms:
            for against in key.arms:
                if arm != against:
                    given = preferred.setdefault((arm, against), {}).setdefault(vote.item, [])
                    given.append(float(arm in best) - float(against in best))
    return People(
        {arms: {item: sum(said) / len(said) for item, said in by_item.items()} for arms, by_item in preferred.items()},
        {name: sum(said) / len(said) for name, said in correct.items()},
    )


def judge_report(
    judge: str,
    said: Judgements,
    models: Mapping[str, str],
    rules: JudgeRules,
    people: People = NOBODY,
    seed: int = 0,
) -> JudgeReport:
    """All figures of one judge. `models` names the model of each arm that has one."""
    own = own_arms(judge, models, rules)
    arms = tuple(_arm(arm, said.grades, rules, seed) for arm in dict.fromkeys(one.arm for one in said.grades))
    scores = {
        _key(one.item, one.arm): float(one.scores["correctness"]) for one in said.grades if "correctness" in one.scores
    }
    pairs = tuple(
        _pair(compared, said, own, people, scores, seed)
        for compared in dict.fromkeys(preference.arms for preference in said.preferences)
    )
    probes = probe_result(said.probed)
    failures: dict[str, int] = {}
    for why in [*(one.failed for one in said.grades), *(one.failed for one in said.preferences)]:
        if why is not None:
            failures[why] = failures.get(why, 0) + 1
    repaired = sum(grade.repaired and grade.failed is None for grade in said.grades)
    warnings = tuple(_warnings(own, pairs, probes, failures))
    return JudgeReport(judge, arms, pairs, probes, repaired, failures, warnings)


def _arm(arm: str, grades: Sequence[Grade], rules: JudgeRules, seed: int) -> ArmGrades:
    own = [grade for grade in grades if grade.arm == arm]
    read = [grade for grade in own if grade.failed is None]
    scores = {
        criterion.name: mean([grade.scores[criterion.name] for grade in read], None, [1.0] * len(read), seed, _SCORES)
        for criterion in rules.criteria
    }
    return ArmGrades(arm, scores, len(read), len(own) - len(read))


def _pair(
    arms: tuple[str, str],
    said: Judgements,
    own: Mapping[str, str],
    people: People,
    scores: Mapping[str, float],
    seed: int,
) -> PairResult:
    preferences = [one for one in said.preferences if one.arms == arms]
    pairs = [pair for pair in said.pairs if pair.arms == arms]
    same = {pair.item for pair in pairs if pair.answers[0].split() == pair.answers[1].split()}  # nobody was asked
    won = list(signs(preferences).values())
    preferred = people.preferred.get(arms, {})
    return PairResult(
        *arms,
        won.count(1),
        won.count(0),
        won.count(-1),
        len(preferences) - len(won),
        mean(won, None, [1.0] * len(won), seed, (-1, 1)),
        position_bias(one for one in preferences if one.item not in same),
        length_bias(pairs, preferences, preferred, seed),
        self_preference(preferences, own, preferred, seed),
        with_people(preferences, preferred, scores, people.correct, seed) if preferred or people.correct else None,
    )


def _warnings(
    own: Mapping[str, str], pairs: Sequence[PairResult], probes: ProbeResult, failures: Mapping[str, int]
) -> Iterator[str]:
    for arm, why in own.items():
        yield f"{arm}: {why}; judges prefer what sounds like themselves, so take another judge or ask people"
    for pair in pairs:
        name = f"{pair.arm} against {pair.against}"
        position = pair.position
        if position.p_value is not None and position.p_value < _SURE and position.first.value is not None:
            where = "first" if position.first.value > 1 / 2 else "second"
            p = f"{position.p_value:.2g}"
            yield f"{name}: the judge leans to the {where} place (p {p}); verdicts that change count as ties"
        length = pair.length.judge
        if length.low is not None and length.low > 0:
            yield f"{name}: the judge prefers longer answers (correlation {length.value:.2f})"
        for one in pair.own:
            if one.more_than_people.low is not None and one.more_than_people.low > 0:
                yield f"{name}: the judge prefers its own {one.arm} more than people do"
        if pair.people is not None:
            kappa = pair.people.weighted.kappa
            if kappa.value is not None and kappa.value < _LITTLE_AGREEMENT:
                yield f"{name}: the judge hardly agrees with people (kappa {kappa.value:.2f}); trust the people"
    if probes.obeyed.value:
        yield f"the judge obeys instructions inside answers ({probes.obeyed.value:.0%} of the probes)"
    if probes.wrong_taken_for_right.value:
        yield f"the judge takes wrong answers for right ({probes.wrong_taken_for_right.value:.0%} of the probes)"
    if failures:
        yield f"{sum(failures.values())} judgements failed; they are counted apart and are no part of the means"


def _key(item: str, arm: str) -> str:
    return f"{item}\0{arm}"
