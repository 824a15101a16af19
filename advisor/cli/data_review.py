"""`advisor data review`: a sample for experts to judge; `advisor data agreement`: what they say together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from advisor.dataset.example import Example
from advisor.dataset.formats import FORMAT_NAMES
from advisor.dataset.review import read_judgements, review_table, reviewed, sample_for_review
from advisor.errors import InputError
from advisor.files import content, read_text, write_whole

_SHOWN = 10


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--sample", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many rows.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same rows.")
@click.option("--from", "given", type=click.Choice(FORMAT_NAMES), help="Format of the rows, if not to be recognised.")
def review(file: Path, folder: Path, sample: int, seed: int, given: str | None) -> None:
    """Draw a sample of FILE for two or three experts, as a page and as a table in FOLDER.

    \b
    Examples:
      advisor data review train.jsonl review/
      advisor data agreement review-ann.csv review-ben.csv

    The page needs no server: open it, judge, download the table. The table is for those who would rather use a
    spreadsheet. Every label is in the sample. Give each expert the same sample; `advisor data agreement` reads what
    comes back.
    """
    from advisor.data_examples import rows_of
    from advisor.report.review_sheet import review_sheet

    rows = 0

    def counted() -> Iterator[Example]:
        nonlocal rows
        for row in rows_of(file, given):
            rows += 1
            yield row.example

    items = sample_for_review(counted(), sample, seed)
    if not items:
        raise InputError("no row can be judged", where=str(file), what_to_do="check the file first")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "review.html", review_sheet(items, file.name, rows, content("web") / "templates"))
    write_whole(folder / "review.csv", review_table(items))
    click.echo(f"{len(items)} of {rows:,} rows: {folder / 'review.html'} (a page), {folder / 'review.csv'} (a table)")


@click.command()
@click.argument("tables", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--fail-below", type=click.FloatRange(-1, 1), help="Exit with 1 where kappa is below this, such as 0.6.")
def agreement(tables: tuple[Path, ...], form: str, fail_below: float | None) -> None:
    """Read the judged TABLES of several experts: how far they agree, what they dispute, how much is wrong.

    Kappa is Cohen's for two experts and Fleiss' for more: 1 is full agreement, 0 what chance would give. From about 0.6
    on the task is clear enough to train on; below, settle the disputed rows and write down why.
    """
    found = reviewed(one for table in tables for one in read_judgements(read_text(table), str(table)))
    agreed = found.agreement
    if form == "json":
        value = {
            **found._asdict(),
            "agreement": agreed._asdict(),
            "disputed": [[one._asdict() for one in group] for group in found.disputed],
            "better": [one._asdict() for one in found.better],
        }
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))
    else:
        kappa = "undefined" if agreed.kappa is None else f"{agreed.kappa:.2f}"
        click.echo(f"{agreed.raters} reviewers, {found.items} rows, {agreed.items} judged by at least two")
        click.echo(f"kappa {kappa} ({agreed.words}); {agreed.agreed_share:.0%} of the pairs of judgements agree")
        low, high = found.wrong_low, found.wrong_high
        click.echo(f"wrong by most: {found.wrong_share:.0%} of the rows ({low:.0%} to {high:.0%} of the file, 95 %)")
        for group in found.disputed[:_SHOWN]:
            said = ", ".join(f"{one.reviewer} {one.judgement}" for one in group)
            click.echo(f"  disputed: line {group[0].line}: {said}")
        if len(found.disputed) > _SHOWN:
            click.echo(f"  and {len(found.disputed) - _SHOWN} more; --format json lists every one")
        if found.better:
            click.echo(f"{len(found.better)} better answers were written; --format json lists them")
    if fail_below is not None and (agreed.kappa is None or agreed.kappa < fail_below):
        raise SystemExit(1)
