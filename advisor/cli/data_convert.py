"""`advisor data convert`: a file of fine-tuning data in another format."""

from __future__ import annotations

from pathlib import Path

import click

from advisor.dataset.formats import FORMAT_NAMES


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Choice(FORMAT_NAMES), help="Format of the rows that are written.")
@click.option("--from", "given", type=click.Choice(FORMAT_NAMES), help="Format of the rows, if not to be recognised.")
@click.option("--prompt-column", help="Column of a table that holds what is asked.")
@click.option("--answer-column", help="Column of a table that holds the answer or label.")
@click.option("--drop", is_flag=True, help="Write what can be written, and say what was dropped.")
def convert(
    file: Path,
    out: Path,
    to: str,
    given: str | None,
    prompt_column: str | None,
    answer_column: str | None,
    drop: bool,
) -> None:
    """Convert a file of fine-tuning data to another format, losing nothing silently.

    \b
    Examples:
      advisor data convert alpaca.json train.jsonl --to openai_chat
      advisor data convert train.jsonl train.csv --to table
      advisor data convert pairs.jsonl pairs-trl.jsonl.gz --to trl_preference

    The ending of OUT says how rows are written: .jsonl, .json, .csv, .tsv or .parquet; .gz may follow. Columns and
    metadata go along. Where the target cannot hold something, such as a tool call or a broken row, nothing is written
    and it is said what and where; with --drop the rest is written. OUT appears whole or not at all; FILE is never
    changed. Exit codes: 0 written, 2 nothing written, 130 interrupted.
    """
    from advisor.data_convert import convert_file, loss_in_words

    done = convert_file(file, out, to, form=given, prompt=prompt_column, answer=answer_column, drop=drop)
    click.echo(f"{out}: {done.written:,} of {done.rows:,} rows written, from {done.from_format} to {to}")
    for loss in done.losses:
        click.echo(f"  dropped: {loss_in_words(loss)}")
