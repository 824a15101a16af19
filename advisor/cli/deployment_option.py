"""The deployment that a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.store.database import Store
    from advisor.store.deployments import Deployment

workspace_of = click.option("--workspace", default="default", show_default=True, help="Where the deployment lies.")


def deployment_in(store: Store, name: str, workspace: str) -> Deployment:
    """The deployment of that name. Raises InputError with those that there are."""
    found = store.deployments.find(name, workspace)
    if found is None:
        known = ", ".join(one.name for one in store.deployments.all(workspace)[:10]) or "none yet"
        raise InputError(f"there is no deployment {name}", where=workspace, what_to_do=f"there are: {known}")
    return found
