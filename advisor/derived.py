"""Values derived from a case and a day, for rules to test beside the answers.

Each is a `Question` by name and type, so that rule files may use it and are checked against it. A value is missing
where the answers that it needs are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from advisor.case import Case
from advisor.cost.life_cycle import DAYS_PER_MONTH, LifeCycle, TuningService, months
from advisor.question import NOT_APPLICABLE, Answer, Question

TECHNIQUES: Final = (
    "none",
    "api_sft",
    "lora",
    "qlora",
    "full",
    "instruction_tuning",
    "dpo",
    "rlhf",
    "rft",
    "constitutional",
    "continued_pretraining",
)
BASE_MODELS: Final = ("none", "as_named", "linear_head", "hosted", "small_open", "medium_open", "large_open")
APPROACHES: Final = (
    "define_metric",
    "gather_data",
    "prompt",
    "few_shot",
    "rag",
    "assistant",
    "fine_tune",
    "fine_tune_rag",
    "distil",
    "preference_tune",
    "reinforcement_tune",
    "pretrain",
)

# GB of memory per billion parameters, as published: LoRA 350 GB for 175B (arXiv 2106.09685); QLoRA 48 GB and training
# all weights 780 GB for 65B (arXiv 2305.14314). They only say what certainly does not fit.
LORA_GB_PER_B: Final = Decimal("2.0")
QLORA_GB_PER_B: Final = Decimal("0.74")
FULL_GB_PER_B: Final = Decimal("12")


def _question(name: str, kind: str, meaning: str, options: tuple[str, ...] = (), unit: str = "") -> Question:
    return Question(name, kind, meaning, "", dict.fromkeys(options, ""), None, None, unit, None, None)


DERIVED: Final[Mapping[str, Question]] = {
    question.name: question
    for question in (
        _question("chosen.approach", "choice", "the approach chosen", APPROACHES),
        _question("chosen.base_model", "choice", "the kind of base model chosen", BASE_MODELS),
        _question("chosen.technique", "choice", "the technique chosen", TECHNIQUES),
        _question(
            "tuning.hosted_months_left",
            "number",
            "months that a model tuned today at its provider would live; 0 where no job can be started",
            unit="months",
        ),
        _question("tuning.named_model_is_open", "bool", "the model to be tuned has open weights"),
        _question("tuning.hosted_has_opened", "bool", "a hosted tuning service had opened by this day"),
        _question("tuning.model_is_named", "bool", "the case names the model to be tuned"),
        _question("tuning.names_openai", "bool", "a model named in the case is OpenAI's"),
        _question("tuning.named_params_b", "number", "size of the model to be tuned, by its name", unit="billions"),
        _question("memory.lora_fits", "bool", "LoRA in 16 bits may fit the largest own card"),
        _question("memory.qlora_fits", "bool", "QLoRA in 4 bits may fit the largest own card"),
        _question("memory.full_fits", "bool", "training all weights may fit the largest own card"),
        _question("life_cycle.ends_inside_horizon", "bool", "a model named in the case ends before the use does"),
        _question("success.still_missing", "number", "target less today's result"),
        _question("data.left_to_train_on", "number", "examples less those held out"),
        _question("chosen.weeks_late", "number", "weeks by which the road map's last step begins after the deadline"),
        _question("cost.one_time_over_budget_usd", "number", "median one-time cost less the budget", unit="USD"),
        _question("cost.monthly_over_budget_usd", "number", "median monthly cost less the monthly budget", unit="USD"),
        _question("life_cycle.already_ended", "bool", "a model named in the case was already shut down"),
    )
}


# The answers that a derived value compares, to be named where the value decides; of two the first is taken off.
READS: Final[Mapping[str, tuple[str, ...]]] = {
    "success.still_missing": ("success.baseline", "success.target"),
    "data.left_to_train_on": ("success.test_examples", "data.examples"),
    "chosen.weeks_late": ("constraints.deadline_weeks",),
    "cost.one_time_over_budget_usd": ("constraints.budget_usd",),
    "cost.monthly_over_budget_usd": ("constraints.monthly_budget_usd",),
}


def derive(case: Case, life_cycle: LifeCycle, as_of: date) -> dict[str, Answer]:
    """The derived values that `case` allows on `as_of`; those of `chosen.*` are added once they are chosen."""
    named = case.given("models.to_tune")
    name = str(named) if named is not None else ""
    models = named_models(case)
    derived: dict[str, Answer] = {
        "tuning.named_model_is_open": bool(name) and life_cycle.provider_of(name) == "open_weights",
        "tuning.model_is_named": bool(name),
        "tuning.hosted_has_opened": any(service.tunable_from <= as_of for service in life_cycle.services),
        "tuning.names_openai": any(life_cycle.provider_of(model) == "openai" for model in models),
    }
    if derived["tuning.named_model_is_open"]:
        derived["tuning.hosted_months_left"] = NOT_APPLICABLE
    else:
        hosted = hosted_model(case, life_cycle, as_of)
        derived["tuning.hosted_months_left"] = months(hosted[1]) if hosted else Decimal(0)
    params_b = params_in_name(name)
    derived["tuning.named_params_b"] = params_b if params_b is not None else NOT_APPLICABLE
    for result in ("success.still_missing", "data.left_to_train_on"):
        small, large = map(case.given, READS[result])
        if isinstance(small, int | Decimal) and isinstance(large, int | Decimal):
            derived[result] = Decimal(large) - small
    ends = [event.on for model in models if (event := life_cycle.shutdown_of(model))]
    derived["life_cycle.already_ended"] = any(end <= as_of for end in ends)
    horizon_months = case.given("horizon.months")
    if isinstance(horizon_months, int | Decimal):
        days = min(int(horizon_months * DAYS_PER_MONTH), 36_500)
        derived["life_cycle.ends_inside_horizon"] = any(as_of < end <= as_of + timedelta(days) for end in ends)
    return derived


def memory_fits(case: Case, params_b: Decimal) -> dict[str, Answer]:
    """The derived values `memory.*` for a base model of `params_b` billion parameters on the largest own card."""
    gpu_memory_gb = case.given("constraints.gpu_memory_gb")
    if not isinstance(gpu_memory_gb, int | Decimal):
        return {}
    per_b = {"lora": LORA_GB_PER_B, "qlora": QLORA_GB_PER_B, "full": FULL_GB_PER_B}
    return {f"memory.{method}_fits": params_b * gb_per_b < gpu_memory_gb for method, gb_per_b in per_b.items()}


def hosted_model(case: Case, life_cycle: LifeCycle, as_of: date) -> tuple[TuningService, int] | None:
    """The hosted model that this case could tune on `as_of`, the named one if one is named, and its days of life."""
    named = case.given("models.to_tune")
    recent_user = is_recent_user(case, life_cycle)
    return life_cycle.hosted_choice(as_of, None if named is None else str(named), recent_user=recent_user)


def named_models(case: Case) -> list[str]:
    """Every model id that the case names: today's, the one to tune, and tuned ones in use."""
    models = [str(value) for name in ("models.base", "models.to_tune") if (value := case.given(name)) is not None]
    tuned = case.given("models.tuned_in_use")
    return [*models, *(tuned if isinstance(tuned, tuple) else ())]


def is_recent_user(case: Case, life_cycle: LifeCycle) -> bool:
    """Whether the case names an OpenAI model tuned before and in use, whose owner keeps access the longest."""
    tuned = case.given("models.tuned_in_use")
    return isinstance(tuned, tuple) and any(life_cycle.provider_of(model) == "openai" for model in tuned)


def params_in_name(model: str) -> Decimal | None:
    """Billions of parameters as the name says (`Llama-3.1-8B` is 8, `SmolLM2-135M` is 0.135); None if it does not."""
    match = re.search(r"(?<![\w.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", model.replace("_", "-").lower())
    if not match:
        return None
    size = Decimal(match[1])
    return size if match[2] == "b" else size / 1000
