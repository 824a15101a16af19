"""`advisor prices list`, `show`, `history`, `check` and `add`."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import wrap
from typing import Any

import click

from advisor.cli.case_options import Day
from advisor.cost.price_book import UNITS, Price, PriceBook
from advisor.cost.price_check import LEVELS, PriceFinding, check_prices
from advisor.files import content, load_pricebook

folder_option = click.option(
    "--prices",
    "folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Folder of price files instead of those shipped.",
)
on_option = click.option("--on", "day", type=Day(), help="The day whose prices are meant.  [default: today]")
form_option = click.option(
    "--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True
)
COLUMNS = ("provider", "provisioning", "model", "kind", "usd", "unit", "valid_from", "as_of", "source", "assumption")


@click.group()
def prices() -> None:
    """List, show, check or add prices; each has a day and a source.

    Prices are YAML files, one per provider, and are never edited: a new dated entry is appended. See
    docs/how-to/read-and-add-prices.md.
    """


@prices.command("list")
@folder_option
@click.option("--provider", help="Only this provider.")
@click.option("--kind", help="Only this kind, such as train_sft or gpu_hour.")
@on_option
@form_option
def list_prices(folder: Path | None, provider: str | None, kind: str | None, day: date | None, form: str) -> None:
    """List every price that holds on a day."""
    book = load_pricebook(folder)
    _refuse_unknown(book, provider, kind)
    held = book.on(day or date.today())
    _show((price for price in held if provider in (None, price.provider) and kind in (None, price.kind)), form)


@prices.command()
@folder_option
@click.argument("model")
@click.option("--kind", help="Only this kind, such as ft_infer_input.")
@click.option("--provider", help="Only this provider.")
@on_option
@form_option
def show(folder: Path | None, model: str, kind: str | None, provider: str | None, day: date | None, form: str) -> None:
    """Show what MODEL costs on a day, with the source of each price.

    Inference prices that our files do not have come from the genai-prices package.
    """
    from advisor.inference_prices import inference_price

    book, day = load_pricebook(folder), day or date.today()
    held = {price.id: price for price in book.on(day)}
    found = [price for price in book.history(model, kind, provider) if price.id in held]
    if not found and kind:
        _refuse_unknown(book, provider, None)
        found = [book.find(model, kind, day, provider) or inference_price(model, kind, day, provider)]
    elif not found:
        kinds = ("base_infer_input", "base_infer_output")
        history = book.history(model, None, provider)
        if history:
            book.price_on(model, history[0].kind, day, provider)
        found = [inference_price(model, name, day, provider) for name in kinds]
    _show(found, form)


@prices.command()
@folder_option
@click.argument("model")
@click.option("--kind", help="Only this kind.")
@form_option
def history(folder: Path | None, model: str, kind: str | None, form: str) -> None:
    """Show every dated price of MODEL, oldest first."""
    book = load_pricebook(folder)
    found = book.history(model, kind)
    if not found:
        book.price_on(model, kind or "base_infer_input", date.max)
    _show(found, form)


@prices.command()
@folder_option
@on_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    default="error",
    show_default=True,
    help="The least level that makes the exit code 1.",
)
@click.option("--all", "everything", is_flag=True, help="List every finding instead of counting those of a file.")
def check(folder: Path | None, day: date | None, form: str, fail_on: str, everything: bool) -> None:
    """Find what is wrong or doubtful with the prices.

    Wrong units, missing sources or currency, prices of 0 and two entries for one day stop at once, with file:line.
    Then: figures off by a thousand (error), half a pair missing and entries older than 90 days (warning), and what is
    an assumption (note).
    """
    book = load_pricebook(folder)
    findings = check_prices(book, day or date.today())
    counts = {level: sum(finding.level == level for finding in findings) for level in LEVELS}
    if form == "json":
        listed = [finding._asdict() for finding in findings]
        click.echo(json.dumps({"prices": len(book.prices), **counts, "findings": listed}, indent=2))
    else:
        for line in _findings(findings, everything=everything):
            click.echo(line)
        verdict = ", ".join(f"{count} {level}s" for level, count in counts.items())
        click.echo(f"{len(book.prices)} prices, {len(book.figures)} figures: {verdict}")
    if any(counts[level] for level in LEVELS[: LEVELS.index(fail_on) + 1]):
        sys.exit(1)


@prices.command()
@folder_option
@click.option("--file", "name", required=True, help="The file to append to, such as openai or gpus.")
@click.option("--model", required=True, help="The model or GPU.")
@click.option("--kind", required=True, help="The kind, such as base_infer_input or gpu_hour.")
@click.option("--usd", required=True, help="The price in USD, as on the page.")
@click.option("--unit", type=click.Choice(UNITS), required=True, help="What the price is for.")
@click.option("--valid-from", type=Day(), required=True, help="The day from which it holds.")
@click.option("--as-of", type=Day(), help="The day on which it was read.  [default: today]")
@click.option("--source", required=True, help="Where it was read: a page or a document.")
@click.option("--provider", default="", help="The provider, in files of several.")
@click.option("--provisioning", default="", help="The kind of GPU hour, such as spot.")
@click.option("--note", default="", help="What else the reader should know.")
@click.option("--assumption", is_flag=True, help="Nobody has read it; it is assumed.")
@click.option("--dry-run", is_flag=True, help="Print the entry and write nothing.")
@click.option("--yes", is_flag=True, help="Add it although it looks wrong by a thousand, or is of a new kind.")
def add(folder: Path | None, name: str, dry_run: bool, yes: bool, **entry: Any) -> None:
    """Append one dated price to a file; what is there already is not touched.

    The whole book is checked with the new entry before anything is written.
    """
    from advisor.price_entry import add_price

    entry["as_of"] = entry["as_of"] or date.today()
    added = add_price(folder or content("pricing"), name, entry, dry_run=dry_run, although_unusual=yes)
    click.echo(added.text)
    click.echo(f"nothing written: {added.path}" if dry_run else f"added to {added.path}")


def _findings(findings: Iterable[PriceFinding], *, everything: bool) -> list[str]:
    """One line per finding; more than three of a kind in one file are counted, unless `everything` is wanted."""
    by_file: dict[tuple[str, str, str], list[PriceFinding]] = {}
    for finding in findings:
        file = finding.where.rpartition(":")[0] or finding.where
        by_file.setdefault((file, finding.level, finding.kind), []).append(finding)
    lines: list[str] = []
    for (file, level, kind), group in by_file.items():
        if everything or len(group) <= 3:
            lines += [f"{finding.where}: {level}: {finding.say}" for finding in group]
        else:
            lines.append(f"{file}: {level}: {len(group)} of kind {kind}, such as {group[0].say}")
    return lines


def _refuse_unknown(book: PriceBook, provider: str | None, kind: str | None) -> None:
    from advisor.question import nearest

    kinds = {price.kind for price in book.prices}
    if provider is not None and provider not in book.providers():
        known = ", ".join(book.providers())
        raise click.UsageError(
            f"no provider is named {provider}{nearest(provider, book.providers())} known are {known}"
        )
    if kind is not None and kind not in kinds:
        raise click.UsageError(f"no kind is named {kind}{nearest(kind, kinds)} known are {', '.join(sorted(kinds))}")


def _show(found: Iterable[Price], form: str) -> None:
    rows = [{name: getattr(price, name) for name in COLUMNS} for price in found]
    if form == "json":
        click.echo(json.dumps(rows, indent=2, default=str))
    elif form == "csv":
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        click.echo(_text(rows))


def _text(rows: list[dict[str, Any]]) -> str:
    """One heading per provider and model, one line per price, the sources below."""
    sources = {source: number for number, source in enumerate(dict.fromkeys(row["source"] for row in rows), start=1)}
    lines: list[str] = []
    heading = None
    for row in sorted(rows, key=lambda row: (row["provider"], row["model"])):
        named = f"{row['provider']} {row['model']}"
        if named != heading:
            lines += ["", named] if lines else [named]
            heading = named
        kind = f"{row['kind']} ({row['provisioning']})" if row["provisioning"] else row["kind"]
        assumed = " assumption" if row["assumption"] else ""
        cited = f"[{sources[row['source']]}]{assumed}"
        rest = f"{shown_usd(row['usd']):>9} {row['unit']:<14} {row['valid_from']} {cited}"
        lines += [f"  {kind:<29} {rest}"] if max(29, len(kind)) + len(rest) < 78 else [f"  {kind}", f"      {rest}"]
    if not rows:
        return "no price holds on that day"
    lines += ["", "Sources (each price from the day shown)"]
    for source, number in sources.items():
        lines += wrap(source, 80, initial_indent=f"  [{number}] ", subsequent_indent="      ")
    return "\n".join(lines)


def shown_usd(usd: Decimal) -> str:
    """`$0.15`, `$3.00`, `$0.00465`."""
    return f"${usd:.2f}" if usd == usd.quantize(Decimal("0.01")) else f"${usd.normalize():f}"
