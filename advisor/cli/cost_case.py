"""`advisor cost CASE` and `advisor cost sweep`."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from advisor.budget import Prices, afford
from advisor.cli.case_options import as_of_option, changed_case, day_of, set_option
from advisor.cli.measure_option import measure_option, measured_case
from advisor.decision.decide import decide
from advisor.decision.rulebook import RuleBook
from advisor.errors import InputError
from advisor.files import load_market, load_rulebook, write_whole
from advisor.money import Priced, as_record, price_approaches
from advisor.priced_approaches import possible_approaches, trainings_of, wanted_approaches
from advisor.question import nearest
from advisor.record import plain

approach_option = click.option(
    "--approach",
    "approaches",
    multiple=True,
    help="Only this approach; may be repeated.  [default: all that can be priced]",
)


@click.command()
@click.argument("case", type=click.Path(allow_dash=True))
@approach_option
@click.option(
    "--draws", type=click.IntRange(100, 10_000_000), default=10_000, show_default=True, help="How many random draws."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same figures.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@as_of_option
@measure_option
@set_option
def estimate(
    case: str,
    approaches: tuple[str, ...],
    draws: int,
    seed: int,
    form: str,
    as_of: date | None,
    measured: tuple[str, ...],
    changes: tuple[str, ...],
) -> None:
    """Estimate the approaches of the case in a YAML file (CASE), or on standard input (-).

    Every figure is P10, P50 and P90 of random draws, with the formula, price and assumption behind it. Prices are
    those of the day; the text says which approaches the answers still leave possible.
    """
    from advisor.random_draws import random_sampler

    book = load_rulebook()
    checked = measured_case(changed_case(case, changes, book.questions), measured)
    day, wanted = day_of(checked, as_of), wanted_approaches(book, approaches)
    market = load_market()
    priced = price_approaches(
        checked, market, day, trainings_of(book, checked, market, day, wanted), random_sampler(draws, seed)
    )
    if not priced.estimates:
        raise InputError("nothing could be priced: " + "; ".join(priced.notes), where=case)
    possible = afford(decide(book, checked), checked, Prices(checked, book, market, day)).possible
    if form == "json":
        shown = {"as_of": day, "draws": draws, "seed": seed, "possible": possible}
        costs = [plain(as_record(item)) for item in priced.estimates]
        click.echo(json.dumps({**plain(shown), "costs": costs, "notes": priced.notes}, indent=2, ensure_ascii=False))
    elif form == "csv":
        _write_lines(priced)
    else:
        from advisor.report.cost_table import cost_sections
        from advisor.report.terminal import as_text

        sections = cost_sections([as_record(item) for item in priced.estimates], possible, priced.notes, day, draws)
        click.echo(as_text(sections, colour=sys.stdout.isatty()))


@click.command()
@click.argument("case", type=click.Path(allow_dash=True))
@click.option("--vary", required=True, metavar="NAME=LOW..HIGH", help="The answer to vary, and between what.")
@click.option("--points", type=click.IntRange(2, 1000), default=13, show_default=True, help="How many values.")
@approach_option
@click.option("--format", "form", type=click.Choice(["text", "csv", "json"]), default="text", show_default=True)
@click.option("--chart", type=click.Path(dir_okay=False, path_type=Path), help="Draw it there as well: .svg or .png.")
@as_of_option
@measure_option
@set_option
def sweep(
    case: str,
    vary: str,
    points: int,
    approaches: tuple[str, ...],
    form: str,
    chart: Path | None,
    as_of: date | None,
    measured: tuple[str, ...],
    changes: tuple[str, ...],
) -> None:
    """Vary one answer and find where the cheapest approach changes.

    Compared is what is paid in all over the use, every input at its middle. Without --approach those approaches are
    compared that the case leaves possible, and today's prompt.
    """
    from advisor.cost.sweep import spread_evenly
    from advisor.money import sweep_case

    book = load_rulebook()
    checked = measured_case(changed_case(case, changes, book.questions), measured)
    name, low, high = _range(vary, book)
    day = day_of(checked, as_of)
    wanted = wanted_approaches(book, approaches) if approaches else possible_approaches(book, checked)
    market = load_market()
    trainings = trainings_of(book, checked, market, day, wanted)
    found = sweep_case(checked, market, day, trainings, name, spread_evenly(low, high, points))
    if chart:
        from advisor.report.chart import draw
        from advisor.report.sweep_chart import sweep_chart

        write_whole(chart, draw(sweep_chart(found), chart))
    if form == "json":
        steps = [
            {"value": step.value, "totals_usd": step.totals_usd, "cheapest": step.cheapest} for step in found.steps
        ]
        crossovers = [item._asdict() for item in found.crossovers]
        shown = {"answer": name, "months": found.months, "steps": steps, "crossovers": crossovers}
        click.echo(json.dumps(shown, indent=2, default=str))
    elif form == "csv":
        names = list(found.steps[0].totals_usd)
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([name, *(f"{approach}_usd" for approach in names), "cheapest"])
        writer.writerows([step.value, *step.totals_usd.values(), step.cheapest] for step in found.steps)
    else:
        from advisor.report.sweep_chart import sweep_text

        click.echo(sweep_text(found))


def _range(vary: str, book: RuleBook) -> tuple[str, Decimal, Decimal]:
    name, equals, ends = vary.partition("=")
    low, dots, high = ends.partition("..")
    advice = "write --vary traffic.requests_per_month=1000..1000000"
    if not equals or not dots:
        raise InputError(f"{vary} names no range", where="--vary", what_to_do=advice)
    if name not in book.questions:
        raise InputError(f"there is no answer named {name}{nearest(name, book.questions)}", where="--vary")
    if book.questions[name].type not in ("number", "integer"):
        raise InputError(f"{name} is no number", where="--vary", what_to_do=advice)
    try:
        first, last = Decimal(low), Decimal(high)
    except InvalidOperation:
        raise InputError(f"{ends} is no range of numbers", where="--vary", what_to_do=advice) from None
    if not (first.is_finite() and last.is_finite() and 0 <= first < last):
        raise InputError(f"{low} is not below {high}", where="--vary", what_to_do=advice)
    return name, first, last


def _write_lines(priced: Priced) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["approach", "kind", "item", "point_usd", "p10_usd", "p50_usd", "p90_usd", "formula"])
    for item in priced.estimates:
        for line, usd in zip(item.lines, item.line_ranges, strict=True):
            writer.writerow([item.approach, line.kind, line.item, *usd, line.formula])
