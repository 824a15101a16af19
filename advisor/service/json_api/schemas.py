"""The replies of the JSON API as pydantic models, for its document."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from advisor.evaluation.proof_order import ProofPlan
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


class AuditShown(Strict):
    """Who did what, when, to which object, from where."""

    id: str
    at: int
    actor: str
    action: str
    object: str
    address: str
    workspace: str
