"""Deployments for tests: their bodies, and records as the gateway writes them."""

from __future__ import annotations

import random
from typing import Any

from advisor.operation.deployment_spec import DeploymentSpec, kept_routes
from advisor.store.audit import Deed
from advisor.store.database import Store
from advisor.store.deployment_events import now_ms
from advisor.store.deployments import Deployment
from advisor.store.gateway_records import ERROR, OK, GatewayRecord, record_id

DEED = Deed("somebody", "default", "127.0.0.1")


def host_route(base_url: str, model: str) -> dict[str, Any]:
    """A model at a host of the tests."""
    return {"kind": "host", "model": model, "base_url": base_url}


def deployed(store: Store, name: str, routes: dict[str, Any], **settings: Any) -> Deployment:
    """A new deployment of the default workspace."""
    spec = DeploymentSpec.model_validate({"name": name, "routes": routes, "settings": settings})
    return store.deployments.create(
        name, "steady", kept_routes(spec.routes), spec.settings.model_dump(mode="json"), DEED
    )


def fill(
    store: Store,
    deployment: Deployment,
    count: int,
    *,
    share: float,
    errors: tuple[float, float] = (0.01, 0.01),
    slow: tuple[float, float] = (0.0, 0.0),
    usd_nano: tuple[int | None, int | None] = (1_000, 1_000),
    seed: int = 0,
) -> list[GatewayRecord]:
    """Records of so many requests of a stage, of the candidate and of the incumbent: rates are in that order."""
    rng = random.Random(seed)
    made = []
    begin = deployment.stage_since_ms
    for number in range(count):
        side = 0 if rng.random() < share else 1
        failed = rng.random() < errors[side]
        made.append(
            GatewayRecord(
                record_id(),
                deployment.id,
                min(begin + number, now_ms()),
                deployment.stage,
                deployment.revision,
                ("candidate", "incumbent")[side],
                ("new", "old")[side],
                None,
                True,
                ERROR if failed else OK,
                "status_500" if failed else None,
                rng.uniform(50, 100) + (1_000 if rng.random() < slow[side] else 0),
                10,
                10,
                40,
                None if failed else usd_nano[side],
                None,
            )
        )
    store.gateway_records.add_many(made)
    return made
