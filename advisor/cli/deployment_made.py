"""`advisor deployment create` and `change`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.deployment_store import changed, deed_in, deployment_in, workspace_option
from advisor.cli.tune_store import data_option, opened
from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.operation.deployment_spec import Routes
    from advisor.store.database import Store

_FILE = click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))


@click.command()
@data_option
@workspace_option
@_FILE
def create(data: Path | None, workspace: str, file: Path) -> None:
    """Put the models in FILE, YAML or JSON, behind one name.

    \b
    A whole file; only `name` and `routes.incumbent` are needed:
      name: support-bot
      routes:
        incumbent: {kind: host, model: gpt-4.1-mini}
        candidate: {kind: tuned, model: "ft:advisor-linear:advisor:v2:1b2c3d4e"}
        fallback: {kind: rag, documents: handbook/}
      settings:
        advance: approval        # or automatic
        on_alarm: rollback       # or hold
        timeout_s: 30
        cache: {seconds: 600}    # the same request at temperature 0
        store_content: false

    The key of a host is named with `key_variable`; it never stands in the file.
    """
    from advisor.operation.deployment_spec import kept_routes, read_spec
    from advisor.operation.rollout_rules import STEADY
    from advisor.store.deployments import NameTaken

    spec = read_spec(file)
    with opened(data) as store:
        routes = _checked(store, spec.routes)
        settings = spec.settings.model_dump(mode="json")
        try:
            made = store.deployments.create(spec.name, STEADY, kept_routes(routes), settings, deed_in(workspace))
        except NameTaken:
            raise InputError(
                f"there is a deployment {spec.name} already",
                where=f"{file}: name",
                what_to_do="choose another name, or change it with `advisor deployment change`",
            ) from None
    click.echo(f"{made.name} is made; clients of `advisor serve` give this name as the model")


@click.command()
@data_option
@workspace_option
@_FILE
def change(data: Path | None, workspace: str, file: Path) -> None:
    """Give a deployment the models and settings in FILE, which has the form that `create` takes.

    Models are changed only while there is no roll-out.

    \b
    Example:
      advisor deployment show support-bot --format yaml > support-bot.yaml
    """
    from advisor.operation.deployment_spec import read_spec, routes_of, settings_of
    from advisor.operation.rollout_changes import change_routes, change_settings

    spec = read_spec(file)
    with opened(data) as store:
        known = deployment_in(store, spec.name, workspace)
        routes, deed = _checked(store, spec.routes), deed_in(workspace)
        done = []
        if routes != routes_of(known):
            before = known
            known = changed(lambda: change_routes(store, before, routes, deed))
            done.append("models")
        if spec.settings != settings_of(known):
            last = known
            known = changed(lambda: change_settings(store, last, spec.settings, deed))
            done.append("settings")
    click.echo(f"{spec.name}: {' and '.join(done) or 'nothing'} changed")


def _checked(store: Store, routes: Routes) -> Routes:
    """The routes with whole paths of documents, as the service may run in another folder. Raises InputError."""
    from advisor.operation.deployment_spec import RagRoute, TunedRoute

    found: dict[str, Any] = {}
    for role in routes.roles:
        route = routes.of(role)
        if isinstance(route, RagRoute):
            folder = Path(route.documents).resolve()
            if not folder.is_dir():
                raise InputError("there is no such folder", where=str(folder), what_to_do=f"mend routes.{role}")
            route = route.model_copy(update={"documents": str(folder)})
        if isinstance(route, TunedRoute) and route.model.startswith("ft:") and not store.models.find(route.model):
            raise InputError(
                f"there is no model {route.model}", where=f"routes.{role}", what_to_do="`advisor tune list` names them"
            )
        found[role] = route
    return routes.model_copy(update=found)
