"""`advisor deployment list`, `show`, `events` and `plan`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli.deployment_store import deployment_in, workspace_option
from advisor.cli.tune_store import data_option, opened

if TYPE_CHECKING:
    from advisor.operation.rollout_check import Checked

_form = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.command("list")
@data_option
@workspace_option
@_form
def list_all(data: Path | None, workspace: str, form: str) -> None:
    """List deployments with their stages."""
    from advisor.operation.deployment_shown import deployment_json, route_name
    from advisor.operation.deployment_spec import routes_of
    from advisor.operation.rollout_files import load_rollout_rules

    rules = load_rollout_rules()
    with opened(data) as store:
        found = store.deployments.all(workspace)
    if form == "json":
        click.echo(json.dumps([deployment_json(one, rules) for one in found], indent=2))
        return
    for one in found:
        stage = f"{one.stage}, held" if one.held else one.stage
        click.echo(f"{one.name:<24}  {stage:<14}  {route_name(routes_of(one).incumbent)}")
    if not found:
        click.echo("there are no deployments")


@click.command()
@data_option
@workspace_option
@click.argument("name")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "yaml"]),
    default="text",
    show_default=True,
    help="yaml is the file that makes it.",
)
def show(data: Path | None, workspace: str, name: str, form: str) -> None:
    """Show a deployment, and how the stage of its roll-out stands. Nothing is changed."""
    from advisor.operation.deployment_shown import deployment_json, judgement_numbers, route_name
    from advisor.operation.deployment_spec import routes_of, spec_text
    from advisor.operation.rollout_check import look
    from advisor.operation.rollout_files import load_rollout_rules
    from advisor.operation.routing import ROLES

    rules = load_rollout_rules()
    with opened(data) as store:
        known = deployment_in(store, name, workspace)
        found = None if form == "yaml" else look(store, rules, known)
    if form == "yaml":
        click.echo(spec_text(known), nl=False)
        return
    shown = deployment_json(known, rules)
    if form == "json":
        stage = judgement_numbers(found.judgement) if found else None
        click.echo(json.dumps({**shown, "judgement": stage}, indent=2))
        return
    click.echo(f"{known.name}: stage {known.stage}, revision {known.revision}")
    for role in ROLES:
        route = routes_of(known).of(role)
        if route is not None:
            share = f" ({shown['share']:.0%} of users)" if role == "candidate" else ""
            click.echo(f"  {role + share:<26} {route_name(route)}")
    if known.held:
        click.echo(f"  held: {known.held}")
    if found:
        show_judgement(found)


@click.command()
@data_option
@workspace_option
@click.argument("name")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 200), help="How many at most.")
@_form
def events(data: Path | None, workspace: str, name: str, limit: int, form: str) -> None:
    """Show what happened to a deployment, newest first."""
    with opened(data) as store:
        found = store.deployment_events.page(deployment_in(store, name, workspace).id, limit=limit).items
    if form == "json":
        click.echo(json.dumps([event._asdict() for event in found], indent=2))
        return
    for event in found:
        at = datetime.fromtimestamp(event.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        click.echo(f"{at}  {event.kind:<15}  {event.message}")


@click.command()
@data_option
@workspace_option
@click.argument("name")
@click.option(
    "--stage",
    type=click.Choice(["shadow", "pilot", "staged", "full"]),
    help="Without it the current stage, or the pilot.",
)
@click.option(
    "--requests-a-day",
    type=click.FloatRange(min=0, min_open=True),
    help="Traffic; without it that of --case, else of the last week.",
)
@click.option("--case", "case_file", type=click.Path(path_type=Path), help="Case file with traffic.requests_per_month.")
def plan(
    data: Path | None,
    workspace: str,
    name: str,
    stage: str | None,
    requests_a_day: float | None,
    case_file: Path | None,
) -> None:
    """Print the plan of a stage: who, how long, exit criteria, what happens on an alarm, who decides.

    \b
    Example:
      advisor deployment plan support-bot --stage pilot --case case.yaml > pilot.md
    """
    from advisor.files import load_case
    from advisor.operation.deployment_shown import plan_text, planned_stage
    from advisor.operation.rollout_files import load_rollout_rules

    if requests_a_day is None and case_file is not None:
        monthly = load_case(case_file).given("traffic.requests_per_month")
        requests_a_day = float(monthly) * 12 / 365 if isinstance(monthly, int | Decimal) else None
    with opened(data) as store:
        known = deployment_in(store, name, workspace)
        wanted = stage or planned_stage(known)
        click.echo(plan_text(store, load_rollout_rules(), known, wanted, requests_a_day), nl=False)


def show_judgement(found: Checked) -> None:
    """How a stage stands, criterion by criterion."""
    words = {"alarm": "ALARM", "met": "may be left", "ready": "may be left by approval", "open": "goes on"}
    click.echo(f"  the stage {words[found.judgement.state]}: {found.judgement.why}")
    for one in found.judgement.findings:
        click.echo(f"    {one.state:<8} {one.why}")
