"""Arms that need no language model: a linear head, the vote of the nearest rows, the best passage of the documents."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from advisor.dataset.conversation import Conversation
from advisor.errors import InputError
from advisor.evaluation.arm import Expected
from advisor.evaluation.item import Item, Reply
from advisor.evaluation.knowledge_base import KnowledgeBase
from advisor.evaluation.proof import Kind
from advisor.evaluation.quote import quote
from advisor.evaluation.retrieval_vote import Example, RetrievalVote
from advisor.evaluation.shown_items import question_of
from advisor.tuning.linear import LinearTrainer
from advisor.tuning.trainer import Asked, Metric, Model, Order, StopReason

Said = Callable[[Item], Reply]


class PlainArm:
    """Answers one question after the other on this machine, for nothing."""

    asked: str | None = None

    def __init__(self, name: str, kind: Kind, what: str, say: Said, seconds_an_item: float = 0.001) -> None:
        """`say` may raise InputError; its reply's latency is taken here."""
        self.name, self.kind, self.what = name, kind, what
        self._say, self._seconds_an_item = say, seconds_an_item

    def expected(self, items: Sequence[Item]) -> Expected:
        """Nothing is paid."""
        return Expected(len(items), 0, 0, Decimal(0), self._seconds_an_item * len(items))

    def replies(self, items: Sequence[Item], answered: Callable[[], None]) -> tuple[Reply, ...]:
        """A reply to each item."""
        made = []
        for item in items:
            begun = time.perf_counter()
            try:
                reply = self._say(item)
            except InputError as error:
                reply = Reply(item.id, "", 0.0, error=str(error))
            made.append(reply._replace(latency_ms=(time.perf_counter() - begun) * 1000))
            answered()
        return tuple(made)


def model_arm(name: str, kind: Kind, what: str, model: Model) -> PlainArm:
    """A loaded model that is no language model, such as a linear head."""

    def say(item: Item) -> Reply:
        answer = model.answer(Asked(item.messages))
        return Reply(item.id, answer.text, 0.0, answer.prompt_tokens, answer.completion_tokens)

    return PlainArm(name, kind, what, say)


def linear_arm(
    name: str,
    train: Sequence[Conversation],
    validation: Sequence[Conversation],
    folder: Path,
    seed: int,
    *,
    embeddings: bool = False,
) -> PlainArm:
    """A linear head trained on the training rows now; it is kept in `folder`. Raises InputError."""
    settings = {"features": "embeddings"} if embeddings else {}
    trained = LinearTrainer().train(
        Order("advisor-linear", "supervised", train, validation, settings, seed, folder), Silent()
    )
    return model_arm(name, "linear", trained.what, LinearTrainer().load(trained.folder))


def vote_arm(train: Sequence[Example], validation: Sequence[Example]) -> PlainArm:
    """The vote of the nearest training rows; how many vote is chosen on the validation rows."""
    vote = RetrievalVote(train)
    if validation:
        vote.choose_neighbours(validation)

    def say(item: Item) -> Reply:
        (found,) = vote.answer([question_of(item)])
        return Reply(item.id, found.answer, 0.0, chunks=found.rows)

    chosen = "chosen on validation rows" if validation else "the usual number"
    what = f"vote of the {vote.neighbours} nearest training rows ({chosen}), no language model"
    return PlainArm("retrieval", "rag", what, say)


def quote_arm(documents: KnowledgeBase) -> PlainArm:
    """The best passage of the documents, with its mark; it refuses where nothing is relevant."""

    def say(item: Item) -> Reply:
        question = question_of(item)
        (found,) = documents.search([question], look=False)
        made = quote(documents.index, question, found)
        return Reply(item.id, made.text, 0.0, chunks=tuple(hit.chunk.id for hit in found.hits) if made.chunks else ())

    return PlainArm("rag", "rag", "quotes the best passage of the documents, no language model", say, 0.005)


class Silent:
    """Nobody watches the linear head being trained."""

    def report(self, metric: Metric) -> None:
        """Not told."""

    def wanted(self) -> bool:
        """To the end."""
        return True

    def why_stopped(self) -> StopReason:
        """It is not stopped."""
        return "process_ends"
