"""`advisor cost tokens`: tokens of files for a model, and what reading them once costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click

from advisor.cli.case_options import Day
from advisor.cost.tokenizer import TOKENS_PER_MESSAGE
from advisor.errors import InputError, PriceMissingError
from advisor.files import load_market, load_tokenizers, read_text
from advisor.report.money import usd


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--model", default="gpt-4o-mini", show_default=True, help="The model that reads them.")
@click.option("--as-of", type=Day(), help="Day whose prices are taken; default: today.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def tokens(paths: tuple[Path, ...], model: str, as_of: date | None, form: str) -> None:
    """Count the tokens of text files, or of chats in JSONL, for a model, offline.

    For models whose tokenizer is not public the count is an estimate, and says by how much it may be off.
    """
    from advisor.token_count import count_tokens

    tokenizer = load_tokenizers().of(model)
    counts = {str(path): count_tokens(_texts(path), tokenizer) for path in paths}
    total, low, high = (sum(getattr(count, end) for count in counts.values()) for end in ("tokens", "low", "high"))
    cost = _price_of(total, model, as_of or date.today())
    if form == "json":
        each = {name: count._asdict() for name, count in counts.items()}
        click.echo(json.dumps({"model": model, "tokens": total, "low": low, "high": high, "files": each}, indent=2))
        return
    for name, count in counts.items():
        click.echo(f"{count.tokens:>12,}  {name}")
    if len(counts) > 1:
        click.echo(f"{total:>12,}  in all")
    exact = "exact" if tokenizer.exact else f"an estimate, {low:,} to {high:,}: {tokenizer.because}"
    click.echo(f"counted with {tokenizer.encoding} for {model}: {exact}")
    click.echo(cost)


def _texts(path: Path) -> Iterator[str]:
    """The texts of a file: of each message of a chat in JSONL, else the whole file."""
    text = read_text(path)
    if path.suffix != ".jsonl":
        yield text
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                where = f"{path}:{number}"
                raise InputError(f"this line is no JSON: {error}", where=where, what_to_do="correct it") from None
            yield from _messages(row)


def _messages(row: Any) -> Iterator[str]:
    """Every text inside a row, with a stand-in for what a chat adds around each message."""
    if isinstance(row, str):
        yield row
    elif isinstance(row, list):
        for item in row:
            yield from _messages(item)
    elif isinstance(row, dict):
        if "role" in row and "content" in row:
            yield " a" * TOKENS_PER_MESSAGE
        for value in row.values():
            yield from _messages(value)


def _price_of(tokens: int, model: str, day: date) -> str:
    market = load_market()
    try:
        price = market.prices.price_on(model, "base_infer_input", day)
    except PriceMissingError as error:
        return f"not priced: {error.problem}"
    cost = price.usd * tokens / 1_000_000
    shown = usd(cost) if cost >= 1 else f"${cost:.6f}"
    return f"read once as input: {shown} ({usd(price.usd)} per 1M tokens, {price.as_of}, {price.source})"
