"""What the JSON API answers about models in operation: deployments, feedback, figures, predictions."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from advisor.operation.deployment_spec import Routes, Settings
from advisor.service.json_api.bodies import Strict


class LedgerKind(Strict):
    """How well one kind of prediction came true; figures are null below `least` records."""

    kind: str
    what: str
    unit: str
    scale: str
    predictions: int
    waiting: int
    known: int
    unscored: int
    least: int
    too_few: bool
    median_error: float | None
    p90_error: float | None
    bias: dict[str, float | None] | None
    coverage: dict[str, float] | None
    correction: dict[str, Any]


class Ledger(Strict):
    """Our own accuracy by kind."""

    schema_: Literal["advisor/ledger/v1"] = Field(alias="schema")
    kinds: tuple[LedgerKind, ...]


class PredictionShown(Strict):
    """A prediction with what really happened, null while that is not known."""

    id: str
    created_at: int
    kind: str
    subject: str
    unit: str
    p10: float
    p50: float
    p90: float
    actual: float | None
    actual_at: int | None
    actual_source: str | None


class FeedbackShown(Strict):
    """What somebody said of an answer; `findings` of the checks speak against a correction."""

    id: str
    record_id: str | None
    at_ms: int
    kind: str
    source: str
    model: str | None
    user_digest: str | None
    messages: list[dict[str, Any]] | None
    answer: str | None
    correction: str | None
    proposed: str | None
    comment: str | None
    status: Literal["kept", "pending", "accepted", "rejected"]
    findings: list[dict[str, Any]] | None
    reviewed_by: str | None
    reviewed_at: int | None
    review_note: str | None
    run_id: str | None


class FeedbackKept(Strict):
    """That it was kept."""

    id: str
    status: Literal["kept", "pending"]


class FeedbackToken(Strict):
    """What a page sends as a bearer token to `/feedback/{deployment_id}`, and until when."""

    token: str
    deployment_id: str
    expires_at: int


class KpiShown(Strict):
    """A figure that somebody entered."""

    id: str
    kpi: str
    first_day: date
    last_day: date
    value: float
    note: str | None
    actor: str
    at: int


class DeploymentShown(Strict):
    """A deployment: `stage` is steady where there is no roll-out, `share` the candidate's of the users."""

    id: str
    name: str
    created_at: int
    updated_at: int
    stage: str
    stage_since_ms: int
    share: float
    held: str | None
    routes: Routes
    settings: Settings
    revision: int


class CriterionShown(Strict):
    """How one criterion stands. `difference` counts so that more is worse, and must stay below `bound`."""

    criterion: str
    state: Literal["alarm", "met", "open", "missing"]
    candidate: float | None
    incumbent: float | None
    judged: int
    difference: dict[str, float] | None
    bound: float
    why: str


class StageShown(Strict):
    """How the stage of a roll-out stands, and what was done about it."""

    deployment: DeploymentShown
    state: Literal["alarm", "met", "ready", "open", "none"]
    why: str
    criteria: list[CriterionShown]
    done: str


class StagePlan(Strict):
    """The plan of a stage, in Markdown."""

    stage: str
    text: str


class DeploymentEventShown(Strict):
    """Something that happened to a deployment."""

    id: str
    at_ms: int
    kind: str
    message: str
    data: dict[str, Any] | None


class ImprovementShown(Strict):
    """A new training of a model in production: the next `step`, and in `state` what the steps before it left."""

    id: str
    created_at: int
    finished_at: int | None
    status: Literal["running", "waiting", "promoted", "rolled_back", "ended", "failed"]
    step: str
    reason: str
    state: dict[str, Any]


class GatewayRecordShown(Strict):
    """One time that a model was asked; `usd` is null where no price is known."""

    id: str
    at_ms: int
    stage: str
    revision: int
    role: str
    model: str
    user_digest: str | None
    shown: bool
    status: str
    error: str | None
    latency_ms: float
    prompt_tokens: int
    completion_tokens: int
    prompt_chars: int
    usd: str | None
    label: str | None
