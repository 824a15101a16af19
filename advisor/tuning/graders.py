"""Graders as OpenAI describes them: a sample and an item go in, a reward between 0 and 1 comes out."""

from __future__ import annotations

import json
import operator
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from advisor.errors import InputError
from advisor.tuning import text_similarity as similarity
from advisor.tuning.embedding import Embedder
from advisor.tuning.grader_formula import formula
from advisor.tuning.grader_kinds import Multi, PythonCode, Sampling, ScoreModel, StringCheck, TextSimilarity
from advisor.tuning.trainer import Asked, Model

_TEMPLATE: Final = re.compile(r"\{\{\s*(item|sample)\.([A-Za-z0-9_.]+)\s*\}\}")
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?")


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
