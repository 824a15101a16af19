"""The kinds of graders, by the names and fields of OpenAI's API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

_STRICT: Final = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
MAX_FORMULA: Final = 1_000


class StringCheck(BaseModel):
    """1 where the comparison holds, else 0; `like` looks for the reference inside the input."""

    model_config = _STRICT
    type: Literal["string_check"]
    name: str
    input: str
    reference: str
    operation: Literal["eq", "ne", "like", "ilike"]


class TextSimilarity(BaseModel):
    """How alike input and reference are."""

    model_config = _STRICT
    type: Literal["text_similarity"]
    name: str
    input: str
    reference: str
    evaluation_metric: Literal[
        "cosine",
        "fuzzy_match",
        "bleu",
        "gleu",
        "meteor",
        "rouge_1",
        "rouge_2",
        "rouge_3",
        "rouge_4",
        "rouge_5",
        "rouge_l",
    ]


class JudgeMessage(BaseModel):
    """What a judge is told."""

    model_config = _STRICT
    role: Literal["user", "assistant", "system", "developer"]
    content: str
    type: Literal["message"] | None = None


class Sampling(BaseModel):
    """How a judge answers."""

    model_config = _STRICT
    max_completions_tokens: int | None = None
    seed: int | None = None
    temperature: float | None = None
    top_p: float | None = None


class ScoreModel(BaseModel):
    """A model judges; the last number in its answer is the score, brought from `range` to 0 … 1."""

    model_config = _STRICT
    type: Literal["score_model"]
    name: str
    model: str
    input: list[JudgeMessage]
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    sampling_params: Sampling | None = None


class PythonCode(BaseModel):
    """Code that would be run; it can be described but not used here."""

    model_config = _STRICT
    type: Literal["python"]
    name: str
    source: str
    image_tag: str | None = None


Single = Annotated[StringCheck | TextSimilarity | ScoreModel | PythonCode, Field(discriminator="type")]


class Multi(BaseModel):
    """Several graders whose scores a formula brings together; a single grader is known in it by its own name."""

    model_config = _STRICT
    type: Literal["multi"]
    name: str
    graders: Single | dict[str, Single]
    calculate_output: Annotated[str, Field(max_length=MAX_FORMULA)]

    def named(self) -> Mapping[str, StringCheck | TextSimilarity | ScoreModel | PythonCode]:
        """The graders by the names that the formula uses."""
        return self.graders if isinstance(self.graders, dict) else {self.graders.name: self.graders}


Grader = Annotated[StringCheck | TextSimilarity | ScoreModel | PythonCode | Multi, Field(discriminator="type")]
