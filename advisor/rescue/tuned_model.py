"""A tuned model in use: what its id says, how much it is used, and where its training data are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, Literal, NamedTuple

DataState = Literal["fetchable", "local", "gone", "forbidden", "unknown"]
_PARTS: Final = 4  # ft:base:org:suffix, before the id of the job


class ModelName(NamedTuple):
    """The parts of `ft:base:org:suffix:id`; "" where there is none. `is_tuned` is false for any other id."""

    base: str
    organisation: str
    suffix: str
    job: str
    is_tuned: bool


class TrainingData(NamedTuple):
    """Whether the rows a model was tuned on can still be had; `file` is a path, or an id at the host."""

    state: DataState
    why: str
    file: str = ""


NOT_ASKED: Final = TrainingData("unknown", "nobody said where its training data are")


class InUse(NamedTuple):
    """A tuned model with a month of its use; None where that is not known. `tokens` is their sum where only that is.

    `host_says_on` is the shutdown date that its host gives.
    """

    model: str
    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    tokens: int | None = None
    examples: int | None = None
    data: TrainingData = NOT_ASKED
    host_says_on: date | None = None
    source: str = ""

    @property
    def name(self) -> ModelName:
        """What the id says."""
        return parsed(self.model)


class Usd(NamedTuple):
    """USD from the least to the most that what is known allows; both the same where it is exact."""

    low: Decimal
    high: Decimal


def parsed(model: str) -> ModelName:
    """The parts of an id. A step such as `:ckpt-step-90` at its end names a checkpoint of the same model."""
    if not model.startswith("ft:"):
        return ModelName(model, "", "", "", is_tuned=False)
    parts = [part for part in model.split(":")[1:] if not part.startswith("ckpt-step-")]
    base, organisation, suffix, *rest = [*parts, "", "", ""][: max(_PARTS, len(parts))]
    return ModelName(base, organisation, suffix, ":".join(filter(None, rest)), is_tuned=bool(base))
