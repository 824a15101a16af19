"""What a recommendation predicts that bills can later show."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from advisor.errors import InputError
from advisor.ledger.entry import Spread
from advisor.ledger.kept import Foreseen
from advisor.record import MonthRange, Record, UsdRange


class ForeseenCase(NamedTuple):
    """The ranges of a case's recommended approach; `subject` names case, approach and day."""

    subject: str
    ranges: tuple[Foreseen, ...]


def foreseen_of_case(record: Record) -> ForeseenCase:
    """Money once and monthly, and the pay-back. Raises InputError where the approach has no price."""
    approach = record.recommendation.approach
    cost = next((one for one in record.costs if one.approach == approach), None)
    if cost is None:
        raise InputError(f"{approach} has no price, so nothing can be kept", what_to_do="`advisor cost` says why")
    found = [("case_one_time_usd", _spread(cost.one_time_usd)), ("case_monthly_usd", _spread(cost.monthly_usd))]
    if cost.payback_months:
        found.append(("case_payback_months", _spread(cost.payback_months)))
    return ForeseenCase(_subject(record), tuple(Foreseen(kind, spread, spread) for kind, spread in found))


def _spread(found: UsdRange | MonthRange) -> Spread:
    return Spread(float(found.p10), float(found.p50), float(found.p90))


def _subject(record: Record) -> str:
    """A title may be longer than a subject can be: its beginning, and a hash of all that names the case."""
    named = f"{record.client}\0{record.title}\0{record.recommendation.approach}\0{record.as_of}"
    tail = blake2b(named.encode(), digest_size=4).hexdigest()
    return f"{record.title[:120]}, {record.recommendation.approach}, {record.as_of}, {tail}"
