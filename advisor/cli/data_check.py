"""`advisor data check`: what is wrong with a file of fine-tuning data, where, and what to do about it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.data_check import DataReport, DataRules, Progress, check_file
from advisor.data_rules import DataRuleBook, load_data_rules
from advisor.dataset.finding_rules import PARTS, SEVERITIES, at_least
from advisor.dataset.formats import FORMAT_NAMES
from advisor.dataset.host_rules import HostRules
from advisor.errors import InputError
from advisor.files import load_life_cycle, load_pricebook, load_tokenizers, write_whole

if TYPE_CHECKING:
    from advisor.cost.training_offers import TrainingOffer
    from advisor.token_tally import TokenTally

_FORMS = ("text", "json", "md", "junit", "sarif")
_PROGRESS_ROWS = 20_000
_USUAL_HOST = "openai"
_USUAL_MODEL = "gpt-4o-mini"


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--model", help="The model to be tuned; rows too long for it are found. Default: none, tokens as GPT-4o.")
@click.option("--format", "form", type=click.Choice(_FORMS), default="text", show_default=True)
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Check only this part; may be given repeatedly.")
@click.option("--test", type=click.Path(path_type=Path), help="Test set, to find rows that stand in both.")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES[::-1]),
    default="blocking",
    show_default=True,
    help="Exit with 1 if something as bad as this is found.",
)
@click.option("--from", "given", type=click.Choice(FORMAT_NAMES), help="Format of the rows, if not to be recognised.")
@click.option("--host", help="Service that must take the file; without it OpenAI's rules are only a warning.")
@click.option("--epochs", type=click.IntRange(1, 100), default=3, show_default=True, help="For what training costs.")
@click.option("--quick", is_flag=True, help="Train no models: no suspicious labels and no learning curve.")
@click.option("--prompt-column", help="Column of a table that holds what is asked.")
@click.option("--answer-column", help="Column of a table that holds the answer or label.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the report to this file.")
def check(
    file: Path,
    model: str | None,
    form: str,
    only: tuple[str, ...],
    test: Path | None,
    fail_on: str,
    given: str | None,
    host: str | None,
    epochs: int,
    quick: bool,
    prompt_column: str | None,
    answer_column: str | None,
    out: Path | None,
) -> None:
    """Check a file of fine-tuning data: each bad line with its column, why it matters, and what to do.

    \b
    Examples:
      advisor data check train.jsonl
      advisor data check train.jsonl --only structure --only tokens --model gpt-4.1
      advisor data check tickets.csv --prompt-column ticket --answer-column team
      advisor data check train.jsonl --fail-on warning --format sarif --out data.sarif

    The text shows the first places of each finding; json, junit and sarif list every one. Findings are blocking (an
    upload would be refused, or training would be on garbage), warnings or notes. Exit codes: 0 nothing as bad as
    --fail-on was found, 1 something was, 2 the file cannot be read, 130 interrupted.
    """
    if out and out.exists() and file.exists() and out.samefile(file):
        raise InputError("this is the file that is read", where="--out", what_to_do="write the report to another file")
    book = load_data_rules()
    with _progress() as progress:
        report = check_file(
            file,
            DataRules(
                book.findings,
                book.enough,
                _host(book, host or _USUAL_HOST),
                host_given=host is not None,
                phrases=book.phrases,
            ),
            parts=only or PARTS,
            form=given,
            prompt=prompt_column,
            answer=answer_column,
            tally=lambda: _tally(_host(book, host or _USUAL_HOST), model),
            progress=progress,
            test=test,
            deep=not quick,
        )
    text = _shown(report, book, form, fail_on, epochs)
    if out:
        write_whole(out, text + "\n")
        click.echo(f"{out}: written")
    else:
        click.echo(text)
    # What a service would refuse weighs in full only where that service was asked for.
    refused = "blocking" if host else "warning"
    worst = [finding.severity for finding in report.findings] + [refused] * bool(report.refusals)
    if any(at_least(severity, fail_on) for severity in worst):
        sys.exit(1)


def _host(book: DataRuleBook, name: str) -> HostRules:
    if name not in book.hosts.of:
        known = ", ".join(book.hosts.of)
        raise InputError(f"nothing is known of the host {name}", where="--host", what_to_do=f"name one of {known}")
    return book.hosts.of[name]


def _tally(host: HostRules, model: str | None) -> TokenTally:
    from advisor.inference_prices import context_window
    from advisor.token_tally import TokenTally

    tokenizer = load_tokenizers().of(model or _USUAL_MODEL)
    most_tokens = (host.example_tokens(model) or context_window(model)) if model else None
    return TokenTally(tokenizer, most_tokens)


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Rows counted on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    told = 0

    def progress(rows: int) -> None:
        nonlocal told
        if rows >= told + _PROGRESS_ROWS:
            told = rows
            click.echo(f"\r{rows:,} rows", err=True, nl=False)

    try:
        yield progress
    finally:
        if told:
            click.echo("\r" + " " * 24 + "\r", err=True, nl=False)


def _offers(report: DataReport, epochs: int) -> tuple[TrainingOffer, ...]:
    """What training on the tokens costs at each provider today; nothing where they were not counted."""
    if report.tokens is None:
        return ()
    from advisor.cost.training_offers import training_offers

    pairs = report.format.endswith("_preference")
    book, life_cycle = load_pricebook(), load_life_cycle()
    return training_offers(book, life_cycle, date.today(), report.tokens.total, epochs, pairs=pairs)


def _shown(report: DataReport, book: DataRuleBook, form: str, fail_on: str, epochs: int) -> str:
    if form == "junit":
        from advisor.report.junit import junit

        return junit(report, book.findings, fail_on)
    if form == "sarif":
        from advisor.report.sarif import sarif

        return json.dumps(sarif(report, book.findings), indent=2, ensure_ascii=False)
    if form == "json":
        from advisor.report.data_record import data_record

        return json.dumps(
            data_record(report, book.sources, _offers(report, epochs), epochs), indent=2, ensure_ascii=False
        )
    from advisor.report.data_sections import data_sections

    sections = tuple(data_sections(report, book.sources, _offers(report, epochs), epochs))
    if form == "md":
        from advisor.report.markdown import as_markdown

        return as_markdown(sections).rstrip("\n")
    from advisor.report.terminal import as_text

    return as_text(sections, colour=sys.stdout.isatty())
