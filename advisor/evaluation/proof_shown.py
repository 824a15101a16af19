"""The items of a proof as what experts and judges are shown: no arm by its name, every document that any arm saw."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from advisor.evaluation.ballot import BallotItem
from advisor.evaluation.judge import Judged, Pair
from advisor.evaluation.proof import ProofFiles, ProofItem


def ballot_items(files: ProofFiles) -> Iterator[BallotItem]:
    """Every item with each arm's answer, empty where the arm failed.

    The documents of an item are those that any arm was shown, so that they give no arm away.
    """
    for item in files.items:
        if item.answers:
            shown = sorted({chunk for one in item.answers.values() for chunk in one.chunks})
            documents = tuple(files.chunks[chunk].text for chunk in shown if chunk in files.chunks)
            answers = {arm: one.text for arm, one in item.answers.items()}
            yield BallotItem(item.id, item.question, answers, item.expected or None, documents)


def drawn_items(files: ProofFiles, most: int, seed: int) -> tuple[ProofItem, ...]:
    """At most `most` items that arms answered, drawn evenly, in their order."""
    answered = [item for item in files.items if item.answers]
    chosen = set(random.Random(seed).sample(range(len(answered)), min(most, len(answered))))  # noqa: S311  no secret
    return tuple(item for place, item in enumerate(answered) if place in chosen)


def judged_answers(items: Sequence[ProofItem]) -> Iterator[Judged]:
    """Every answer of every arm to be graded."""
    for item in items:
        for arm, one in item.answers.items():
            yield Judged(item.id, arm, item.question, item.expected, one.text)


def judged_pairs(items: Sequence[ProofItem], files: ProofFiles) -> Iterator[Pair]:
    """The answers of every pair of arms that the proof compared."""
    compared = dict.fromkeys((one.arm, one.against) for one in files.proof.comparisons)
    for arm, against in compared:
        for item in items:
            if arm in item.answers and against in item.answers:
                answers = (item.answers[arm].text, item.answers[against].text)
                yield Pair(item.id, item.question, item.expected, (arm, against), answers)
