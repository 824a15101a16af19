"""`advisor ledger show` and `list`."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from advisor.cli.tune_store import data_option, opened

form_option = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
workspace_option = click.option(
    "--workspace", default="default", show_default=True, help="The workspace of the service whose ledger it is."
)


@click.command()
@form_option
@workspace_option
@data_option
def show(form: str, workspace: str, data: Path | None) -> None:
    """Show errors, bias and coverage by kind, and what the ranges learned.

    Fewer than ten records of a kind say nothing, and change nothing; rules/ledger.yaml holds every limit.

    \b
    Example:
      advisor ledger show --format json
    """
    from advisor.ledger.accuracy import accuracy
    from advisor.ledger.kept import entries_of, load_ledger_rules
    from advisor.report.ledger_sections import ledger_sections
    from advisor.report.terminal import as_text

    rules = load_ledger_rules()
    with opened(data) as store:
        found = accuracy(entries_of(store.predictions.all(workspace)), rules)
    if form == "json":
        value = {"schema": "advisor/ledger/v1", "kinds": [plain(one) for one in found], "sources": dict(rules.sources)}
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))
        return
    click.echo(as_text(ledger_sections(found, rules), colour=sys.stdout.isatty()))


@click.command("list")
@click.option("--waiting", is_flag=True, help="Only those that did not come true yet.")
@form_option
@workspace_option
@data_option
def list_predictions(waiting: bool, form: str, workspace: str, data: Path | None) -> None:
    """List predictions with what happened, oldest first.

    \b
    Example:
      advisor ledger list --waiting
    """
    with opened(data) as store:
        found = store.predictions.all(workspace)
    found = [one for one in found if not waiting or one.actual is None]
    if form == "json":
        click.echo(json.dumps([one._asdict() for one in found], indent=2, ensure_ascii=False))
        return
    for one in found:
        happened = "waits" if one.actual is None else f"was {one.actual:,.6g} ({one.actual_source})"
        click.echo(f"{one.id}  {one.subject}")
        click.echo(f"  {one.kind}: {one.p50:,.6g} ({one.p10:,.6g} to {one.p90:,.6g}) {one.unit}; {happened}")
    if not found:
        click.echo("nothing is kept")


def plain(value: Any) -> Any:
    """Named records as mappings, days as ISO dates."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: plain(item) for name, item in zip(value._fields, value, strict=True)}
    return value.isoformat() if isinstance(value, date) else value
