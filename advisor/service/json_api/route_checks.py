"""Which models somebody may put behind a name: none that would show them what is not theirs."""

from __future__ import annotations

from typing import Any

from advisor.errors import InputError, RequestError
from advisor.operation.deployment_spec import HostRoute, RagRoute, Routes, TunedRoute
from advisor.operation.route_models import DOCUMENTS, key_name_of_host
from advisor.outgoing import allowed_hosts, check_outgoing
from advisor.service.model_names import may_name
from advisor.service.principal import current
from advisor.service.resources import Resources


def checked_routes(resources: Resources, routes: Routes) -> Routes:
    """The routes with the names of their keys. Raises RequestError."""
    found: dict[str, Any] = {}
    for role in routes.roles:
        route = routes.of(role)
        assert route is not None
        found[role] = checked_route(resources, route, f"routes.{role}")
    return routes.model_copy(update=found)


def checked_route(
    resources: Resources, route: TunedRoute | HostRoute | RagRoute, where: str
) -> TunedRoute | HostRoute | RagRoute:
    """One route. Who is at this machine may name any host, key and folder, as on the command line."""
    if isinstance(route, TunedRoute):
        unknown = route.model.startswith("ft:") and resources.store.models.find(route.model) is None
        if unknown or not may_name(resources, route.model):
            raise _refused("there is no such model", where, "model_not_found")
        return route
    local = current().via == "local"
    if isinstance(route, HostRoute):
        return route if local else _checked_host(route, where)
    if not local:
        _check_folder(resources, route.documents, where)
    inner = checked_route(resources, route.model, f"{where}.model") if route.model else None
    return route.model_copy(update={"model": inner})


def _checked_host(route: HostRoute, where: str) -> HostRoute:
    try:
        if route.base_url is not None:
            check_outgoing(route.base_url, allowed_hosts())
        key = key_name_of_host(route.base_url)
    except InputError as error:
        raise _refused(f"{error.problem}. {error.what_to_do}", where, "host_not_allowed") from None
    if route.key_variable not in (None, key):
        raise _refused(f"the key for this host is {key}, and no other", where, "key_not_allowed")
    return route.model_copy(update={"key_variable": key, "public_host_only": True})


def _check_folder(resources: Resources, name: str, where: str) -> None:
    below = (resources.data.path / DOCUMENTS).resolve()
    try:
        folder = (below / name).resolve()
        is_there = folder.is_relative_to(below) and folder != below and folder.is_dir()
    except (OSError, ValueError):
        is_there = False
    if not is_there:
        raise _refused(f"there are no documents {name[:100]}", where, "not_found")


def _refused(sentence: str, where: str, code: str) -> RequestError:
    return RequestError(sentence, status=422, param=where, code=code)
