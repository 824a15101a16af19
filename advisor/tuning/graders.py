"""Graders as OpenAI describes them: a sample and an item go in, a reward between 0 and 1 comes out."""

from __future__ import annotations

import ast
import json
import math
import operator
import re
import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from advisor.errors import InputError
from advisor.tuning import text_similarity as similarity
from advisor.tuning.embedding import Embedder
from advisor.tuning.trainer import Asked, Model

_STRICT: Final = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
_TEMPLATE: Final = re.compile(r"\{\{\s*(item|sample)\.([A-Za-z0-9_.]+)\s*\}\}")
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?")
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


class Graded(NamedTuple):
    """The reward, the rewards of the graders inside, and tokens that judges used by model."""

    reward: float
    sub_rewards: Mapping[str, float]
    judge_tokens: Mapping[str, int]
    seconds: float


class GraderTools(NamedTuple):
    """What graders may need: models by name (raises ModelNameError) and vectors of texts."""

    model: Callable[[str], Model]
    embedder: Embedder


def check_grader(grader: Any) -> None:
    """Raise InputError for a grader that could not be run: code, an unknown measure, a formula that does not hold."""
    if isinstance(grader, PythonCode):
        raise InputError(
            "python graders are not run here, since their code could do anything on this machine",
            where=f"grader {grader.name}",
            what_to_do="use string_check, text_similarity, score_model or multi",
        )
    if isinstance(grader, TextSimilarity) and grader.evaluation_metric == "meteor":
        raise InputError(
            "meteor needs a dictionary of synonyms that is not shipped",
            where=f"grader {grader.name}",
            what_to_do="use rouge_l, gleu or cosine",
        )
    if isinstance(grader, ScoreModel) and grader.range and grader.range[0] >= grader.range[1]:
        raise InputError("the range must begin below its end", where=f"grader {grader.name}", what_to_do="swap them")
    if isinstance(grader, Multi):
        for inner in grader.named().values():
            check_grader(inner)
        formula(grader.calculate_output, dict.fromkeys(grader.named(), 0.5))


def grade(grader: Any, sample: str, item: Mapping[str, Any], tools: GraderTools) -> Graded:
    """Grade one sample. Raises InputError for graders that cannot run and for names that the item does not have."""
    check_grader(grader)
    begun = time.perf_counter()
    tokens: dict[str, int] = {}
    if isinstance(grader, Multi):
        parts = {name: _score(inner, sample, item, tools, tokens) for name, inner in grader.named().items()}
        return Graded(formula(grader.calculate_output, parts), parts, tokens, time.perf_counter() - begun)
    reward = _score(grader, sample, item, tools, tokens)
    return Graded(reward, {}, tokens, time.perf_counter() - begun)


def _score(grader: Any, sample: str, item: Mapping[str, Any], tools: GraderTools, tokens: dict[str, int]) -> float:
    if isinstance(grader, ScoreModel):
        return _judged(grader, sample, item, tools, tokens)
    text, reference = filled(grader.input, sample, item), filled(grader.reference, sample, item)
    if isinstance(grader, StringCheck):
        return float(_OPERATIONS[grader.operation](text, reference))
    metric = grader.evaluation_metric
    if metric == "cosine":
        first, second = tools.embedder.embed([text, reference])
        return float(first @ second)
    if metric.startswith("rouge_") and metric != "rouge_l":
        return similarity.rouge_n(text, reference, int(metric.removeprefix("rouge_")))
    return _MEASURES[metric](text, reference)


_OPERATIONS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "like": lambda text, reference: reference in text,
    "ilike": lambda text, reference: reference.casefold() in text.casefold(),
}
_MEASURES: Final = {
    "fuzzy_match": similarity.fuzzy_match,
    "bleu": similarity.bleu,
    "gleu": similarity.gleu,
    "rouge_l": similarity.rouge_l,
}


def _judged(
    grader: ScoreModel, sample: str, item: Mapping[str, Any], tools: GraderTools, tokens: dict[str, int]
) -> float:
    sampling = grader.sampling_params or Sampling()
    answer = tools.model(grader.model).answer(
        Asked(
            [{"role": message.role, "content": filled(message.content, sample, item)} for message in grader.input],
            max_tokens=sampling.max_completions_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
        )
    )
    tokens[grader.model] = tokens.get(grader.model, 0) + answer.prompt_tokens + answer.completion_tokens
    numbers = _NUMBER.findall(answer.text)
    if not numbers:
        raise InputError(
            f"the judge {grader.model} answered without a number: {answer.text[:80]!r}",
            where=f"grader {grader.name}",
            what_to_do="ask it for a number alone",
        )
    low, high = grader.range or (0.0, 1.0)
    return min(1.0, max(0.0, (float(numbers[-1]) - low) / (high - low)))


def filled(template: str, sample: str, item: Mapping[str, Any]) -> str:
    """`template` with `{{ item.name }}`, `{{ sample.output_text }}` and `{{ sample.output_json.name }}` filled in."""

    def value(match: re.Match[str]) -> str:
        kind, path = match[1], match[2].split(".")
        found: Any = item if kind == "item" else _sample(sample, path[0])
        for key in path:
            if not isinstance(found, Mapping) or key not in found:
                raise InputError(
                    f"there is no {kind}.{match[2]}",
                    where=match[0],
                    what_to_do=f"name one of {', '.join(map(str, found)) or 'none'}"
                    if isinstance(found, Mapping)
                    else "correct the template",
                )
            found = found[key]
        return found if isinstance(found, str) else json.dumps(found)

    return _TEMPLATE.sub(value, template)


def _sample(sample: str, key: str) -> Mapping[str, Any]:
    if key != "output_json":
        return {"output_text": sample}
    try:
        return {"output_json": json.loads(sample)}
    except ValueError:
        raise InputError("the sample is no JSON", where="sample.output_json", what_to_do="use output_text") from None


_BINARY: Final[Mapping[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}
_FUNCTIONS: Final[Mapping[str, Callable[..., float]]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "log": math.log,
}


def formula(text: str, values: Mapping[str, float]) -> float:
    """The value of an arithmetic formula over `values`: + - * / ^ and a few functions. Raises InputError."""
    advice = f"use numbers, {', '.join(sorted(values))}, + - * / ^ and {', '.join(_FUNCTIONS)}"
    try:
        result = _value(ast.parse(text.strip().replace("^", "**"), mode="eval").body, values)
    except (SyntaxError, ArithmeticError, ValueError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise InputError(f"the formula {text!r} cannot be worked out: {error}", what_to_do=advice) from None
    if not math.isfinite(result):
        raise InputError(f"the formula {text!r} has no finite value", what_to_do=advice)
    return result


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _value(node.operand, values)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _BINARY[type(node.op)](_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return float(_FUNCTIONS[node.func.id](*(_value(argument, values) for argument in node.args)))
    raise ValueError(f"{ast.unparse(node)} is not allowed")
