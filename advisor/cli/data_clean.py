"""`advisor data clean`: a file without what is broken, repeated or personal."""

from __future__ import annotations

from pathlib import Path

import click

from advisor.data_check import DataRules, check_file
from advisor.data_clean import CleaningPlan, clean_file, droppable, kinds_of
from advisor.data_rules import load_data_rules
from advisor.dataset.anonymise import TOKENS, Finder
from advisor.dataset.finding_rules import PARTS
from advisor.dataset.formats import FORMAT_NAMES
from advisor.dataset.personal import find_personal


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--anonymise", is_flag=True, help="Replace personal data and secrets by [PERSON], [EMAIL], [CARD], ...")
@click.option("--kind", "kinds", multiple=True, help=f"Replace only this kind: {', '.join(TOKENS)}. May be repeated.")
@click.option(
    "--names",
    type=click.Choice(["context", "presidio"]),
    default="context",
    show_default=True,
    help="Find names by the words around them, or in free text with Presidio as well.",
)
@click.option(
    "--drop",
    "dropped",
    multiple=True,
    metavar="FINDING",
    help="Drop rows with this finding of `advisor data check` as well, such as near_duplicate. May be repeated.",
)
@click.option("--keep-duplicates", is_flag=True, help="Keep exact duplicates, which are dropped otherwise.")
@click.option("--log", type=click.Path(path_type=Path), help="Where changes are written; default: OUT.changes.jsonl")
@click.option("--from", "given", type=click.Choice(FORMAT_NAMES), help="Format of the rows, if not to be recognised.")
def clean(
    file: Path,
    out: Path,
    anonymise: bool,
    kinds: tuple[str, ...],
    names: str,
    dropped: tuple[str, ...],
    keep_duplicates: bool,
    log: Path | None,
    given: str | None,
) -> None:
    """Write FILE without what is broken or repeated to OUT, and replace personal data if asked to.

    \b
    Examples:
      advisor data clean train.jsonl clean.jsonl
      advisor data clean train.jsonl clean.jsonl --anonymise --drop near_duplicate
      advisor data clean train.jsonl clean.jsonl --kind email --kind card

    Rows that an upload would be refused for are dropped, unknown keys and control characters are taken out, and exact
    duplicates are dropped. The log has a line for each change with the line in FILE, the reason, and the row before and
    after, unless it holds something personal. The same person gets the same token all through a row; numbers are
    replaced only where their checksum is right. FILE is never changed; OUT and the log appear whole or not at all.
    `--names presidio` finds names in free text too (pip install 'advisor[names]'). Exit codes: 0 written, 2 nothing
    written, 130 interrupted.
    """
    plan = CleaningPlan(
        droppable(dropped) | (frozenset() if keep_duplicates else {"exact_duplicate"}),
        kinds_of(kinds) if anonymise or kinds else frozenset(),
        _finder(names),
    )
    book = load_data_rules()
    parts = {"structure", *(book.findings.of[name].part for name in plan.drop)}
    report = check_file(
        file,
        DataRules(book.findings, book.enough, book.hosts.of["openai"], host_given=False, phrases=book.phrases),
        parts=[part for part in PARTS if part in parts],
        form=given,
    )
    log = log or out.with_name(f"{out.name}.changes.jsonl")
    done = clean_file(file, out, log, plan, report)
    click.echo(f"{out}: {done.written:,} of {done.rows:,} rows; every change is in {log}")
    for action, counts in (("dropped", done.dropped), ("repaired", done.repaired), ("replaced", done.anonymised)):
        for reason, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            click.echo(f"  {action}: {count:,} {reason.replace('_', ' ')}")


def _finder(names: str) -> Finder:
    if names == "context":
        return find_personal
    from functools import partial

    from advisor.presidio_names import load_name_finder

    return partial(find_personal, find_more_names=load_name_finder())
