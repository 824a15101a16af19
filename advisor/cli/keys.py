"""`advisor keys`: keys with which programs may ask the service."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from advisor.cli.tune_store import data_option, opened
from advisor.cli.users import by_command_line, made_workspace, role_option, workspace_option
from advisor.errors import InputError
from advisor.scopes import SCOPES


@click.group()
def keys() -> None:
    """Create, list and revoke keys of programs."""


@keys.command()
@click.argument("name")
@role_option
@workspace_option
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    help="Only this part of the service; may be repeated.  [default: all]",
)
@data_option
def create(name: str, role: str, workspace: str, scopes: tuple[str, ...], data: Path | None) -> None:
    """Create a key; NAME says what it is for. It is shown this once and kept nowhere."""
    with opened(data) as store:
        made_workspace(store, workspace)
        made = store.api_keys.create(name[:255], workspace, role, scopes or SCOPES, by_command_line(workspace))
    click.echo(f"{made.key.id}: {role} in {workspace}; keep the key, it is not shown again", err=True)
    click.echo(made.secret)


@keys.command("list")
@data_option
def list_keys(data: Path | None) -> None:
    """List keys with their roles, scopes and last use."""
    with opened(data) as store:
        found = store.api_keys.all()
    for key in found:
        state = "revoked" if key.revoked_at else f"last used {_day(key.last_used_at)}"
        click.echo(f"{key.id}  {key.name:<24}  {key.role:<10}  {key.workspace}  {','.join(key.scopes)}  {state}")
    if not found:
        click.echo("there are no keys; create one with `advisor keys create NAME`")


@keys.command()
@click.argument("id")
@data_option
def revoke(id: str, data: Path | None) -> None:
    """Close the key ID for ever."""
    with opened(data) as store:
        key = next((key for key in store.api_keys.all() if key.id == id), None)
        if key is None or not store.api_keys.revoke(id, by_command_line(key.workspace)):
            raise InputError(f"there is no open key {id}", what_to_do="`advisor keys list` shows those that there are")
    click.echo(f"{id}: revoked")


def _day(seconds: int | None) -> str:
    return "never" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
