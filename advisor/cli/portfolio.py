"""`advisor portfolio`: many cases ranked under a budget."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from advisor.cli.case_options import as_of_option
from advisor.cli.tune_store import data_option, opened
from advisor.errors import InputError
from advisor.files import write_whole

if TYPE_CHECKING:
    from advisor.portfolio.case_folder import CaseSource
    from advisor.portfolio.portfolio import Order, Portfolio

FORMATS: Final = ("text", "json", "csv", "md", "html", "svg")
_SUFFIXES: Final = {".txt": "text", ".json": "json", ".csv": "csv", ".md": "md", ".html": "html", ".svg": "svg"}
_PAGE: Final = 500  # cases asked of the store at a time
_UNREAD_SHOWN: Final = 5


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--workspace", help="The cases that the service keeps in this workspace, instead of a folder.")
@click.option("--budget", metavar="USD", help="What may be spent once, in all.  [default: no limit]")
@click.option(
    "--sort",
    "order",
    type=click.Choice(["value", "payback", "deadline", "value_per_usd"]),
    default="value",
    show_default=True,
    help="Order within what is funded and what is not.",
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Default: by the suffix of --out, else text; svg is the chart."
)
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--processes", type=click.IntRange(1, 256), help="Default: one for each core where there are many cases.")
@data_option
@as_of_option
def portfolio(
    folder: Path | None,
    workspace: str | None,
    budget: str | None,
    order: Order,
    form: str | None,
    out: Path | None,
    processes: int | None,
    data: Path | None,
    as_of: date | None,
) -> None:
    """Rank every case in a FOLDER by value, pay-back and deadline, and choose what to fund under a budget.

    Each case counts with the approach that `advisor recommend` names for it on the day, the same for all: --as-of, else
    today. The funded cases have the greatest net present value (P50) of all that the budget carries, proved to the
    cent; a case is begun as a whole or not at all. Cases that are not decided, have no price or do not pay back stand
    apart with what is missing. A file that is no case is named, and the rest goes on.

    \b
    Examples:
      advisor portfolio cases/ --budget 150000
      advisor portfolio cases/ --budget 150000 -o portfolio.html
      advisor portfolio --workspace default --format csv
    """
    from advisor.portfolio.case_folder import case_files, look_at
    from advisor.portfolio.portfolio import portfolio as ranked

    if (folder is None) == (workspace is None):
        raise InputError(
            "name either a folder of cases or --workspace", what_to_do="such as `advisor portfolio cases/`"
        )
    form = form or (_SUFFIXES.get(out.suffix.lower(), "") if out else "text")
    if not form:
        raise InputError(f"{out} has no suffix that is known", where="--out", what_to_do="end it with .html or .csv")
    limit, day = _usd(budget), as_of or date.today()
    sources = case_files(folder) if folder is not None else _kept(data, workspace or "")
    looked = look_at(sources, day, processes)
    found = ranked(looked.candidates, day, limit, order, looked.unread)
    for one in found.unread[:_UNREAD_SHOWN]:
        click.echo(f"advisor: not read: {one.problem}".encode("utf-8", "backslashreplace").decode(), err=True)
    if len(found.unread) > _UNREAD_SHOWN:
        more = len(found.unread) - _UNREAD_SHOWN
        click.echo(f"advisor: not read: {more:,} more files; --format json names them all", err=True)
    text = _shown(found, form, colour=out is None and sys.stdout.isatty())
    if out:
        write_whole(out, text)
        click.echo(f"{out}: written")
    else:
        click.echo(text, nl=False)


def _usd(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text.removeprefix("$").replace(",", "").replace("_", ""))
    except ArithmeticError:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value <= 10**13:
        raise InputError(f"{text} is no budget", where="--budget", what_to_do="write 150000 for $150,000")
    return value.quantize(Decimal("0.01"))


def _kept(data: Path | None, workspace: str) -> list[CaseSource]:
    """Every case of the workspace at its newest version."""
    from advisor.portfolio.case_folder import CaseSource

    found: list[CaseSource] = []
    with opened(data) as store:
        after: str | None = None
        while True:
            page = store.cases.page(workspace, after=after, limit=_PAGE)
            for case in page.items:
                version = store.cases.version(case.id, case.version, workspace)
                if version is not None:
                    found.append(CaseSource(case.id, case.id, version.text))
            if not page.has_more:
                return found
            after = page.items[-1].id


def _shown(found: Portfolio, form: str, *, colour: bool) -> str:
    if form == "json":
        from advisor.report.portfolio_record import portfolio_json

        return json.dumps(portfolio_json(found), indent=2, ensure_ascii=False) + "\n"
    if form == "csv":
        from advisor.report.portfolio_sections import COLUMNS, portfolio_rows

        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(portfolio_rows(found))
        return text.getvalue()
    if form == "svg":
        from advisor.report.portfolio_chart import portfolio_chart

        chart = portfolio_chart(found)
        if chart is None:
            raise InputError("no case can be funded, so there is nothing to draw", what_to_do="look at --format text")
        return chart.svg + "\n"
    from advisor.report.portfolio_sections import portfolio_sections

    sections = portfolio_sections(found)
    if form == "md":
        from advisor.report.markdown import as_markdown

        return as_markdown(sections)
    if form == "html":
        from advisor.report.sections_page import sections_page

        return sections_page(f"Portfolio on {found.as_of}", sections)
    from advisor.report.terminal import as_text

    return as_text(sections, colour=colour) + "\n"
