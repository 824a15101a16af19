"""What is doubtful in a price book that can be read: stale entries, gaps, and figures off by a thousand."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from advisor.cost.price_book import Price, PriceBook

STALE_DAYS = 90
# Prices of one kind lie within a factor of about 60 of their middle, and no price moved by more than 10 at once; per
# 1K for per 1M is a factor of 1,000.
MAGNITUDE = 150
STEP = 100
LEVELS = ("error", "warning", "note")


class PriceFinding(NamedTuple):
    """One doubt: `kind` is magnitude, gap, stale or assumption; `level` one of LEVELS."""

    level: str
    kind: str
    say: str
    where: str


def check_prices(book: PriceBook, day: date) -> tuple[PriceFinding, ...]:
    """Every finding on `day`, errors first, in the order of the files."""
    current = book.on(day)
    found = [*_magnitudes(book.prices), *_gaps(current), *_stale(current, day), *_assumed(current, book)]
    return tuple(sorted(found, key=lambda finding: LEVELS.index(finding.level)))


def wrong_magnitude(usd: Decimal, unit: str, others: Sequence[Decimal], before: Decimal | None = None) -> str:
    """A sentence where `usd` is about a thousand times off the middle of `others` or the price `before`; else empty."""
    if unit != "per_1m_tokens" or not usd:
        return ""
    if before and not before / STEP < usd < before * STEP:
        return f"{usd} USD is far from the {before} USD per 1M tokens before; is it per 1K?"
    middle = median(others) if len(others) >= 3 else usd
    if middle / MAGNITUDE <= usd <= middle * MAGNITUDE:
        return ""
    return f"{usd} USD is far from the usual {middle} USD per 1M tokens; is it per 1K?"


def _magnitudes(prices: Sequence[Price]) -> list[PriceFinding]:
    of_kind: dict[str, list[Decimal]] = {}
    before: dict[tuple[str, str, str], Decimal] = {}
    problems: list[PriceFinding] = []
    for price in prices:
        if price.unit == "per_1m_tokens" and price.usd:
            of_kind.setdefault(price.kind, []).append(price.usd)
    for price in sorted(prices, key=lambda price: price.valid_from):
        series = (price.provider, price.model, price.kind)
        problem = wrong_magnitude(price.usd, price.unit, of_kind.get(price.kind, ()), before.get(series))
        if problem:
            problems.append(PriceFinding("error", "magnitude", f"{price.id}: {problem}", price.where))
        before[series] = price.usd
    return problems


def _gaps(current: Sequence[Price]) -> list[PriceFinding]:
    """A model of which one half of a pair has no price cannot be priced at all."""
    kinds: dict[tuple[str, str], dict[str, Price]] = {}
    for price in current:
        kinds.setdefault((price.provider, price.model), {})[price.kind] = price
    found = []
    for (provider, model), prices in kinds.items():
        for kind, price in prices.items():
            other = kind.replace("_input", "_output") if "_input" in kind else kind.replace("_output", "_input")
            if other != kind and "cached" not in kind and other not in prices:
                say = f"{provider} {model} has {kind} and no {other}"
                found.append(PriceFinding("warning", "gap", say, price.where))
    return found


def _stale(current: Sequence[Price], day: date) -> list[PriceFinding]:
    return [
        PriceFinding(
            "warning",
            "stale",
            f"{price.id} was read on {price.as_of}, {(day - price.as_of).days} days ago",
            price.where,
        )
        for price in current
        if (day - price.as_of).days > STALE_DAYS
    ]


def _assumed(current: Sequence[Price], book: PriceBook) -> list[PriceFinding]:
    prices = [
        PriceFinding("note", "assumption", f"{price.id} is an assumption: {price.note or price.source}", price.where)
        for price in current
        if price.assumption
    ]
    figures = [
        PriceFinding("note", "assumption", f"{figure.id} is an assumption: {figure.note}", "people.yaml")
        for figure in book.figures.values()
        if figure.assumption
    ]
    return prices + figures
