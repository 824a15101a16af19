"""`advisor review`: the weekly, monthly or quarterly review of a deployment."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click

from advisor.cli.deployment_store import deployment_in, workspace_option
from advisor.cli.report import SUFFIXES, shown_report
from advisor.cli.tune_store import data_option, opened
from advisor.errors import InputError
from advisor.files import write_whole

_SUFFIXES: Final = {**SUFFIXES, ".csv": "csv", ".json": "json"}
_FORMS: Final = ("text", "md", "html", "pdf", "docx", "csv", "json")


@click.command()
@click.argument("name")
@click.option("--pack", type=click.Choice(["weekly", "monthly", "quarterly"]), required=True, help="Which review.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Its last day, in UTC.  [default: yesterday]")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    help="Default: by the suffix of --out (.pdf, .html, .docx, .md, .txt, .csv, .json), else text.",
)
@click.option(
    "--brand",
    type=click.Path(dir_okay=False, path_type=Path),
    help="YAML with name, logo and colours, for PDF, HTML and Word.",
)
@workspace_option
@data_option
def review(
    name: str,
    pack: str,
    until: datetime | None,
    out: Path | None,
    form: str | None,
    brand: Path | None,
    workspace: str,
    data: Path | None,
) -> None:
    """Write a review of the deployment NAME from its records: technical, business and quality figures.

    Each figure has its count, its interval, its target and the period before. What is not known says so, and how to
    make it known.

    \b
    Examples:
      advisor review support --pack weekly
      advisor review support --pack monthly --until 2026-10-31 -o october.pdf
      advisor review support --pack quarterly -o quarter.csv
    """
    from advisor.operation.review import make_review, review_report
    from advisor.operation.review_pack import review_csv, review_record
    from advisor.operation.rule_files import load_kpi_rules
    from advisor.report.brand import read_brand

    form = form or (_SUFFIXES.get(out.suffix.lower(), "") if out else "text")
    if not form:
        raise InputError(
            f"{out} has no suffix of a review", where="--out", what_to_do="end it with .pdf, or add --format"
        )
    if form in ("pdf", "docx") and out is None:
        raise InputError(f"{form} is for a file", where="--format", what_to_do="name one with -o week.pdf")
    mark = read_brand(brand) if brand else None
    day = until.date() if until else datetime.now(UTC).date() - timedelta(days=1)
    with opened(data) as store:
        found = make_review(store, deployment_in(store, name, workspace), load_kpi_rules().packs[pack], day)
    shown: str | bytes
    if form == "csv":
        shown = review_csv(found)
    elif form == "json":
        shown = json.dumps(review_record(found), indent=2, ensure_ascii=False) + "\n"
    else:
        colour = out is None and sys.stdout.isatty()
        shown = shown_report(review_report(found), form, mark, "a4", archive=False, colour=colour)
    if out:
        write_whole(out, shown)
        click.echo(f"{out}: written")
    else:
        click.echo(shown, nl=False)
