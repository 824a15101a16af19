"""What answers and pages rest on: shipped rules and prices with their hashes, read once, and what was made lately."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from advisor.budget import Prices
from advisor.case import Case
from advisor.case_text import case_json, read_case
from advisor.cost.estimate import Estimate
from advisor.cost.life_cycle import LifeCycle
from advisor.cost.price_book import PriceBook
from advisor.decision.rulebook import RuleBook
from advisor.files import content, load_life_cycle, load_market, load_pricebook, load_rulebook
from advisor.money import Market
from advisor.priced_approaches import compared_approaches
from advisor.question import Answer
from advisor.recommendation import recommend
from advisor.record import Record, plain
from advisor.store.recommendations import Texts, sha256_of_text

_KEPT: Final = 256  # recommendations in memory, of about 70 kB each
_KEPT_BODY_BYTES: Final = 16 << 10  # larger bodies are not kept

Answers = tuple[tuple[str, Answer], ...]


class _Asked(NamedTuple):
    """All that a record depends on; title and client only name it."""

    answers: Answers
    as_of: date | None
    day: date


class Made(NamedTuple):
    """A recommendation as texts, with what lists show of it."""

    texts: Texts
    case_sha256: str
    record_sha256: str
    as_of: str
    status: str
    approach: str
    title: str


class Knowledge:
    """The rules and prices of this version; each is read when it is first asked for."""

    def __init__(self) -> None:
        # The same body on the same day has the same answer: nothing else goes into it.
        self._made_lately = lru_cache(_KEPT)(self._made)
        self._records = lru_cache(_KEPT)(self._record)
        self._estimates = lru_cache(_KEPT)(self._compared)

    @cached_property
    def rulebook(self) -> RuleBook:
        """The shipped rules."""
        return load_rulebook()

    @cached_property
    def life_cycle(self) -> LifeCycle:
        """When models end."""
        return load_life_cycle()

    @cached_property
    def prices(self) -> PriceBook:
        """The shipped prices."""
        return load_pricebook()

    @cached_property
    def market(self) -> Market:
        """All that money depends on."""
        from advisor.random_draws import even_sampling

        return load_market(self.life_cycle, self.prices)._replace(sampling=even_sampling())

    @cached_property
    def rules_sha256(self) -> str:
        """The hash of every rule file."""
        return _hash_of("rules")

    @cached_property
    def prices_sha256(self) -> str:
        """The hash of every file of prices, life cycles and figures."""
        return _hash_of("pricing")

    def made(self, raw: bytes, content_type: str, as_of: date | None) -> Made:
        """The recommendation for the case in a body. Raises RequestError for one that is no case."""
        make = self._made_lately if len(raw) <= _KEPT_BODY_BYTES else self._made
        return make(raw, content_type, as_of, date.today())

    def recommended(self, case: Case, as_of: date | None) -> Made:
        """The recommendation for a case, on its own day or today where none is given."""
        return made_of(case, self.record(case, as_of))

    def record(self, case: Case, day: date | None = None) -> Record:
        """The record of a case on a day, without one on its own day or today."""
        return self._records(_asked(case, day))._replace(title=case.title, client=case.client)

    def estimates(self, case: Case) -> tuple[Estimate, ...]:
        """What is recommended, what else is possible, what answers would lead to, and today's prompt, in money."""
        return self._estimates(_asked(case, None))

    def name(self, approach: str) -> str:
        """The name of an approach."""
        return self.rulebook.approaches[approach].name

    def _made(self, raw: bytes, content_type: str, as_of: date | None, today: date) -> Made:
        case = read_case(raw, content_type, self.rulebook.questions)
        day = as_of or case.as_of or today
        return made_of(case, self.record(case, day))

    def _record(self, asked: _Asked) -> Record:
        return recommend(_case(asked), self.rulebook, self.life_cycle, asked.day, self.market)

    def _compared(self, asked: _Asked) -> tuple[Estimate, ...]:
        names = compared_approaches(self._records(asked), self.rulebook)
        return tuple(Prices(_case(asked), self.rulebook, self.market, asked.day).of(*names).estimates)


def made_of(case: Case, record: Record) -> Made:
    """Case and record as texts that are kept."""
    texts = Texts(case_json(case), json.dumps(plain(record), ensure_ascii=False, separators=(",", ":")))
    return Made(
        texts,
        sha256_of_text(texts.case),
        sha256_of_text(texts.record),
        record.as_of.isoformat(),
        record.status,
        record.recommendation.approach,
        record.title,
    )


def _asked(case: Case, day: date | None) -> _Asked:
    return _Asked(tuple(case.answers.items()), case.as_of, day or case.as_of or date.today())


def _case(asked: _Asked) -> Case:
    return Case("", "", asked.as_of, dict(asked.answers))


def _hash_of(folder: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(content(folder).glob("*.yaml")):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
