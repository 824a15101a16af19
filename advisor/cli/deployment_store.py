"""The deployments that the commands look at: those of one workspace in the data folder."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.store.audit import Deed
    from advisor.store.database import Store
    from advisor.store.deployments import Deployment

F = TypeVar("F", bound=Callable[..., Any])


def workspace_option(command: F) -> F:
    """Adds `--workspace`."""
    return click.option(
        "--workspace", default="default", show_default=True, help="Whose deployments; as in `advisor keys create`."
    )(command)


def why_option(command: F) -> F:
    """Adds `--why`."""
    return click.option("--why", default="by hand", show_default=True, help="Kept with the change.")(command)


def deed_in(workspace: str) -> Deed:
    """Who acts: whoever is logged in on this machine."""
    from advisor.store.audit import Deed

    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a user without a name
        name = "local"
    return Deed(name, workspace, "command line")


def deployment_in(store: Store, name: str, workspace: str) -> Deployment:
    """The deployment of that name. Raises InputError."""
    found = store.deployments.find(name, workspace)
    if found is None:
        raise InputError(
            f"there is no deployment {name} in the workspace {workspace}",
            where=store.engine.url.render_as_string(hide_password=True),
            what_to_do="`advisor deployment list` shows those that there are",
        )
    return found


def changed(change: Callable[[], Deployment]) -> Deployment:
    """What `change` makes. Raises InputError where somebody was faster."""
    from advisor.store.deployments import DeploymentChanged

    try:
        return change()
    except DeploymentChanged:
        raise InputError(
            "somebody else changed the deployment just now", what_to_do="look at it again, then repeat the command"
        ) from None
