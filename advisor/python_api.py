"""`recommend` for Python: the shipped rules and dates, and the record as a pydantic model."""

from __future__ import annotations

from datetime import date
from functools import cache

from pydantic import BaseModel, ConfigDict

from advisor import recommendation
from advisor.case import Case
from advisor.cost.life_cycle import LifeCycle
from advisor.decision.rulebook import RuleBook
from advisor.files import load_life_cycle, load_rulebook
from advisor.record import Record


def _contract_name(name: str) -> str:
    return name.rstrip("_")


class Recommendation(BaseModel, Record):  # type: ignore[misc]  # frozen by its own configuration
    """A recommendation: the fields of `advisor.record.Record`, validated, frozen, refusing extra fields."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=_contract_name,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


@cache
def shipped_rulebook() -> RuleBook:
    """The rule book shipped with this version, read once."""
    return load_rulebook()


@cache
def shipped_life_cycle() -> LifeCycle:
    """The life cycles shipped with this version, read once."""
    return load_life_cycle()


def recommend(
    case: Case,
    *,
    as_of: date | None = None,
    rulebook: RuleBook | None = None,
    life_cycle: LifeCycle | None = None,
) -> Recommendation:
    """The recommendation for `case` (see `load_case`) as a frozen pydantic model.

    `as_of` is the day on which model life cycles are taken; without it the case's own `as_of`, else today.
    `rulebook` and `life_cycle` replace the shipped ones. Raises AdvisorError where the rules cannot be read.
    """
    day = as_of or case.as_of or date.today()
    record = recommendation.recommend(case, rulebook or shipped_rulebook(), life_cycle or shipped_life_cycle(), day)
    return Recommendation(**{name: getattr(record, name) for name in Recommendation.model_fields})
