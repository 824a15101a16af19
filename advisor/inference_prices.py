"""Inference prices of models that our own files do not have, from the genai-prices package (bundled, offline).

The package prices any day, also one before a model existed; here such a day is an error. A model begins on the day in
its own name, or with the first dated price; where neither is known its price holds from the day the package was read.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from advisor.cost.price_book import Price
from advisor.errors import PriceMissingError
from advisor.question import nearest

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

READ_ON: Final = date(2026, 11, 21)
_FIELDS: Final = {
    "base_infer_input": "input_mtok",
    "base_infer_cached_input": "cache_read_mtok",
    "base_infer_output": "output_mtok",
}


def inference_price(model: str, kind: str, day: date, provider: str | None = None) -> Price:
    """What a million tokens of `kind` cost with `model` on `day`.

    Raises PriceMissingError for a kind or model that the package does not have, and for a day before the model began.
    """
    import genai_prices
    from genai_prices.data_snapshot import get_snapshot
    from genai_prices.types import ModelPrice, TieredPrices, TimeOfDateConstraint

    if kind not in _FIELDS:
        raise PriceMissingError(
            f"no price is known for {kind} of {model}", what_to_do="add it with `advisor prices add`"
        )
    seller, slash, rest = model.partition("/")
    plain, seller = (rest, provider or seller) if slash and seller != "hf" else (model, provider or "")
    try:
        found, info = get_snapshot().find_provider_model(plain, None, seller or None, None)
    except LookupError:
        known = [model.id for seller in get_snapshot().providers for model in seller.models]
        raise PriceMissingError(
            f"there is no price of a model named {model}{nearest(plain, known)}",
            what_to_do="`advisor prices list` names every model in our files; `advisor prices add` adds a price",
        ) from None
    begins = _begins(info, plain)
    if day < begins:
        raise PriceMissingError(
            f"no price is known for {kind} of {model} on {day}",
            what_to_do=f"the first day on which it is known is {begins}",
        )
    prices = info.get_prices(datetime.combine(day, time(), UTC))
    value = getattr(prices, _FIELDS[kind])
    if value is None:
        raise PriceMissingError(f"no price is known for {kind} of {model}", what_to_do="it has others; see its page")
    note = ""
    if isinstance(value, TieredPrices):
        value, note = value.base, "dearer beyond a length of the prompt"
    if not isinstance(info.prices, ModelPrice) and any(
        isinstance(item.constraint, TimeOfDateConstraint) for item in info.prices
    ):
        note = "; ".join(filter(None, (note, "the price at midnight UTC; it changes with the time of day")))
    return Price(
        provider=found.id,
        model=info.id,
        kind=kind,
        usd=Decimal(value),
        unit="per_1m_tokens",
        currency="USD",
        valid_from=begins,
        as_of=READ_ON,
        source=f"PyPI genai-prices {genai_prices.__version__}",
        provisioning="",
        assumption=False,
        note=note,
        above_b=None,
        up_to_b=None,
        dimensions=None,
        where="genai-prices",
    )


def context_window(model: str) -> int | None:
    """The most tokens that `model` takes in one request, where the package knows it."""
    from genai_prices.data_snapshot import get_snapshot

    seller, slash, rest = model.partition("/")
    try:
        _, info = get_snapshot().find_provider_model(rest if slash else model, None, seller if slash else None, None)
    except LookupError:
        return None
    return info.context_window


def _begins(info: ModelInfo, name: str) -> date:
    days = re.findall(r"(20[2-9]\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)", f"{name} {info.id}")
    dated = [day for parts in days if (day := _day(*map(int, parts)))]
    if dated:
        return max(dated)
    from genai_prices.types import ModelPrice

    if isinstance(info.prices, ModelPrice):
        return READ_ON
    # An entry without a day held when the package was read, also where another one follows later.
    starts = [getattr(item.constraint, "start_date", None) or READ_ON for item in info.prices]
    return min(starts)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # digits in a name that are no day
        return None
