"""Appends a dated price to a price file: checked first, written whole or not at all, nothing else in it changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from advisor.cost.price_book import PriceBook
from advisor.cost.price_check import wrong_magnitude
from advisor.cost.price_reader import build_price_book
from advisor.errors import InputError
from advisor.files import load_pricebook, price_files, read_bytes, write_whole
from advisor.question import nearest
from advisor.strict_yaml import decode, read


class Added(NamedTuple):
    """The text of the new entry, and the file it belongs to."""

    text: str
    path: Path


def add_price(
    folder: Path, name: str, entry: Mapping[str, Any], *, dry_run: bool = False, although_unusual: bool = False
) -> Added:
    """Append `entry` to `folder`/`name`.yaml after checking the whole book with it.

    Raises InputError where the file or the entry is wrong, the day is taken or before the last entry, or the figure
    looks a thousand times off (unless `although_unusual`).
    """
    files = price_files(folder)
    if name not in files:
        raise InputError(
            f"there is no price file named {name}{nearest(name, files)}", what_to_do=f"one of {', '.join(files)}"
        )
    path = files[name]
    try:
        usd = Decimal(str(entry["usd"]))
    except InvalidOperation:
        raise InputError(f"{entry['usd']} is not a price", what_to_do="write a number, such as 0.15") from None
    if not usd.is_finite() or usd <= 0:
        raise InputError(f"a price of {usd} is none", what_to_do="write what it costs")
    book = load_pricebook(folder)
    kinds = {price.kind for price in book.prices}
    if entry["kind"] not in kinds and not although_unusual:
        raise InputError(
            f"no price is of the kind {entry['kind']}{nearest(entry['kind'], kinds)}",
            what_to_do="correct it, or add --yes where it is a new kind",
        )
    before = _last_before(book, entry)
    others = [price.usd for price in book.prices if price.kind == entry["kind"] and price.unit == entry["unit"]]
    problem = wrong_magnitude(usd, entry["unit"], others, before)
    if problem and not although_unusual:
        raise InputError(problem, what_to_do="convert it, or add --yes where it is right")
    old = decode(read_bytes(path), str(path))
    text = _row(entry, usd, _source_id(old, entry["source"]))
    new = _with_source(old, entry["source"])
    new = (new if new.endswith("\n") else new + "\n") + text + "\n"
    texts = {key: new if key == name else decode(read_bytes(at), str(at)) for key, at in files.items()}
    build_price_book({key: read(texts[key], str(at)) for key, at in files.items()})
    if not dry_run:
        write_whole(path, new)
    return Added(text, path)


def _last_before(book: PriceBook, entry: Mapping[str, Any]) -> Decimal | None:
    """The last price of the same series, which must have begun earlier; None where this is the first."""
    same = [
        price
        for price in book.history(entry["model"], entry["kind"])
        if entry["provisioning"] == price.provisioning and entry["provider"] in ("", price.provider)
    ]
    last = max(same, key=lambda price: price.valid_from, default=None)
    if last and entry["valid_from"] <= last.valid_from:
        raise InputError(
            f"{entry['kind']} of {entry['model']} has a price from {last.valid_from}, "
            f"and the new one is from {entry['valid_from']}",
            what_to_do="prices are appended: give the day from which the new one holds",
        )
    return last.usd if last else None


def _source_id(text: str, source: str) -> str:
    known = {value: name for name, value in _sources(text).items()}
    if source in known:
        return known[source]
    words = re.findall(r"[a-z0-9]+", source.lower())[:4] or ["source"]
    name, number = "_".join(words), 2
    while name in _sources(text):
        name, number = "_".join([*words, str(number)]), number + 1
    return name


def _sources(text: str) -> Mapping[str, str]:
    sources = read(text, "the price file").value.get("sources") or {}
    return {name: " ".join(value.split()) for name, value in sources.items()}


def _with_source(text: str, source: str) -> str:
    """`text` with `source` added under `sources:` where it is not there yet."""
    if source in _sources(text).values():
        return text
    line = f"  {_source_id(text, source)}: {_quoted(source)}\n"
    return re.sub(r"^sources:[^\n]*\n", lambda match: match[0] + line, text, count=1, flags=re.MULTILINE)


def _row(entry: Mapping[str, Any], usd: Decimal, source: str) -> str:
    parts = [f"{name}: {_quoted(entry[name])}" for name in ("provider", "provisioning", "model", "kind") if entry[name]]
    parts += [
        f"usd: {usd:f}",
        f"unit: {entry['unit']}",
        f'valid_from: "{entry["valid_from"]}"',
        f'as_of: "{entry["as_of"]}"',
        f"source: {source}",
    ]
    parts += ["assumption: true"] if entry["assumption"] else []
    parts += [f"note: {_quoted(entry['note'])}"] if entry["note"] else []
    return "- {" + ", ".join(parts) + "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
