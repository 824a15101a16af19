"""`advisor ledger keep` and `add-actual`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from advisor.cli.case_options import as_of_option, changed_case, day_of, set_option
from advisor.cli.ledger_show import workspace_option
from advisor.cli.tune_store import data_option, opened
from advisor.errors import InputError


@click.command("keep")
@click.argument("case", type=click.Path(allow_dash=True))
@workspace_option
@data_option
@as_of_option
@set_option
def keep_case(case: str, workspace: str, data: Path | None, as_of: date | None, changes: tuple[str, ...]) -> None:
    """Keep what the recommended approach of a CASE is to cost, so that it can be held against the bills.

    Money once, money in the first month, and the months until it has paid back. The same case on the same day is kept
    once.

    \b
    Example:
      advisor ledger keep case.yaml
    """
    from advisor.files import load_market, load_rulebook
    from advisor.ledger.case_predictions import foreseen_of_case
    from advisor.ledger.kept import keep
    from advisor.recommendation import recommend

    book, market = load_rulebook(), load_market()
    checked = changed_case(case, changes, book.questions)
    day = day_of(checked, as_of)
    found = foreseen_of_case(recommend(checked, book, market.life_cycle, day, market))
    with opened(data) as store:
        new = keep(store, found.subject, found.ranges, context={"as_of": day.isoformat()}, workspace=workspace)
        kept = store.predictions.about(found.subject, workspace)
    for one in kept:
        click.echo(f"{one.id}  {one.kind}: {one.p50:,.6g} ({one.p10:,.6g} to {one.p90:,.6g}) {one.unit}")
    click.echo(f"{found.subject}: {new} kept" if new else f"{found.subject}: it was kept before")


@click.command("add-actual")
@click.argument("prediction")
@click.option("--actual", required=True, type=float, help="What it really was, in the unit of the prediction.")
@click.option("--source", required=True, help="Where that stands, such as an invoice.")
@workspace_option
@data_option
def add_actual(prediction: str, actual: float, source: str, workspace: str, data: Path | None) -> None:
    """Write down what really happened to a PREDICTION, named by its id in `advisor ledger list`.

    \b
    Example:
      advisor ledger add-actual pred-0123456789abcdef01234567 --actual 11800 --source "invoice 2027-03"
    """
    from advisor.ledger.kept import checked_actual

    with opened(data) as store:
        one = store.predictions.find(prediction, workspace)
        if one is None:
            raise InputError(f"there is no prediction {prediction}", what_to_do="`advisor ledger list` names them")
        value = checked_actual(one, actual)
        if not store.predictions.settle(one.kind, one.subject, value, source, workspace):
            raise InputError(
                f"{prediction} came true already: {one.actual} ({one.actual_source})",
                what_to_do="what is known is not changed",
            )
    place = "below" if value < one.p10 else "above" if value > one.p90 else "within"
    click.echo(f"{one.kind}: {value:,.6g} {one.unit}, {place} {one.p10:,.6g} to {one.p90:,.6g}")
