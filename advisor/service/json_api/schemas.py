"""The replies of the JSON API as pydantic models, for its document."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from advisor.evaluation.proof_order import ProofPlan
from advisor.operation.deployment_spec import Routes, Settings
from advisor.service.json_api.bodies import Strict


class Fault(Strict):
    """What is wrong with one value: a JSON pointer (RFC 6901) into the body, and a sentence."""

    pointer: str
    detail: str


class Problem(Strict):
    """An error as RFC 9457 writes it."""

    type: str
    title: str
    status: int
    detail: str
    code: str | None = None
    parameter: str | None = None
    errors: list[Fault] | None = None


class Session(Strict):
    """Who asks."""

    name: str
    workspace: str
    role: Literal["viewer", "consultant", "admin"]
    via: Literal["local", "key", "session"]
    csrf_token: str | None
    """Sent back in the header X-CSRF-Token with every change that a browser's session makes."""


class CaseSummary(Strict):
    """A case in a list; times in seconds since 1970."""

    id: str
    title: str
    client: str
    version: int
    etag: str
    created_at: int
    updated_at: int


class StoredCase(CaseSummary):
    """A case at its newest version."""

    case: dict[str, Any]


class VersionSummary(Strict):
    """A version of a case in a list."""

    case_id: str
    version: int
    etag: str
    created_at: int
    actor: str


class StoredVersion(VersionSummary):
    """A version of a case."""

    case: dict[str, Any]


class CaseTick(Strict):
    """A tick on an item of a checklist."""

    item: str
    done: bool
    at: int
    actor: str


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


class RecommendationSummary(Strict):
    """A recommendation in a list."""

    id: str
    created_at: int
    created_by: str
    case_id: str | None
    as_of: date
    status: Literal["decided", "open"]
    approach: str
    title: str
    case_sha256: str
    rules_version: str
    rules_sha256: str
    prices_version: str
    prices_sha256: str


class Estimates(Strict):
    """What approaches cost."""

    as_of: date
    draws: int
    seed: int
    possible: list[str]
    costs: list[dict[str, Any]]
    notes: list[str]


class SweepStep(Strict):
    """The totals at one value."""

    value: str
    totals_usd: dict[str, str]
    cheapest: str


class SweepCrossover(Strict):
    """Where another approach becomes the cheapest."""

    value: str
    before: str
    after: str
    total_usd: str


class Sweep(Strict):
    """One answer varied."""

    answer: str
    months: str
    steps: list[SweepStep]
    crossovers: list[SweepCrossover]


class Option(Strict):
    """One option of a question."""

    id: str
    means: str


class ProvisionalAnswer(Strict):
    """What a missing answer is taken to be."""

    value: Any
    because: str


class QuestionShown(Strict):
    """A question."""

    name: str
    type: str
    ask: str
    help: str
    options: list[Option]
    minimum: float | None
    maximum: float | None
    unit: str
    provisional: ProvisionalAnswer | None


class RuleShown(Strict):
    """A rule of a first-hit table."""

    id: str
    table: str
    then: str
    why: str
    source: list[str]
    requires: list[str]


class RuleInFull(RuleShown):
    """A rule with its conditions in words."""

    text: str


class SourceShown(Strict):
    """What a source id stands for."""

    id: str
    says: str
    read_in: list[str]
    as_of: str


class Rules(Strict):
    """The rule book."""

    version: str
    sha256: str
    rules: list[RuleShown]
    sources: list[SourceShown]


class PriceShown(Strict):
    """A dated price with its source."""

    id: str
    provider: str
    model: str
    kind: str
    usd: str
    unit: str
    valid_from: date
    as_of: date
    source: str
    assumption: bool


class Prices(Strict):
    """The prices that held on a day."""

    version: str
    sha256: str
    on: date
    items: list[PriceShown]
    next_cursor: str | None


class DataSet(Strict):
    """A file of examples, or a document."""

    id: str
    filename: str
    bytes: int
    sha256: str
    created_at: int


class Plan(Strict):
    """A plan of a training run."""

    id: str
    created_at: int
    data_set: str
    run: str
    plan: dict[str, Any]


class ProofSummary(Strict):
    """A proof in a list; `verdict` in one word, `by` whom it was asked for, or the command line."""

    id: str
    created_at: int
    status: str
    title: str
    verdict: str | None
    best_arm: str | None
    is_partial: bool
    by: str


class ProofVerdict(Strict):
    """What a proof says, in short."""

    answer: str
    best_arm: str | None
    is_partial: bool
    why: str | None
    next_step: str | None


class ArmProgress(Strict):
    """How far an arm is."""

    answered: int
    questions: int


class ProofShown(Strict):
    """A proof: `plan` says what is asked of whom and what it takes at most, `progress` how far each arm is.

    `status` is planning, planned, queued, running, succeeded, failed or cancelled; of the command line also unfinished
    or damaged.
    """

    id: str
    created_at: int
    created_by: str
    case_id: str | None
    title: str
    status: str
    plan: ProofPlan | None
    progress: dict[str, ArmProgress] | None
    spent_usd: str | None
    spend_up_to_usd: str | None
    verdict: ProofVerdict | None
    error: str | None
    finished_at: int | None


class EventShown(Strict):
    """What happened to a proof; `level` is info, warn or error."""

    id: str
    created_at: int
    level: str
    message: str


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


class AuditShown(Strict):
    """Who did what, when, to which object, from where."""

    id: str
    at: int
    actor: str
    action: str
    object: str
    address: str
    workspace: str


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
