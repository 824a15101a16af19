"""Reads the price files of `pricing/` into a checked price book.

Nearly every row is right, and there are hundreds: each is taken at once, and only one that does not fit is read again
field by field, to name the mistake with file:line.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from zlib import crc32

from advisor.cost.price_book import UNITS, Figure, Price, PriceBook, UsualModel
from advisor.decision.fields import Fields
from advisor.errors import RuleBookError
from advisor.question import iso_date
from advisor.strict_yaml import Document

_FIELDS = {
    "model", "kind", "usd", "unit", "valid_from", "as_of", "source", "note", "assumption", "free",
    "provider", "provisioning", "above_b", "up_to_b", "dimensions",
}  # fmt: skip


def build_price_book(documents: Mapping[str, Document]) -> PriceBook:
    """The price book in `documents`, each of which holds prices or figures. Raises RuleBookError with file:line."""
    prices: list[Price] = []
    same_model: list[tuple[str, tuple[str, ...]]] = []
    figures: list[Figure] = []
    usual: list[UsualModel] = []
    for document in documents.values():
        top = Fields(document, (), "the file")
        if "figures" in top.values:
            figures += _figures(document)
            usual += _usual_models(document)
            continue
        currency = top.text("currency")
        if currency != "USD":
            raise top.error(f"prices are in USD, not {currency}", "currency", what_to_do="convert them, and say so")
        provider = top.text("provider", "")
        sources = Fields(document, ("sources",), "`sources`").all_texts()
        top.raw("sources")
        same_model += [(provider, tuple(row)) for row in top.raw("same_model") or ()]
        rows = top.raw("prices")
        if not isinstance(rows, list):
            raise top.error("there are no prices", what_to_do="add `prices:` with a list of entries")
        prices += [_price(document, place, row, provider, sources) for place, row in enumerate(rows)]
        top.done()
    _refuse_overlaps(prices, {(provider, name): names[0] for provider, names in same_model for name in names})
    text = repr([(price.id, price.usd) for price in prices])
    return PriceBook(prices, figures, usual, same_model, f"{crc32(text.encode()):08x}")


def _price(document: Document, place: int, row: Any, provider: str, sources: Mapping[str, str]) -> Price:
    try:
        usd = row["usd"]
        fits = (
            row.keys() <= _FIELDS
            and type(usd) in (int, Decimal)
            and (usd > 0 or (usd == 0 and row.get("free") is True))
            and row["unit"] in UNITS
            and bool(row["model"] and row["kind"])
            and ("provider" in row) != bool(provider)
        )
        if fits:
            return Price(
                row.get("provider", provider),
                row["model"],
                row["kind"],
                Decimal(usd),
                row["unit"],
                "USD",
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["as_of"]),
                sources[row["source"]],
                row.get("provisioning", ""),
                row.get("assumption", False) is True,
                row.get("note", ""),
                _decimal(row.get("above_b")),
                _decimal(row.get("up_to_b")),
                row.get("dimensions"),
                document.where("prices", place),
            )
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    raise _mistake(document, place, provider, sources)


def _mistake(document: Document, place: int, provider: str, sources: Mapping[str, str]) -> RuleBookError:
    """What is wrong with a row, found field by field."""
    fields = Fields(document, ("prices", place), "a price")
    try:
        fields.text("model")
        fields.text("kind")
        usd = fields.number("usd")
        free = fields.truth("free")
        if usd is None:
            return fields.error("a price needs `usd`, a number", what_to_do="add `usd: ...`")
        if usd < 0 or (usd == 0 and not free):
            return fields.error(
                f"a price of {usd} is none", "usd", what_to_do="write what it costs, or `free: true` where it is free"
            )
        fields.one_of("unit", UNITS, "unit")
        for name in ("valid_from", "as_of"):
            try:
                iso_date(fields.text(name))
            except ValueError as error:
                problem, _, advice = str(error).partition("\n")
                return fields.error(problem, name, what_to_do=advice)
        fields.one_of("source", sources, "source")
        if provider and fields.raw("provider") is not None:
            return fields.error("the file already names the provider", "provider", what_to_do="delete this line")
        if not provider:
            fields.text("provider")
        fields.text("provisioning", "")
        fields.text("note", "")
        fields.truth("assumption")
        for name in ("above_b", "up_to_b", "dimensions"):
            fields.number(name)
        fields.done()
    except RuleBookError as error:
        return error
    return fields.error("this price cannot be read", what_to_do="compare it with its neighbours")


def _refuse_overlaps(prices: list[Price], first_name: Mapping[tuple[str, str], str]) -> None:
    seen: dict[tuple[object, ...], Price] = {}
    for price in prices:
        model = first_name.get((price.provider, price.model), price.model)
        key = (price.provider, price.provisioning, model, price.kind, price.valid_from)
        if key in seen:
            raise RuleBookError(
                f"two prices of {price.kind} of {price.model} begin on {price.valid_from}, "
                f"{seen[key].usd} and {price.usd} USD; the first is at {seen[key].where}",
                where=price.where,
                what_to_do="keep one, or give the later one its own day",
            )
        seen[key] = price


def _figures(document: Document) -> list[Figure]:
    top = Fields(document, (), "the file")
    sources = Fields(document, ("sources",), "`sources`").all_texts()
    top.raw("sources")
    top.raw("usual_models")
    found: list[Figure] = []
    for fields in top.rows("figures", "a figure"):
        low, middle, high = (fields.number(name) for name in ("low", "middle", "high"))
        name = fields.text("id")
        if low is None or middle is None or high is None:
            raise fields.error(f"the figure {name} needs low, middle and high", what_to_do="write three numbers")
        if not 0 <= low <= middle <= high:
            raise fields.error(f"the range of {name} is not in order: {low}, {middle}, {high}", "low")
        source = fields.one_of("source", sources, "source")
        figure = Figure(
            name,
            fields.text("what"),
            low,
            middle,
            high,
            fields.text("unit"),
            iso_date(fields.text("as_of")),
            sources[source] if source != "assumption" else "assumption",
            fields.truth("assumption"),
            fields.text("note", ""),
        )
        if figure.assumption and not figure.note:
            raise fields.error(f"the assumption {name} has no reason", what_to_do="add `note: why`")
        fields.done()
        found.append(figure)
    top.done()
    return found


def _usual_models(document: Document) -> list[UsualModel]:
    found = []
    for fields in Fields(document, (), "the file").rows("usual_models", "a usual model"):
        begins = iso_date(fields.text("from"))
        found.append(UsualModel(fields.text("role"), fields.text("model"), begins, fields.text("why")))
        fields.done()
    return found


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
