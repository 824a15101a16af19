"""What the pages rest on: the shipped rules and prices, read once, and what was computed lately from them."""

from __future__ import annotations

from datetime import date
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from advisor.budget import Prices
from advisor.case import Case
from advisor.cost.estimate import Estimate
from advisor.decision.rulebook import RuleBook
from advisor.files import load_market, load_rulebook
from advisor.money import Market
from advisor.question import Answer
from advisor.recommendation import recommend
from advisor.record import Record

_KEPT: Final = 256  # records in memory, of about 70 kB each

Answers = tuple[tuple[str, Answer], ...]


class _Asked(NamedTuple):
    """All that a record depends on; title and client only name it."""

    answers: Answers
    as_of: date | None
    day: date


class Knowledge:
    """Recommendations for cases as they stand today; the same answers are computed once."""

    def __init__(self) -> None:
        self._records = lru_cache(_KEPT)(self._record)
        self._estimates = lru_cache(_KEPT)(self._compared)

    @cached_property
    def book(self) -> RuleBook:
        """The shipped rules."""
        return load_rulebook()

    @cached_property
    def market(self) -> Market:
        """All that money depends on."""
        return load_market()

    def record(self, case: Case) -> Record:
        """The recommendation for `case` on its own day, or today."""
        return self._records(_asked(case))._replace(title=case.title, client=case.client)

    def estimates(self, case: Case) -> tuple[Estimate, ...]:
        """What is recommended, what else is possible and today's prompt, in money."""
        return self._estimates(_asked(case))

    def name(self, approach: str) -> str:
        """The name of an approach."""
        return self.book.approaches[approach].name

    def _record(self, asked: _Asked) -> Record:
        return recommend(_case(asked), self.book, self.market.life_cycle, asked.as_of or asked.day, self.market)

    def _compared(self, asked: _Asked) -> tuple[Estimate, ...]:
        record = self._records(asked)
        names = dict.fromkeys((record.recommendation.approach, *record.possible, "prompt"))
        prices = Prices(_case(asked), self.book, self.market, asked.as_of or asked.day)
        return tuple(prices.of(*names).estimates)


def _asked(case: Case) -> _Asked:
    return _Asked(tuple(case.answers.items()), case.as_of, date.today())


def _case(asked: _Asked) -> Case:
    return Case("", "", asked.as_of, dict(asked.answers))
