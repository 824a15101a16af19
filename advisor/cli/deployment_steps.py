"""`advisor deployment start`, `check`, `advance`, `hold`, `resume` and `rollback`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from advisor.cli.deployment_shown import show_judgement
from advisor.cli.deployment_store import changed, deed_in, deployment_in, why_option, workspace_option
from advisor.cli.tune_store import data_option, opened


@click.command()
@data_option
@workspace_option
@click.argument("name")
@click.option("--candidate", help="A tuned model by its name; without it the candidate that the deployment has.")
@click.option(
    "--stage",
    type=click.Choice(["shadow", "pilot", "ab"]),
    default="pilot",
    show_default=True,
    help="shadow: asked as well, shown to nobody. ab: two groups, without an end of its own.",
)
@why_option
def start(data: Path | None, workspace: str, name: str, candidate: str | None, stage: str, why: str) -> None:
    """Begin to roll a candidate out.

    \b
    Example:
      advisor deployment start support-bot --candidate ft:advisor-linear:advisor:v2:1b2c3d4e
    """
    from advisor.errors import InputError
    from advisor.operation import rollout_changes
    from advisor.operation.deployment_spec import TunedRoute

    with opened(data) as store:
        known = deployment_in(store, name, workspace)
        if candidate and candidate.startswith("ft:") and not store.models.find(candidate):
            raise InputError(
                f"there is no model {candidate}", where="--candidate", what_to_do="`advisor tune list` names them"
            )
        route = TunedRoute(model=candidate) if candidate else None
        made = changed(lambda: rollout_changes.start(store, known, route, stage, deed_in(workspace), why))
    click.echo(f"{made.name} is at the stage {made.stage}; `advisor deployment plan {made.name}` says what comes")


@click.command()
@data_option
@workspace_option
@click.argument("name", required=False)
def check(data: Path | None, workspace: str, name: str | None) -> None:
    """Look at a roll-out and do what its policy says; without NAME at all of them.

    `advisor serve` does so every minute. The exit code is 1 where a candidate was held or rolled back.
    """
    from advisor.operation.rollout_check import check as check_one
    from advisor.operation.rollout_files import load_rollout_rules
    from advisor.store.deployments import DeploymentChanged

    bad = False
    with opened(data) as store:
        all_known = [deployment_in(store, name, workspace)] if name else store.deployments.all(workspace)
        for known in all_known:
            try:
                found = check_one(store, load_rollout_rules(), known, deed_in(workspace))
            except DeploymentChanged:
                click.echo(f"{known.name}: somebody else changed it just now")
                continue
            if found is None:
                click.echo(f"{known.name}: there is no roll-out")
                continue
            click.echo(f"{known.name}: {found.done}, stage {found.deployment.stage}")
            show_judgement(found)
            bad = bad or found.done in ("rollback", "hold")
    if bad:
        sys.exit(1)


@click.command()
@data_option
@workspace_option
@click.argument("name")
@click.option(
    "--to",
    type=click.Choice(["pilot", "staged", "full", "steady"]),
    help="A later stage; steady makes the candidate the model in production.",
)
@why_option
def advance(data: Path | None, workspace: str, name: str, to: str | None, why: str) -> None:
    """Approve the next stage of a roll-out."""
    from advisor.operation import rollout_changes
    from advisor.operation.rollout_check import look
    from advisor.operation.rollout_files import load_rollout_rules

    rules = load_rollout_rules()
    with opened(data) as store:
        known = deployment_in(store, name, workspace)
        found = look(store, rules, known)
        reference = found.reference if found else None
        made = changed(lambda: rollout_changes.advance(store, rules, known, deed_in(workspace), why, reference, to))
    click.echo(f"{made.name} is at the stage {made.stage}")


@click.command()
@data_option
@workspace_option
@click.argument("name")
@why_option
def hold(data: Path | None, workspace: str, name: str, why: str) -> None:
    """Ask the candidate nothing more for now; without a roll-out the model in production."""
    from advisor.operation import rollout_changes

    with opened(data) as store:
        known = deployment_in(store, name, workspace)
        made = changed(lambda: rollout_changes.hold(store, known, deed_in(workspace), why))
    click.echo(f"{made.name} is held; `advisor deployment resume {made.name}` goes on")


@click.command()
@data_option
@workspace_option
@click.argument("name")
@why_option
def resume(data: Path | None, workspace: str, name: str, why: str) -> None:
    """Ask a held model again; the evidence of its stage begins anew."""
    from advisor.operation import rollout_changes

    with opened(data) as store:
        known = deployment_in(store, name, workspace)
        made = changed(lambda: rollout_changes.resume(store, known, deed_in(workspace), why))
    click.echo(f"{made.name} goes on at the stage {made.stage}")


@click.command()
@data_option
@workspace_option
@click.argument("name")
@why_option
def rollback(data: Path | None, workspace: str, name: str, why: str) -> None:
    """End a roll-out without its candidate; without a roll-out, go back to the previous version."""
    from advisor.operation import rollout_changes

    with opened(data) as store:
        known = deployment_in(store, name, workspace)
        made = changed(lambda: rollout_changes.rollback(store, known, deed_in(workspace), why))
    click.echo(f"{made.name} is rolled back")
