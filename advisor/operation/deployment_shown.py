"""Deployments, judgements and plans as programs and people see them."""

from __future__ import annotations

from typing import Any

from advisor.operation.deployment_spec import HostRoute, RagRoute, TunedRoute, routes_of, settings_of
from advisor.operation.rollout_rules import AB, STAGES, RollOutRules
from advisor.operation.stage_evidence import Judgement
from advisor.operation.stage_plan import PlannedDeployment, stage_plan
from advisor.store.database import Store
from advisor.store.deployment_events import now_ms
from advisor.store.deployments import Deployment

_WEEK_MS = 7 * 86_400_000


def deployment_json(deployment: Deployment, rules: RollOutRules) -> dict[str, Any]:
    """A deployment as JSON; `share` is the candidate's of the users now."""
    settings = settings_of(deployment)
    return {
        "id": deployment.id,
        "name": deployment.name,
        "created_at": deployment.created_at,
        "updated_at": deployment.updated_at,
        "stage": deployment.stage,
        "stage_since_ms": deployment.stage_since_ms,
        "share": 0.0 if deployment.held else settings.share(deployment.stage, rules),
        "held": deployment.held,
        "routes": routes_of(deployment).model_dump(mode="json"),
        "settings": settings.model_dump(mode="json"),
        "revision": deployment.revision,
    }


def judgement_numbers(judgement: Judgement) -> dict[str, Any]:
    """How a stage stands, as JSON."""
    return {
        "state": judgement.state,
        "why": judgement.why,
        "criteria": [
            {**one._asdict(), "difference": one.difference._asdict() if one.difference else None}
            for one in judgement.findings
        ],
    }


def plan_text(
    store: Store, rules: RollOutRules, deployment: Deployment, stage: str, requests_a_day: float | None = None
) -> str:
    """The plan of one of STAGES in Markdown; the traffic is that of the last week where it is not given."""
    settings, routes = settings_of(deployment), routes_of(deployment)
    traffic = "as given"
    if requests_a_day is None:
        now = now_ms()
        found = store.gateway_records.requests(deployment.id, now - _WEEK_MS, now + 1)
        if found.first_ms is not None:
            days = max(1.0, (now - found.first_ms) / 86_400_000)
            requests_a_day, traffic = found.asked / days, f"measured over {days:.0f} days"
    planned = PlannedDeployment(
        deployment.name,
        route_name(routes.incumbent),
        route_name(routes.candidate) if routes.candidate else "not named yet",
        "the model in production",
        requests_a_day,
        traffic,
        settings.advance == "automatic",
        settings.on_alarm,
    )
    rule = rules.stages[stage]._replace(share=settings.share(stage, rules))
    return stage_plan(planned, rule, rules.after(stage), rules, {})


def planned_stage(deployment: Deployment) -> str:
    """The stage whose plan is of interest: the current one, or the first that users meet."""
    return deployment.stage if deployment.stage in STAGES else "full" if deployment.stage == AB else "pilot"


def route_name(route: TunedRoute | HostRoute | RagRoute) -> str:
    """A model in words."""
    if isinstance(route, TunedRoute):
        return route.model
    if isinstance(route, HostRoute):
        return f"{route.model} at {route.base_url or 'api.openai.com'}"
    return f"RAG over {route.documents}" + (f" with {route_name(route.model)}" if route.model else "")
