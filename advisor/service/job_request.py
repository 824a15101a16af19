"""What a client may ask for when it creates a fine-tuning job."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from advisor.service.request_body import RequestBody

Auto = Literal["auto"]
Epochs = Auto | Annotated[int, Field(ge=1, le=1_000)] | None
BatchSize = Auto | Annotated[int, Field(ge=1, le=4_096)] | None
Multiplier = Auto | Annotated[float, Field(gt=0)] | None
Metadata = Annotated[
    dict[Annotated[str, StringConstraints(max_length=64)], Annotated[str, StringConstraints(max_length=512)]],
    Field(max_length=16),
]


class SupervisedHyperparameters(RequestBody):
    """`auto` or nothing leaves the choice to the trainer."""

    n_epochs: Epochs = None
    batch_size: BatchSize = None
    learning_rate_multiplier: Multiplier = None


class DpoHyperparameters(SupervisedHyperparameters):
    """As for supervised training, and the weight of the distance from the base model."""

    beta: Auto | Annotated[float, Field(gt=0, le=2)] | None = None


class Supervised(RequestBody):
    """Learning from answers."""

    hyperparameters: SupervisedHyperparameters | None = None


class Dpo(RequestBody):
    """Learning from pairs of answers."""

    hyperparameters: DpoHyperparameters | None = None


class Method(RequestBody):
    """The method, and its own settings under its name."""

    type: Literal["supervised", "dpo", "reinforcement"]
    supervised: Supervised | None = None
    dpo: Dpo | None = None
    reinforcement: dict[str, Any] | None = None


class JobRequest(RequestBody):
    """The body of POST /v1/fine_tuning/jobs."""

    model: Annotated[str, StringConstraints(min_length=1, max_length=512)]
    training_file: str
    validation_file: str | None = None
    method: Method | None = None
    hyperparameters: SupervisedHyperparameters | None = None
    suffix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    metadata: Metadata | None = None
    integrations: list[dict[str, Any]] | None = None
