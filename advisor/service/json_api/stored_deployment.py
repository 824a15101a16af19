"""A deployment of who asks, and a change of it that may come too late."""

from __future__ import annotations

from collections.abc import Callable

from advisor.errors import InputError, RequestError
from advisor.service.json_api.replies import missing
from advisor.service.principal import workspace
from advisor.service.resources import Resources
from advisor.store.database import Store
from advisor.store.deployments import Deployment, DeploymentChanged


def found_deployment(store: Store, name: str, revision: int | None = None) -> Deployment:
    """The deployment of that name in the workspace. Raises RequestError: 404, and 409 at another revision."""
    found = store.deployments.find(name, workspace())
    if found is None:
        raise missing("deployment", name)
    if revision is not None and found.revision != revision:
        raise _too_late(found)
    return found


def changed(resources: Resources, change: Callable[[], Deployment]) -> Deployment:
    """What `change` makes, seen at once by the gateway. Raises RequestError where the stage does not allow it."""
    try:
        made = change()
    except DeploymentChanged:
        raise RequestError(
            "somebody else changed the deployment just now", status=409, code="revision_conflict"
        ) from None
    except InputError as error:
        raise RequestError(f"{error.problem}. {error.what_to_do}", status=409, code="invalid_stage") from None
    resources.gateway.forget()
    return made


def _too_late(found: Deployment) -> RequestError:
    return RequestError(f"{found.name} is at revision {found.revision}", status=409, code="revision_conflict")
