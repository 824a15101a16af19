"""What several experts' ballots say together: the key is opened, letters become arms, the sample becomes all items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from advisor.evaluation.ballot import NO_PREFERENCE, BallotKey
from advisor.evaluation.estimate import Estimate, mean, weighted_share
from advisor.evaluation.filled_ballot import QUESTIONS, FilledBallot, ItemVote, refuse_doubles
from advisor.evaluation.rater_agreement import Kappa, Together, cohen, fleiss

PREFERRED = "preferred"


class ArmCount(NamedTuple):
    """One arm over all items: shares of `yes` for each question, and of being the best answer or one of the best."""

    arm: str
    correct: Estimate
    helpful: Estimate
    trust: Estimate
    preferred: Estimate


class PairCount(NamedTuple):
    """How much more often `arm` is preferred than `against`: the share of wins less that of losses, -1 to 1.

    `p_value` is of the exact sign test over the items, on which the experts together prefer one of both; `p_adjusted`
    is after Holm over all pairs.
    """

    arm: str
    against: str
    net: Estimate
    wins: int
    ties: int
    losses: int
    p_value: float
    p_adjusted: float


class PairKappa(NamedTuple):
    """Two experts' agreement on one question."""

    first: str
    second: str
    kappa: Kappa


class QuestionAgreement(NamedTuple):
    """All experts' agreement on one question, and that of each two."""

    question: str
    together: Together
    pairs: tuple[PairKappa, ...]


class ExpertCount(NamedTuple):
    """One expert: what was judged, the share of `yes` to trust, and how far that is from the others' on the same."""

    expert: str
    items: int
    left_out: int  # items without any judgement
    trust: Estimate
    more_than_others: Estimate


class Comment(NamedTuple):
    """What an expert wrote to an item."""

    item: str
    expert: str
    text: str


class Counted(NamedTuple):
    """The whole count."""

    run: str
    items: int
    experts: tuple[ExpertCount, ...]
    arms: tuple[ArmCount, ...]
    pairs: tuple[PairCount, ...]
    agreement: tuple[QuestionAgreement, ...]
    comments: tuple[Comment, ...]


class _Votes(NamedTuple):
    """The key opened: values by expert, then by item, then by arm, between 0 (no) and 1 (yes)."""

    expert: str
    yes: Mapping[str, Mapping[str, Mapping[str, float]]]  # question → item → arm
    preferred: Mapping[str, frozenset[str]]  # item → arms whose answer was preferred; empty for none


def count(ballots: Sequence[FilledBallot], key: BallotKey, seed: int = 0) -> Counted:
    """Count the ballots. Raises InputError where an expert voted twice."""
    refuse_doubles(ballots)
    votes = [_opened(ballot, key) for ballot in ballots]
    return Counted(
        key.run,
        len(key.items),
        tuple(_expert(ballot, one, votes, key, seed) for ballot, one in zip(ballots, votes, strict=True)),
        tuple(_arm(arm, votes, key) for arm in key.arms),
        _adjusted([_pair(arm, other, votes, key, seed) for arm, other in combinations(key.arms, 2)]),
        tuple(_agreement(question, ballots, seed) for question in (*QUESTIONS, PREFERRED)),
        tuple(
            Comment(vote.item, ballot.expert, vote.comment)
            for ballot in ballots
            for vote in ballot.items
            if vote.comment
        ),
    )


def _opened(ballot: FilledBallot, key: BallotKey) -> _Votes:
    letters = {item.id: item.letters for item in key.items}
    yes: dict[str, dict[str, dict[str, float]]] = {question: {} for question in QUESTIONS}
    # Where all arms say the same there is nothing to prefer, and nobody is asked.
    preferred: dict[str, frozenset[str]] = {item.id: frozenset() for item in key.items if len(item.letters) == 1}
    for vote in ballot.items:
        for answer in vote.answers:
            for question, value in answer.votes.items():
                for arm in letters[vote.item][answer.letter]:
                    yes[question].setdefault(vote.item, {})[arm] = float(value == "yes")
        if vote.preferred is not None:
            arms = () if vote.preferred == NO_PREFERENCE else letters[vote.item][vote.preferred]
            preferred[vote.item] = frozenset(arms)
    return _Votes(ballot.expert, yes, preferred)


class _Weighed(NamedTuple):
    """One value for each item that somebody judged, with the item's weight and stratum."""

    values: list[float]
    weights: list[float]
    strata: list[str]


def _over_items(given: Mapping[str, Sequence[float]], key: BallotKey) -> _Weighed:
    """The mean of each item's values; weights make up for items of the stratum that nobody judged."""
    judged = [item for item in key.items if given.get(item.id)]
    counted = {name: sum(item.stratum == name for item in judged) for name in key.strata}
    return _Weighed(
        [sum(given[item.id]) / len(given[item.id]) for item in judged],
        [key.strata[item.stratum].items / counted[item.stratum] for item in judged],
        [item.stratum for item in judged],
    )


def _arm(arm: str, votes: Sequence[_Votes], key: BallotKey) -> ArmCount:
    def of(question: str) -> Estimate:
        given: dict[str, list[float]] = {}
        for one in votes:
            for item, by_arm in one.yes[question].items():
                if arm in by_arm:
                    given.setdefault(item, []).append(by_arm[arm])
        found = _over_items(given, key)
        return weighted_share(found.values, found.weights)

    best: dict[str, list[float]] = {}
    for one in votes:
        for item, arms in one.preferred.items():
            best.setdefault(item, []).append(float(arm in arms))
    found = _over_items(best, key)
    return ArmCount(arm, of("correct"), of("helpful"), of("trust"), weighted_share(found.values, found.weights))


def _pair(arm: str, against: str, votes: Sequence[_Votes], key: BallotKey, seed: int) -> PairCount:
    from scipy.stats import binomtest

    given: dict[str, list[float]] = {}
    for one in votes:
        for item, arms in one.preferred.items():
            given.setdefault(item, []).append(float(arm in arms) - float(against in arms))
    every = [value for values in given.values() for value in values]
    found = _over_items(given, key)
    net = mean(found.values, found.strata, found.weights, seed, (-1, 1))
    won, lost = (sum(sign * value > 0 for value in found.values) for sign in (1, -1))
    p_value = float(binomtest(won, won + lost).pvalue) if won + lost else 1.0
    return PairCount(arm, against, net, every.count(1.0), every.count(0.0), every.count(-1.0), p_value, p_value)


def _adjusted(pairs: Sequence[PairCount]) -> tuple[PairCount, ...]:
    """Holm's step-down adjustment (1979) of the p-values of all pairs."""
    adjusted: dict[int, float] = {}
    least = 0.0
    for rank, place in enumerate(sorted(range(len(pairs)), key=lambda place: pairs[place].p_value)):
        least = max(least, min(1.0, pairs[place].p_value * (len(pairs) - rank)))
        adjusted[place] = least
    return tuple(pair._replace(p_adjusted=adjusted[place]) for place, pair in enumerate(pairs))


def _agreement(question: str, ballots: Sequence[FilledBallot], seed: int) -> QuestionAgreement:
    judged = [dict(_said(ballot, question)) for ballot in ballots]
    item_of = {thing: item for ballot in ballots for thing, item in _things(ballot)}
    values = sorted({value for said in judged for value in said.values()})
    pairs = []
    for (first, left), (second, right) in combinations(zip(ballots, judged, strict=True), 2):
        both = [thing for thing in left if thing in right]
        said = ([left[thing] for thing in both], [right[thing] for thing in both])
        kappa = cohen(*said, values, seed, items=[item_of[thing] for thing in both])
        pairs.append(PairKappa(first.expert, second.expert, kappa))
    return QuestionAgreement(question, fleiss(judged, item_of, seed), tuple(pairs))


def _said(ballot: FilledBallot, question: str) -> Iterator[tuple[str, str]]:
    """Every judgement of the question by what was judged: an answer, or an item for the preference."""
    for vote in ballot.items:
        if question == PREFERRED:
            # With one answer alone there is nothing to prefer, and agreeing on that is no agreement.
            if vote.preferred is not None and len(vote.answers) > 1:
                yield _thing(vote), vote.preferred
            continue
        for answer in vote.answers:
            if question in answer.votes:
                yield _thing(vote, answer.letter), answer.votes[question]


def _things(ballot: FilledBallot) -> Iterator[tuple[str, str]]:
    for vote in ballot.items:
        yield _thing(vote), vote.item
        for answer in vote.answers:
            yield _thing(vote, answer.letter), vote.item


def _thing(vote: ItemVote, letter: str = "") -> str:
    return f"{vote.item}\0{letter}"


def _expert(ballot: FilledBallot, own: _Votes, votes: Sequence[_Votes], key: BallotKey, seed: int) -> ExpertCount:
    trusted = {item: list(by_arm.values()) for item, by_arm in own.yes["trust"].items()}
    more: dict[str, list[float]] = {}
    for item, by_arm in own.yes["trust"].items():
        for arm, value in by_arm.items():
            others = [
                one.yes["trust"][item][arm] for one in votes if one is not own and arm in one.yes["trust"].get(item, {})
            ]
            if others:
                more.setdefault(item, []).append(value - sum(others) / len(others))
    per_item = [sum(values) / len(values) for values in trusted.values()]
    apart = [sum(values) / len(values) for values in more.values()]
    empty = sum(not vote.preferred and not any(one.votes for one in vote.answers) for vote in ballot.items)
    return ExpertCount(
        own.expert,
        len(ballot.items) - empty,
        len(key.items) - len(ballot.items) + empty,
        weighted_share(per_item, [1.0] * len(per_item)),
        mean(apart, None, [1.0] * len(apart), seed, (-1, 1)),
    )
