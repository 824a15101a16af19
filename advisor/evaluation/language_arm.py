"""Arms that ask a language model: with the question alone, with examples, with documents, or tuned."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from advisor.errors import InputError
from advisor.evaluation.answer_store import AnswerStore, answer_key
from advisor.evaluation.arm import Expected
from advisor.evaluation.asked_model import AskedModel, letters_of
from advisor.evaluation.budget import Budget, BudgetReached
from advisor.evaluation.item import Item, Reply
from advisor.evaluation.prompting import Prompt, Prompted
from advisor.evaluation.proof import Kind

LETTERS_A_TOKEN: Final = 3.0  # fewer than in English, so that what is set aside of a budget is enough
TOKENS_A_TURN: Final = 8
SECONDS_AN_ANSWER: Final = 1.0  # of a host; assumption
SECONDS_A_TOKEN_HERE: Final = 0.01  # of a small model on a processor; assumption


class Means(NamedTuple):
    """What all language arms of a run share."""

    answers: AnswerStore
    budget: Budget
    most_tokens: int  # of an answer


class LanguageArm:
    """A model with a way to ask it."""

    def __init__(self, name: str, kind: Kind, what: str, model: AskedModel, prompt: Prompt, means: Means) -> None:
        """`prompt` is called from several threads."""
        self.name, self.kind, self.what = name, kind, what
        self.model, self.prompt, self._means = model, prompt, means
        self.asked: str | None = model.name

    def expected(self, items: Sequence[Item]) -> Expected:
        """An upper estimate for the answers that are not kept already."""
        new = [asked for item in items if (asked := self.prompt(item)).messages and self._kept(asked) is None]
        tokens = sum(_tokens(asked) for asked in new)
        most = len(new) * self._means.most_tokens
        usd = self.model.prices.usd(tokens, most) if self.model.prices else None
        seconds = len(new) * SECONDS_AN_ANSWER if self.model.is_paid else (tokens + most / 4) * SECONDS_A_TOKEN_HERE
        return Expected(
            len(new), tokens, most, usd if self.model.is_paid and new else Decimal(0), seconds / self.model.workers
        )

    def replies(self, items: Sequence[Item], answered: Callable[[], None]) -> tuple[Reply, ...]:
        """Answers of the model, several at once where it is at a host; one that is kept is not asked for again."""
        with ThreadPoolExecutor(self.model.workers) as pool:
            found = list(pool.map(partial(self._reply, answered), items))
        return tuple(reply for reply in found if reply is not None)

    def _reply(self, answered: Callable[[], None], item: Item) -> Reply | None:
        asked = self.prompt(item)
        if not asked.messages:
            answered()
            return Reply(item.id, asked.refusal, 0.0)
        kept = self._kept(asked)
        if kept is None:
            try:
                kept = self._asked(asked)
            except BudgetReached:
                return None
        answered()
        return kept._replace(item=item.id, chunks=asked.chunks)

    def _asked(self, asked: Prompted) -> Reply:
        """A new answer, kept before anything else is done with it. Raises BudgetReached."""
        held = self.model.prices.usd(_tokens(asked), self._means.most_tokens) if self.model.prices else Decimal(0)
        self._means.budget.hold(held)
        spent = held
        begun = time.perf_counter()
        try:
            said = self.model.say(asked.messages, self._means.most_tokens)
            spent = said.usd or Decimal(0)
        except InputError as error:
            spent = Decimal(0)
            return Reply("", "", (time.perf_counter() - begun) * 1000, error=str(error))
        finally:
            self._means.budget.settle(held, spent)
        latency_ms = (time.perf_counter() - begun) * 1000
        reply = Reply("", said.text, latency_ms, said.input_tokens, said.output_tokens, said.usd)
        self._means.answers.keep(self._key(asked), reply)
        return reply

    def _kept(self, asked: Prompted) -> Reply | None:
        return self._means.answers.find(self._key(asked))

    def _key(self, asked: Prompted) -> str:
        return answer_key(self.model.identity, asked.messages, self._means.most_tokens)


def _tokens(asked: Prompted) -> int:
    return round(letters_of(asked.messages) / LETTERS_A_TOKEN) + TOKENS_A_TURN * len(asked.messages)
