"""The bodies of the JSON API as pydantic models: read strictly, and published in its document."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from advisor.operation.deployment_spec import Route, Routes, Settings
from advisor.store.feedback import CORRECTION
from advisor.tuning.plan import BackEnd

Usd = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


Said = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Comment = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]


class Strict(BaseModel):
    """No unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class LoginBody(Strict):
    """A name and a password."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class TickBody(Strict):
    """Whether an item of a checklist is done."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    done: bool


class ActualBody(Strict):
    """What really happened to a prediction."""

    actual: Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]
    """In the unit of the prediction."""
    source: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    """Where that stands, such as an invoice."""


class PlanBody(Strict):
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


class ProofBody(Strict):
    """What is to be proved: a case, itself or by its id, on a data set that was uploaded."""

    case: dict[str, Any] | None = None
    """The case itself, as in POST /cases."""
    case_id: Word | None = None
    """Or the id of one that is kept."""
    data_set: Word
    """The id of a data set: the training rows."""
    test_set: Word | None = None
    """The id of a data set with held-out rows; without it some are split off, and locked."""
    documents: Annotated[list[Word], Field(max_length=500)] = []
    """Ids of documents that hold the answers."""
    arms: Annotated[list[Word], Field(max_length=50)] = []
    """Names of arms, such as `linear`; none for all that can run."""
    model: Word | None = None
    """The language model of the first three arms: a name at the host, or hf/NAME."""
    base_url: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    """Address of an OpenAI-compatible host; without it OpenAI."""
    compare: Annotated[list[Word], Field(max_length=10)] = []
    """Other models, each as an arm."""
    tuned: Annotated[list[Word], Field(max_length=10)] = []
    """Tuned models; none for all that were tuned on these rows."""
    kind: Word | None = None
    """Kind of task; without it the golden answers decide."""
    seed: Annotated[int, Field(ge=0, lt=2**31, strict=True)] = 0
    probes: Annotated[bool, Field(strict=True)] = True
    """Probe what training must not break."""
    spend_up_to_usd: Usd
    """A hard ceiling in decimal USD; what was answered until then is kept."""
    as_of: date | None = None


class ProofStartBody(Strict):
    """What may be spent at most."""

    spend_up_to_usd: Usd


class JobBody(Strict):
    """The plan to run, and what may be spent on it at most."""

    plan: Word
    spend_up_to_usd: Usd


class ChangeBody(Strict):
    """What every change of a deployment may say."""

    why: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    """Kept with the change."""
    revision: Annotated[int, Field(ge=1, strict=True)] | None = None
    """The revision that was looked at; where the deployment is at another one the change is refused."""


class StartBody(ChangeBody):
    """A candidate, and the stage to begin with."""

    candidate: Route | None = None
    """Without it the one that the deployment was made with."""
    stage: Literal["shadow", "pilot", "ab"] = "pilot"


class AdvanceBody(ChangeBody):
    """The stage to go on to; without it the next one."""

    to: Literal["pilot", "staged", "full", "steady"] | None = None


class DeploymentChange(ChangeBody):
    """Other models or settings in the place of all that are there; models only where there is no roll-out."""

    routes: Routes | None = None
    settings: Settings | None = None


class SpokenMessage(Strict):
    """A message of the conversation, as text."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Said


class OpinionBody(Strict):
    """What somebody says of an answer; a correction says what the answer should have been."""

    kind: Literal["up", "down", "correction", "comment"]
    correction: Said | None = None
    comment: Comment | None = None

    @model_validator(mode="after")
    def _whole(self) -> OpinionBody:
        if (self.kind == CORRECTION) != (self.correction is not None):
            raise ValueError("a correction, and nothing else, needs `correction`")
        if self.kind == "comment" and self.comment is None:
            raise ValueError("a comment needs `comment`")
        return self


class FeedbackBody(OpinionBody):
    """What somebody says of an answer. Where the gateway kept texts, `messages` and `answer` are taken from there."""

    record_id: Word | None = None
    """The id of the answer: the header `X-Advisor-Record` of the gateway."""
    user: Word | None = None
    """Who says so, in your own words for them; kept as a keyed hash."""
    messages: Annotated[list[SpokenMessage], Field(min_length=1, max_length=50)] | None = None
    answer: Said | None = None
    judge: Literal["user", "reviewer"] = "user"
    """`reviewer` for experts who judge a sample: what they say is counted apart."""


class FeedbackTokenBody(Strict):
    """For which answer a page may send feedback, and for how long."""

    record_id: Word
    user: Word | None = None
    lasts_s: Annotated[int, Field(ge=60, le=86_400, strict=True)] = 3_600


class ReviewBody(Strict):
    """Whether a correction becomes a training example; `correction` where the reviewer writes it anew."""

    decision: Literal["accept", "reject"]
    note: Comment
    correction: Said | None = None


class DecisionBody(Strict):
    """Why; kept with what is decided."""

    note: Comment


class KpiBody(Strict):
    """A figure that no machine measures, for the days from `first_day` to `last_day`, both in it."""

    kpi: Word
    value: Annotated[float, Field(allow_inf_nan=False)]
    first_day: date
    last_day: date
    note: Comment | None = None
