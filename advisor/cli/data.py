"""`advisor data`: fine-tuning data; each part in a file of its own, imported when used."""

from __future__ import annotations

from typing import Final

import click

from advisor.cli.lazy_group import LazyGroup

PARTS: Final = {
    "check": ("advisor.cli.data_check", "check"),
    "clean": ("advisor.cli.data_clean", "clean"),
    "convert": ("advisor.cli.data_convert", "convert"),
    "split": ("advisor.cli.data_split", "split"),
    "review": ("advisor.cli.data_review", "review"),
    "agreement": ("advisor.cli.data_review", "agreement"),
    "extend": ("advisor.cli.data_extend", "extend_command"),
}


@click.group(cls=LazyGroup, parts=PARTS)
def data() -> None:
    """Know what a data set is worth before paying to train on it: check, clean, split, review, extend, convert.

    \b
    Examples:
      advisor data check train.jsonl
      advisor data check train.jsonl --model gpt-4.1-mini --format json --out report.json
      advisor data clean train.jsonl clean.jsonl --anonymise
      advisor data split clean.jsonl data/
      advisor data convert train.csv train.jsonl --to openai_chat

    The format is recognised by itself: OpenAI chat, OpenAI and TRL preference pairs, reinforcement items,
    prompt/completion, Alpaca, ShareGPT, or a table with named columns. Files are JSON Lines, a JSON array, CSV, TSV or
    Parquet, plain or gzipped.
    """
