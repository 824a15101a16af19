"""The steps of a roll-out: each changes a deployment as it was read, or is refused because somebody was faster.

All raise DeploymentChanged in that case, and InputError for a step that the stage does not allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.errors import InputError
from advisor.operation.deployment_spec import (
    HostRoute,
    RagRoute,
    Routes,
    Settings,
    TunedRoute,
    kept_routes,
    routes_of,
    settings_of,
)
from advisor.operation.rollout_rules import AB, STAGES, STEADY, RollOutRules
from advisor.store.audit import Deed
from advisor.store.database import Store
from advisor.store.deployment_events import Happened, now_ms
from advisor.store.deployments import Deployment

STARTS = ("shadow", "pilot", AB)


def start(
    store: Store,
    known: Deployment,
    candidate: TunedRoute | HostRoute | RagRoute | None,
    stage: str,
    deed: Deed,
    why: str = "",
) -> Deployment:
    """Begin a roll-out of `candidate`, or of the one that the deployment was made with."""
    routes = routes_of(known)
    if known.stage != STEADY:
        raise InputError(
            f"{known.name} is at the stage {known.stage} of a roll-out already",
            where=known.name,
            what_to_do="advance it, or end it with rollback first",
        )
    if stage not in STARTS:
        raise InputError(
            f"a roll-out does not begin with {stage}", where="--stage", what_to_do=f"name one of {', '.join(STARTS)}"
        )
    chosen = candidate or routes.candidate
    if chosen is None:
        raise InputError("there is no candidate", where=known.name, what_to_do="name its model with --candidate")
    if chosen == routes.incumbent:
        raise InputError("the candidate is the model in production", where=known.name, what_to_do="name another one")
    made = kept_routes(routes.model_copy(update={"candidate": chosen}), number=known.routes["roll_out"] + 1)
    happened = Happened(
        "start", f"{deed.actor} began a roll-out at the stage {stage}. {why}".rstrip(), {"stage": stage}
    )
    return store.deployments.change(known, _at(known, stage, made), happened, deed)


def advance(
    store: Store,
    rules: RollOutRules,
    known: Deployment,
    deed: Deed,
    why: str,
    reference: Mapping[str, float] | None = None,
    to: str | None = None,
) -> Deployment:
    """Go to the next stage, or on to `to`; after the last the candidate is the model in production."""
    _must_roll_out(known)
    if known.held:
        raise InputError(f"{known.name} is held: {known.held}", where=known.name, what_to_do="resume it, or roll back")
    following = "full" if known.stage == AB else rules.after(known.stage)
    stage = to or following
    order = (*STAGES, STEADY)
    if stage not in order or order.index(stage) < order.index(following):
        raise InputError(
            f"{stage} does not come after {known.stage}", where="--to", what_to_do=f"the next stage is {following}"
        )
    routes = routes_of(known)
    if stage == STEADY:
        assert routes.candidate is not None
        routes = routes.model_copy(
            update={"incumbent": routes.candidate, "previous": routes.incumbent, "candidate": None}
        )
        happened = Happened("promote", f"{deed.actor}: the candidate is the model in production. {why}")
    else:
        happened = Happened("advance", f"{deed.actor}: {known.stage} to {stage}. {why}", {"stage": stage})
    kept = reference if reference is not None else known.routes["reference"]
    made = kept_routes(routes, kept if stage == "full" else None, known.routes["roll_out"])
    return store.deployments.change(known, _at(known, stage, made), happened, deed)


def hold(store: Store, known: Deployment, deed: Deed, why: str) -> Deployment:
    """Ask the newest model nothing more, the candidate or, without a roll-out, the incumbent, until it is resumed."""
    if known.held:
        raise InputError(f"{known.name} is held already: {known.held}", where=known.name, what_to_do="nothing")
    routes = routes_of(known)
    if known.stage == STEADY and not routes.fallback and not routes.previous:
        raise InputError(
            "there is no other model that could answer", where=known.name, what_to_do="give it a fallback first"
        )
    return store.deployments.change(known, known._replace(held=why), Happened("hold", f"{deed.actor}: {why}"), deed)


def resume(store: Store, known: Deployment, deed: Deed, why: str) -> Deployment:
    """Ask a held model again; the evidence of its stage begins anew."""
    if not known.held:
        raise InputError(f"{known.name} is not held", where=known.name, what_to_do="nothing")
    changed = known._replace(held=None, stage_since_ms=now_ms())
    return store.deployments.change(known, changed, Happened("resume", f"{deed.actor}: {why}"), deed)


def rollback(
    store: Store, known: Deployment, deed: Deed, why: str, data: Mapping[str, Any] | None = None
) -> Deployment:
    """End the roll-out without its candidate; without a roll-out the previous version takes over again."""
    routes = routes_of(known)
    if known.stage == STEADY:
        if routes.previous is None:
            raise InputError("there is no previous version", where=known.name, what_to_do="start a roll-out instead")
        routes = routes.model_copy(update={"incumbent": routes.previous, "previous": routes.incumbent})
    else:
        routes = routes.model_copy(update={"candidate": None})
    made = kept_routes(routes, number=known.routes["roll_out"])
    return store.deployments.change(
        known, _at(known, STEADY, made), Happened("rollback", f"{deed.actor}: {why}", data), deed
    )


def change_settings(store: Store, known: Deployment, settings: Settings, deed: Deed) -> Deployment:
    """Treat the deployment otherwise; what counts as evidence begins anew where that changes what is measured."""
    # What stands beside them, such as how the model is trained anew, is left as it is.
    changed = known._replace(settings={**known.settings, **settings.model_dump(mode="json")})
    before = settings_of(known)
    if (before.shares, before.slow_ms, before.one_record_a_user) != (
        settings.shares,
        settings.slow_ms,
        settings.one_record_a_user,
    ):
        changed = changed._replace(stage_since_ms=now_ms())
    return store.deployments.change(known, changed, Happened("settings", f"{deed.actor} changed the settings"), deed)


def change_routes(store: Store, known: Deployment, routes: Routes, deed: Deed) -> Deployment:
    """Put other models in their roles; not during a roll-out, whose candidate must be the one that is judged."""
    if known.stage != STEADY:
        raise InputError(
            f"{known.name} is at the stage {known.stage} of a roll-out", where=known.name, what_to_do="end it first"
        )
    made = kept_routes(routes, number=known.routes["roll_out"])
    happened = Happened("routes", f"{deed.actor} changed the models")
    return store.deployments.change(known, known._replace(routes=made), happened, deed)


def _at(known: Deployment, stage: str, routes: Mapping[str, Any]) -> Deployment:
    return known._replace(stage=stage, stage_since_ms=now_ms(), held=None, routes=routes)


def _must_roll_out(known: Deployment) -> None:
    if known.stage == STEADY:
        raise InputError(f"{known.name} has no roll-out", where=known.name, what_to_do="begin one with start")
