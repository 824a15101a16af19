"""`advisor kpi`: figures of the business that no machine measures."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from advisor.cli.deployment_store import deed_in, deployment_in, workspace_option
from advisor.cli.tune_store import data_option, opened
from advisor.errors import InputError


@click.group()
def kpi() -> None:
    """Enter and list figures that people know: adoption, completion, productivity, satisfaction, value.

    \b
    Examples:
      advisor kpi set support adoption 0.62 --from 2026-11-16 --to 2026-11-22
      advisor kpi list support
    """


@kpi.command("set")
@click.argument("name")
@click.argument("figure")
@click.argument("value", type=float)
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day.  [default: six days before --to]")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day.  [default: yesterday]")
@click.option("--note", help="Where it comes from.")
@workspace_option
@data_option
def set_value(
    name: str,
    figure: str,
    value: float,
    first: datetime | None,
    last: datetime | None,
    note: str | None,
    workspace: str,
    data: Path | None,
) -> None:
    """Enter a FIGURE of the deployment NAME; one for the same days gives way. A share is written as 0.62.

    \b
    Example:
      advisor kpi set support minutes_saved 4.5 --note "timed 30 tasks"
    """
    from advisor.operation.rule_files import load_kpi_rules

    load_kpi_rules().entered(figure, value)
    end = last.date() if last else datetime.now(UTC).date() - timedelta(days=1)
    begin = first.date() if first else end - timedelta(days=6)
    if begin > end:
        raise InputError(f"{begin} is after {end}", where="--from", what_to_do="name the first day before the last")
    with opened(data) as store:
        deployment = deployment_in(store, name, workspace)
        store.kpi_values.set(deployment.id, figure, begin.isoformat(), end.isoformat(), value, note, deed_in(workspace))
    click.echo(f"{name}: {figure} {value:g} from {begin} to {end}")


@kpi.command("list")
@click.argument("name")
@workspace_option
@data_option
def list_values(name: str, workspace: str, data: Path | None) -> None:
    """List the figures that were entered for the deployment NAME, and those that may be."""
    from advisor.operation.kpi_rules import ENTERED
    from advisor.operation.rule_files import load_kpi_rules

    with opened(data) as store:
        found = store.kpi_values.newest(deployment_in(store, name, workspace).id)
    for one in found:
        day = date.fromtimestamp(one.at)
        click.echo(
            f"{one.first_day} to {one.last_day}  {one.kpi:<16} {one.value:>12g}  {one.actor}, {day}  {one.note or ''}"
        )
    may = [item.id for item in load_kpi_rules().kpis.values() if item.comes_from == ENTERED]
    click.echo(f"may be entered: {', '.join(may)}")
