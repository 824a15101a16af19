"""The bodies and replies of the JSON API as pydantic models: read strictly, and published in its document."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from advisor.tuning.plan import BackEnd

Usd = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class LoginBody(_Body):
    """A name and a password."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class TickBody(_Body):
    """Whether an item of a checklist is done."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    done: bool


class PlanBody(_Body):
    """What is to be planned: a case, and a data set that was uploaded."""

    case: dict[str, Any]
    """The case itself, as in POST /cases."""
    data_set: Word
    """The id of a data set."""
    back_end: BackEnd | None = None
    """Where and how it is trained; without it what the recommendation points to."""
    base_url: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    """Address of an OpenAI-compatible host, for `openai_api`."""
    model: Word | None = None
    gpu: Word | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31, strict=True)] = 0
    suffix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""
    spend_up_to_usd: Usd | None = None
    """A hard ceiling for what a host may take, in decimal USD."""
    as_of: date | None = None


class JobBody(_Body):
    """The plan to run, and what may be spent on it at most."""

    plan: Word
    spend_up_to_usd: Usd


class Fault(_Body):
    """What is wrong with one value: a JSON pointer (RFC 6901) into the body, and a sentence."""

    pointer: str
    detail: str


class Problem(_Body):
    """An error as RFC 9457 writes it."""

    type: str
    title: str
    status: int
    detail: str
    code: str | None = None
    parameter: str | None = None
    errors: list[Fault] | None = None


class Session(_Body):
    """Who asks."""

    name: str
    workspace: str
    role: Literal["viewer", "consultant", "admin"]
    via: Literal["local", "key", "session"]
    csrf_token: str | None
    """Sent back in the header X-CSRF-Token with every change that a browser's session makes."""


class CaseSummary(_Body):
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


class VersionSummary(_Body):
    """A version of a case in a list."""

    case_id: str
    version: int
    etag: str
    created_at: int
    actor: str


class StoredVersion(VersionSummary):
    """A version of a case."""

    case: dict[str, Any]


class CaseTick(_Body):
    """A tick on an item of a checklist."""

    item: str
    done: bool
    at: int
    actor: str


class RecommendationSummary(_Body):
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


class Estimates(_Body):
    """What approaches cost."""

    as_of: date
    draws: int
    seed: int
    possible: list[str]
    costs: list[dict[str, Any]]
    notes: list[str]


class SweepStep(_Body):
    """The totals at one value."""

    value: str
    totals_usd: dict[str, str]
    cheapest: str


class SweepCrossover(_Body):
    """Where another approach becomes the cheapest."""

    value: str
    before: str
    after: str
    total_usd: str


class Sweep(_Body):
    """One answer varied."""

    answer: str
    months: str
    steps: list[SweepStep]
    crossovers: list[SweepCrossover]


class Option(_Body):
    """One option of a question."""

    id: str
    means: str


class ProvisionalAnswer(_Body):
    """What a missing answer is taken to be."""

    value: Any
    because: str


class QuestionShown(_Body):
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


class RuleShown(_Body):
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


class SourceShown(_Body):
    """What a source id stands for."""

    id: str
    says: str
    read_in: list[str]
    as_of: str


class Rules(_Body):
    """The rule book."""

    version: str
    sha256: str
    rules: list[RuleShown]
    sources: list[SourceShown]


class PriceShown(_Body):
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


class Prices(_Body):
    """The prices that held on a day."""

    version: str
    sha256: str
    on: date
    items: list[PriceShown]
    next_cursor: str | None


class DataSet(_Body):
    """A file of examples."""

    id: str
    filename: str
    bytes: int
    sha256: str
    created_at: int


class Plan(_Body):
    """A plan of a training run."""

    id: str
    created_at: int
    data_set: str
    run: str
    plan: dict[str, Any]


class ProofSummary(_Body):
    """A proof in a list."""

    name: str
    changed: str
    state: str
    title: str
    best_arm: str | None
    is_partial: bool


class AuditShown(_Body):
    """Who did what, when, to which object, from where."""

    id: str
    at: int
    actor: str
    action: str
    object: str
    address: str
    workspace: str
