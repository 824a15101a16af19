"""The bodies of the JSON API as pydantic models: read strictly, and published in its document."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from advisor.tuning.plan import BackEnd

Usd = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


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


class JobBody(Strict):
    """The plan to run, and what may be spent on it at most."""

    plan: Word
    spend_up_to_usd: Usd
