"""What a deployment is made of: a model for each role, and how the roll-out and the gateway are to treat them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from advisor.errors import InputError
from advisor.files import read_document
from advisor.operation.rollout_rules import AB, RollOutRules
from advisor.operation.routing import Role
from advisor.operation.watch_settings import WatchSettings
from advisor.store.deployments import Deployment
from advisor.tuning.back_ends import LINEAR_MODELS

NAME: Final = r"^[a-z0-9][a-z0-9._-]{0,99}$"
_OURS: Final = (*LINEAR_MODELS, "advisor-embedding")
Word = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Usd = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Strict(BaseModel):
    """No unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class TokenUsd(Strict):
    """One's own price, such as that of the machine that it runs on: USD for a million tokens, and who says so."""

    input_usd_per_mtok: Usd
    output_usd_per_mtok: Usd
    source: Word


class TunedRoute(Strict):
    """A model of this service: a tuned one, one of a hub, or a folder, by the name that chat completions take."""

    kind: Literal["tuned"] = "tuned"
    model: Word
    prices: TokenUsd | None = None


class HostRoute(Strict):
    """A model at any OpenAI-compatible host."""

    kind: Literal["host"] = "host"
    model: Word
    base_url: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    """Without it OpenAI's own."""
    key_variable: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")] | None = None
    """The name of the key, in the environment or the keyring of the service; never the key itself."""
    public_host_only: bool = False
    """Set by the service where somebody who is not at its machine named the host: its address is checked each time."""
    prices: TokenUsd | None = None


class RagRoute(Strict):
    """Documents that are searched for each question, and the model that answers from what was found.

    Without a model the best passage is quoted as it stands.
    """

    kind: Literal["rag"] = "rag"
    documents: Word
    """A folder; over the API the name of one below `documents` in the data folder."""
    model: TunedRoute | HostRoute | None = None


Route = Annotated[TunedRoute | HostRoute | RagRoute, Field(discriminator="kind")]


class Routes(Strict):
    """The models by their roles."""

    incumbent: Route
    """The version in production."""
    candidate: Route | None = None
    """The version that may take its place."""
    fallback: Route | None = None
    """Asked where the others fail, such as the RAG baseline."""
    previous: Route | None = None
    """The version that the incumbent replaced; asked after the fallback."""

    def of(self, role: Role) -> TunedRoute | HostRoute | RagRoute | None:
        """The model in that role."""
        found: TunedRoute | HostRoute | RagRoute | None = getattr(self, role)
        return found

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that have a model."""
        every: tuple[Role, ...] = ("incumbent", "candidate", "fallback", "previous")
        return frozenset(role for role in every if self.of(role) is not None)


class CacheSettings(Strict):
    """Whether the same request at temperature 0 is answered again from memory, and for how long."""

    seconds: Annotated[int, Field(ge=1, le=604_800)]


class Shares(Strict):
    """Shares of users that differ from those of the rules, within their bounds."""

    pilot: Annotated[float, Field(ge=0.05, le=0.10)] | None = None
    staged: Annotated[float, Field(ge=0.25, le=0.50)] | None = None
    ab: Annotated[float, Field(gt=0, lt=1)] = 0.5


class Settings(Strict):
    """How a deployment is treated."""

    store_content: bool = False
    """Whether requests and answers are kept; without it only their numbers are."""
    cache: CacheSettings | None = None
    timeout_s: Annotated[float, Field(gt=0, le=600)] = 60.0
    """After this a model counts as failed, and the next one is asked."""
    attempts: Annotated[int, Field(ge=1, le=5)] = 2
    """How often one model is asked before the next one is."""
    advance: Literal["approval", "automatic"] = "approval"
    """What happens where a stage's exit criteria are met."""
    on_alarm: Literal["rollback", "hold"] = "rollback"
    """What happens, always by itself, where the candidate is shown to be worse than allowed."""
    shares: Shares = Shares()
    slow_ms: Annotated[float, Field(gt=0)] | None = None
    """What counts as slow; without it what nine in ten of the incumbent's answers keep to."""
    one_record_a_user: bool = False
    """Whether only each user's first answer of a stage counts as evidence, for users who differ much."""
    labels: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=128)]], Field(max_length=1_000)
    ] = []
    """What a classifier may answer; such answers are recorded as labels."""
    watch: WatchSettings | None = None
    """Pages that may send feedback, the canary set, and where alerts go; see `advisor drift set`."""

    def share(self, stage: str, rules: RollOutRules) -> float:
        """The candidate's share of the users in a stage."""
        if stage == AB:
            return self.shares.ab
        own = {"pilot": self.shares.pilot, "staged": self.shares.staged}.get(stage)
        return own or (rules.stages[stage].share if stage in rules.stages else 0.0)


class DeploymentSpec(Strict):
    """A deployment as it is written in a file or sent over the API."""

    name: Annotated[str, StringConstraints(pattern=NAME)]
    """What clients give as the model."""
    routes: Routes
    settings: Settings = Settings()

    @model_validator(mode="after")
    def _not_ours(self) -> DeploymentSpec:
        if self.name in _OURS:
            raise ValueError(f"{self.name} is the name of a model of the service")
        return self


_SPEC: Final = TypeAdapter(DeploymentSpec)
_NAME: Final = re.compile(NAME)


def may_be_deployment(name: str) -> bool:
    """Whether a deployment could have that name, so that others need not be looked for."""
    return _NAME.match(name) is not None


def read_spec(path: Path) -> DeploymentSpec:
    """The spec in a YAML or JSON file; `-` is standard input. Raises InputError with file:line."""
    document = read_document(path)
    try:
        return _SPEC.validate_python(document.value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = [step for step in first["loc"] if step not in ("tuned", "host", "rag")]
        raise InputError(
            f"{'.'.join(map(str, place)) or 'the file'}: {first['msg']}",
            where=document.where(*place),
            what_to_do="`advisor deployment create --help` shows a whole file",
        ) from None


def routes_of(deployment: Deployment) -> Routes:
    """The models of a deployment."""
    return Routes.model_validate(deployment.routes["models"])


def settings_of(deployment: Deployment) -> Settings:
    """How it is treated."""
    own = {name: value for name, value in deployment.settings.items() if name in Settings.model_fields}
    return Settings.model_validate(own)


def kept_routes(routes: Routes, reference: Mapping[str, float] | None = None, number: int = 0) -> dict[str, Any]:
    """The routes as a deployment keeps them, with what a stage is compared with where there is no incumbent, and the
    number of the roll-out, which spreads its users anew."""
    return {
        "models": routes.model_dump(mode="json", exclude_none=True),
        "reference": dict(reference or {}),
        "roll_out": number,
    }


def spec_text(deployment: Deployment) -> str:
    """A deployment as the YAML file that makes it."""
    spec = DeploymentSpec(name=deployment.name, routes=routes_of(deployment), settings=settings_of(deployment))
    return yaml.safe_dump(spec.model_dump(mode="json", exclude_none=True, exclude_defaults=False), sort_keys=False)
