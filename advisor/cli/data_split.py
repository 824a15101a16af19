"""`advisor data split`: training, validation and test files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from advisor.dataset.formats import FORMAT_NAMES
from advisor.dataset.split import Shares
from advisor.errors import InputError


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--validation", default=10.0, show_default=True, help="Percent of the rows to stop the training by.")
@click.option("--test", default=10.0, show_default=True, help="Percent of the rows to measure with, never trained on.")
@click.option("--group-by", default="", help="Field whose equal values stay together, such as conversation_id.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same split.")
@click.option("--from", "given", type=click.Choice(FORMAT_NAMES), help="Format of the rows, if not to be recognised.")
def split(
    file: Path, folder: Path, validation: float, test: float, group_by: str, seed: int, given: str | None
) -> None:
    """Split FILE into train, validation and test files in FOLDER, with a manifest.

    \b
    Examples:
      advisor data split train.jsonl data/
      advisor data split tickets.csv data/ --test 20 --group-by customer

    Repeated and nearly repeated rows stay on one side, so that the test measures what was not seen; labels keep their
    shares. The manifest holds the hash of each file. A test set is locked: another split into the same FOLDER leaves it
    as it is, puts nothing related to it into training, and refuses where it was changed. Rows with a mistake of
    structure are left out (`advisor data check` lists them). Exit codes: 0 written, 2 nothing written.
    """
    from advisor.data_split import split_file

    if not (validation >= 0 and test > 0 and validation + test < 100):
        raise InputError(
            f"{validation:g} % and {test:g} % leave nothing to train on or to test with",
            where="--validation, --test",
            what_to_do="hold 10 to 20 % out",
        )
    shares = Shares(1 - (validation + test) / 100, validation / 100, test / 100)
    made = split_file(file, folder, shares, seed, date.today(), group_by=group_by, form=given)
    for part in made.parts:
        kept = " (locked, as it was)" if made.locked and part.name == "test" else ""
        labels = ", ".join(f"{label} {count:,}" for label, count in list(part.labels.items())[:6])
        click.echo(f"{part.rows:>9,}  {folder / part.file}{kept}" + (f"  {labels}" if labels else ""))
    if made.left_out:
        click.echo(f"{len(made.left_out):>9,}  left out: related to the locked test set")
    click.echo(f"{made.groups:,} groups of related rows were kept together; seed {seed}; {folder / 'manifest.json'}")
