"""`advisor recommend`."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import click

from advisor.cli.case_options import as_of_option, changed_case, day_of, rules_option, set_option
from advisor.errors import NotDecidedError
from advisor.files import load_market, load_rulebook
from advisor.recommendation import recommend as recommend_case
from advisor.record import Record, plain


@click.command()
@click.argument("case", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "md"]),
    default="text",
    show_default=True,
    help="For reading, for programs (advisor/recommendation/v1), or Markdown.",
)
@as_of_option
@set_option
@rules_option
@click.option("--require-decided", is_flag=True, help="End with exit code 3 while missing answers leave it open.")
def recommend(
    case: str, form: str, as_of: date | None, changes: tuple[str, ...], folder: Path | None, require_decided: bool
) -> None:
    """Recommend an approach for the case in a YAML file (CASE), or on standard input (-).

    The answer says why, what it costs and when it pays back, what else is still possible, what would change it, which
    question to ask next, what speaks against the other approaches, and which models end when. It needs no network and
    no key.

    \b
    Examples:
      advisor recommend case.yaml
      advisor recommend case.yaml --set data.examples=800 --as-of 2024-09-01
      advisor recommend case.yaml --format json | jq .recommendation
    """
    book = load_rulebook(folder)
    checked = changed_case(case, changes, book.questions)
    market = load_market()
    record = recommend_case(checked, book, market.life_cycle, day_of(checked, as_of), market)
    click.echo(_shown(record, form))
    if require_decided and record.status != "decided":
        names = ", ".join(asked.answer for asked in record.next_questions)
        raise NotDecidedError(f"not decided: {', '.join(record.possible)} are possible; answer {names}")


def _shown(record: Record, form: str) -> str:
    if form == "json":
        return json.dumps(plain(record), indent=2, ensure_ascii=False)
    from advisor.report.content import sections

    if form == "md":
        from advisor.report.markdown import as_markdown

        return as_markdown(sections(record))
    from advisor.report.terminal import as_text

    return as_text(sections(record), colour=sys.stdout.isatty())
