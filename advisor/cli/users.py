"""`advisor users`: who may log in."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

import click

from advisor.cli.tune_store import data_option, opened
from advisor.errors import InputError
from advisor.scopes import ROLES

if TYPE_CHECKING:
    from advisor.store.accounts import User
    from advisor.store.audit import Deed
    from advisor.store.database import Store

_NAME: Final = re.compile(r"[\w.@+-]{1,255}")
_WORKSPACE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
LEAST_PASSWORD: Final = 12

role_option = click.option(
    "--role",
    type=click.Choice(ROLES),
    default="consultant",
    show_default=True,
    help="viewer reads, consultant also changes, admin also reads the audit log.",
)
workspace_option = click.option(
    "--workspace", default="default", show_default=True, help="What the others cannot see; made where it is new."
)


@click.group()
def users() -> None:
    """Add, list and remove people who may log in to the service."""


@users.command()
@click.argument("name")
@role_option
@workspace_option
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--no-password", is_flag=True, help="The user logs in by an identity provider only.")
@data_option
def add(name: str, role: str, workspace: str, password_stdin: bool, no_password: bool, data: Path | None) -> None:
    """Add the user NAME; the password is asked for.

    For those who log in by an identity provider, NAME is the e-mail address that it has verified.
    """
    from advisor.passwords import hashed

    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name", what_to_do="use letters, digits and . _ @ + -")
    password = token_urlsafe(32) if no_password else sys.stdin.readline().rstrip("\r\n") if password_stdin else _asked()
    if len(password) < LEAST_PASSWORD:
        raise InputError("the password is too short", what_to_do=f"use at least {LEAST_PASSWORD} characters")
    with opened(data) as store:
        made_workspace(store, workspace)
        user = store.users.add(name, workspace, role, hashed(password), by_command_line(workspace))
    click.echo(f"{user.name}: {user.role} in {user.workspace}")


@users.command("list")
@data_option
def list_users(data: Path | None) -> None:
    """List users with their workspaces and roles."""
    with opened(data) as store:
        found = store.users.all()
    for user in found:
        click.echo(f"{user.name:<32}  {user.role:<10}  {user.workspace}")
    if not found:
        click.echo("there are no users; add one with `advisor users add NAME`")


@users.command()
@click.argument("name")
@click.argument("new", metavar="ROLE", type=click.Choice(ROLES))
@data_option
def role(name: str, new: str, data: Path | None) -> None:
    """Give the user NAME another ROLE, and end their sessions."""
    with opened(data) as store:
        user = _named(store, name)
        store.users.change(user.id, by_command_line(user.workspace), role=new)
    click.echo(f"{name}: {new} in {user.workspace}")


@users.command()
@click.argument("name")
@data_option
def remove(name: str, data: Path | None) -> None:
    """Remove the user NAME, and end their sessions. What they made stays."""
    with opened(data) as store:
        user = _named(store, name)
        store.users.remove(user.id, by_command_line(user.workspace))
    click.echo(f"{name}: removed")


def made_workspace(store: Store, workspace: str) -> None:
    """Make the workspace where it is new. Raises InputError for a name that is none."""
    if not _WORKSPACE.fullmatch(workspace):
        raise InputError(
            f"{workspace!r} is no name of a workspace", what_to_do="use small letters, digits and -, at most 63"
        )
    store.workspaces.ensure(workspace)


def by_command_line(workspace: str) -> Deed:
    """Who acts when a command is given on this machine."""
    import getpass

    from advisor.store.audit import Deed

    return Deed(f"command line: {getpass.getuser()}", workspace, "local")


def _named(store: Store, name: str) -> User:
    user = store.users.named(name)
    if user is None:
        raise InputError(f"there is no user {name}", what_to_do="`advisor users list` shows those that there are")
    return user


def _asked() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
