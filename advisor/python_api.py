"""`recommend` for Python: the shipped rules and dates, and the record as a pydantic model."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from advisor import recommendation
from advisor.case import Case
from advisor.cost.life_cycle import LifeCycle
from advisor.cost.price_book import PriceBook
from advisor.decision.rulebook import RuleBook
from advisor.files import load_life_cycle, load_market, load_pricebook, load_rulebook
from advisor.record import Record, Usd, plain


def _contract_name(name: str) -> str:
    return name.rstrip("_")


_CONFIG = ConfigDict(
    extra="forbid",
    frozen=True,
    alias_generator=_contract_name,
    validate_by_name=True,
    validate_by_alias=True,
    serialize_by_alias=True,
)


@cache
def _model(record: type) -> type[BaseModel]:
    """The pydantic model with the fields and docstring of a named tuple, and so on inside it."""
    name = "Recommendation" if record is Record else record.__name__
    fields: dict[str, Any] = {field: (_field_type(hint), ...) for field, hint in get_type_hints(record).items()}
    return create_model(name, __config__=_CONFIG, __doc__=record.__doc__, __module__=__name__, **fields)


def _field_type(hint: Any) -> Any:
    if isinstance(hint, type) and hasattr(hint, "_fields"):
        return _model(hint)
    if hint is Usd:
        return Decimal
    inside = tuple(map(_field_type, get_args(hint)))
    if not inside:
        return hint
    return reduce(or_, inside) if get_origin(hint) is UnionType else get_origin(hint)[inside]


if TYPE_CHECKING:

    class Recommendation(BaseModel, Record):  # type: ignore[misc]
        """A recommendation: the fields of `advisor.record.Record`, validated, frozen, refusing extra fields."""
else:
    Recommendation = _model(Record)


@cache
def shipped_rulebook() -> RuleBook:
    """The rule book shipped with this version, read once."""
    return load_rulebook()


@cache
def shipped_life_cycle() -> LifeCycle:
    """The life cycles shipped with this version, read once."""
    return load_life_cycle()


@cache
def shipped_prices() -> PriceBook:
    """The prices shipped with this version, read once."""
    return load_pricebook()


def recommend(
    case: Case,
    *,
    as_of: date | None = None,
    rulebook: RuleBook | None = None,
    life_cycle: LifeCycle | None = None,
    prices: PriceBook | None = None,
) -> Recommendation:
    """The recommendation for `case` (see `load_case`) as a frozen pydantic model.

    `as_of` is the day on which model life cycles are taken; without it the case's own `as_of`, else today.
    `rulebook`, `life_cycle` and `prices` replace the shipped ones. Raises AdvisorError where the rules cannot be read.
    """
    from advisor.measured_data import measured_case

    case = case if case.measured else measured_case(case)
    day = as_of or case.as_of or date.today()
    ends = life_cycle or shipped_life_cycle()
    market = load_market(ends, prices or shipped_prices())
    record = recommendation.recommend(case, rulebook or shipped_rulebook(), ends, day, market)
    return Recommendation.model_validate(plain(record))
