"""Items and the arms' replies as what judges and experts are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from advisor.dataset.chat_messages import INSTRUCTING
from advisor.dataset.conversation import text_of
from advisor.evaluation.ballot import BallotItem
from advisor.evaluation.item import Item, Reply
from advisor.evaluation.judge import Judged, Pair

Replies = Mapping[str, Mapping[str, Reply]]  # by arm, then by item


def question_of(item: Item) -> str:
    """What was asked, instructions left out; of several turns each with its role."""
    turns = [message for message in item.messages if message["role"] not in INSTRUCTING]
    if len(turns) == 1:
        return text_of(turns[0])
    return "\n\n".join(f"{message['role']}: {text_of(message)}" for message in turns)


def ballot_items(items: Sequence[Item], replies: Replies, chunks: Mapping[str, str]) -> Iterator[BallotItem]:
    """Every item with each arm's answer, empty where the arm failed; `chunks` are the texts of documents by id.

    The documents of an item are those that any arm was shown, so that they give no arm away.
    """
    for item in items:
        shown = {chunk for of_arm in replies.values() if item.id in of_arm for chunk in of_arm[item.id].chunks}
        documents = tuple(chunks[chunk] for chunk in sorted(shown) if chunk in chunks)
        answers = {arm: _answer(item, of_arm) for arm, of_arm in replies.items()}
        yield BallotItem(item.id, question_of(item), answers, item.expected or None, documents)


def judged_answers(items: Sequence[Item], replies: Replies) -> Iterator[Judged]:
    """Every answer of every arm to be graded."""
    for arm, of_arm in replies.items():
        for item in items:
            yield Judged(item.id, arm, question_of(item), item.expected, _answer(item, of_arm))


def judged_pairs(items: Sequence[Item], replies: Replies, arm: str, against: str) -> Iterator[Pair]:
    """The answers of two arms to every item."""
    for item in items:
        answers = (_answer(item, replies[arm]), _answer(item, replies[against]))
        yield Pair(item.id, question_of(item), item.expected, (arm, against), answers)


def _answer(item: Item, of_arm: Mapping[str, Reply]) -> str:
    return of_arm[item.id].text if item.id in of_arm else ""
