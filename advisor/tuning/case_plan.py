"""The plan of a training run for a case, from a data file on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from advisor.case import Case
from advisor.data_check import DataRules, check_file
from advisor.data_rules import load_data_rules
from advisor.decision.rulebook import RuleBook
from advisor.files import load_tokenizers, load_training_knowledge
from advisor.ledger.correction import Correction
from advisor.money import Market
from advisor.recommendation import recommend
from advisor.token_tally import TokenTally
from advisor.tuning.plan import TunePlan
from advisor.tuning.planning import Known, Wanted, make_plan
from advisor.tuning_rules import load_tuning_rules


def plan_for(
    case: Case,
    book: RuleBook,
    market: Market,
    day: date,
    data: Path,
    wanted: Wanted,
    ledger: Mapping[str, Correction] = MappingProxyType({}),
) -> TunePlan:
    """What would be trained on `data` how, and at what price on `day`; nothing is uploaded or trained.

    `ledger` is what earlier runs taught, by kind of prediction.
    Raises InputError as `advisor.tuning.planning.make_plan` does, and where the file cannot be read.
    """
    rules, checks = load_tuning_rules(), load_data_rules()
    host = rules.hosts.at(wanted.base_url)
    record = recommend(case, book, market.life_cycle, day, market)
    tokenizer = load_tokenizers().of(wanted.model or "gpt-4o-mini")
    own = DataRules(checks.findings, checks.enough, checks.hosts.of["own"], host_given=True, phrases=checks.phrases)
    parts = ("structure", "tokens", "personal")
    report = check_file(data, own, parts=parts, tally=lambda: TokenTally(tokenizer, None), deep=False)
    known = Known(record, case, market, day, rules.settings, load_training_knowledge(), host, ledger)
    return make_plan(known, data, report, wanted)
