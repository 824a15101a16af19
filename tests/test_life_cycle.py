"""Models and tuning services on a day: open, closing, gone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from advisor import load_case, recommend
from advisor.case import Case
from advisor.cost.life_cycle import base_name, months
from advisor.derived import memory_fits, params_in_name
from advisor.errors import InputError
from advisor.files import content, load_life_cycle
from advisor.question import Answer

LIFE_CYCLE = load_life_cycle()
TODAY = date(2026, 11, 21)
TUNABLE: dict[str, Answer] = {
    "task.kind": "extraction",
    "task.generic": False,
    "need.gaps": ("complex_format",),
    "tried.prompt": "exhausted",
    "tried.few_shot": "exhausted",
    "data.examples": 400,
    "success.metric_defined": True,
    "horizon.months": 24,
    "team.skills": "software",
    "knowledge.update_frequency": "never",
    "task.outputs_checkable": False,
    "constraints.data_may_leave": "any_provider",
    "constraints.gpu_memory_gb": 0,
    "data.preference_pairs": 0,
}


def case(**more: Answer) -> Case:
    """A case that points to tuning, with some answers replaced (dots written as double underscores)."""
    answers = {**TUNABLE, **{name.replace("__", "."): value for name, value in more.items()}}
    return Case("", "", None, answers)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-4o-mini", "openai"),
        ("openai/gpt-4o-mini", "openai"),
        ("ft:gpt-4o-mini-2024-07-18:org::id", "openai"),
        ("claude-sonnet-4-5", "anthropic"),
        ("hf/meta-llama/Llama-3.1-8B-Instruct", "open_weights"),
        ("Qwen3-8B", "open_weights"),
        ("something-else", "other"),
    ],
)
def test_provider_is_read_off_the_id(model: str, provider: str) -> None:
    """Plain ids, provider/model, hf/NAME and ft: ids are recognised."""
    assert LIFE_CYCLE.provider_of(model) == provider


def test_a_tuned_model_ends_with_its_base() -> None:
    """ft:gpt-4o-mini… is shut down on the day its base is, 54 days after 2026-11-21."""
    event = LIFE_CYCLE.shutdown_of("ft:gpt-4o-mini-2024-07-18:org::id")
    assert event is not None
    assert event.on == date(2027, 1, 14)
    assert event.days_left(TODAY) == 54
    assert base_name("ft:gpt-4o-mini-2024-07-18:org::id") == "gpt-4o-mini-2024-07-18"


@pytest.mark.parametrize(
    ("day", "recent_user", "closed"),
    [
        (date(2024, 9, 1), False, False),
        (date(2026, 5, 6), False, False),
        (date(2026, 5, 7), False, True),
        (date(2026, 5, 7), True, False),
        (date(2027, 1, 5), True, False),
        (date(2027, 1, 6), True, True),
    ],
)
def test_hosted_tuning_closes_in_steps(day: date, recent_user: bool, closed: bool) -> None:
    """Newcomers are refused from 2026-05-07, everybody from 2027-01-06, on the very day."""
    assert (LIFE_CYCLE.tuning_closed("openai", day, recent_user=recent_user) is not None) is closed


def test_same_case_gets_another_technique_on_another_day() -> None:
    """On 2024-09-01 tuning at the provider is open; on 2026-11-21 the adapter is on open weights, and K-1 says why."""
    then = recommend(case(models__base="gpt-4o-mini"), as_of=date(2024, 9, 1))
    now = recommend(case(models__base="gpt-4o-mini"), as_of=TODAY)
    assert (then.recommendation.technique, now.recommendation.technique) == ("api_sft", "lora")
    assert then.recommendation.base_model is not None
    assert then.recommendation.base_model.id == "gpt-4o-mini-2024-07-18"
    flag = next(flag for flag in now.flags if flag.id == "hosted_tuning_is_closing")
    assert flag.source == ("K-1",)
    assert not [flag for flag in then.flags if flag.id == "hosted_tuning_is_closing"]
    lives = next(event for event in now.life_cycle if event.model == "gpt-4o-mini-2024-07-18")
    assert lives.days_left == 54


def test_a_model_that_did_not_exist_yet_is_not_suggested() -> None:
    """On 2024-03-01 neither gpt-4o-mini nor Llama 3.1 is named."""
    result = recommend(case(), as_of=date(2024, 3, 1))
    assert result.recommendation.base_model is not None
    assert result.recommendation.base_model.id == "gpt-3.5-turbo"


@pytest.mark.parametrize("day", [date(2023, 1, 1), date(2024, 9, 1), TODAY, date(2028, 1, 1)])
def test_data_that_stays_never_goes_to_an_api(day: date) -> None:
    """On premises the technique is never the hosted one, on any day."""
    assert recommend(case(constraints__data_may_leave="on_premises"), as_of=day).recommendation.technique != "api_sft"


def test_memory_decides_between_lora_and_qlora() -> None:
    """8B in 16 bits needs more than 16 GB; 24 GB hold it; 70B does not fit 24 GB even in 4 bits (K-2)."""
    named = "hf/meta-llama/Llama-3.1-8B-Instruct"
    small = recommend(case(models__to_tune=named, constraints__gpu_memory_gb=16), as_of=TODAY)
    enough = recommend(case(models__to_tune=named, constraints__gpu_memory_gb=24), as_of=TODAY)
    assert (small.recommendation.technique, enough.recommendation.technique) == ("qlora", "lora")
    large = recommend(
        case(models__to_tune="hf/meta-llama/Llama-3.3-70B-Instruct", constraints__gpu_memory_gb=24), as_of=TODAY
    )
    assert "seventy_billion_in_24_gb" in [flag.id for flag in large.flags]
    assert memory_fits(case(constraints__gpu_memory_gb=24), Decimal(70))["memory.qlora_fits"] is False
    assert large.recommendation.technique == "lora"


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("hf/meta-llama/Llama-3.1-8B-Instruct", "8"),
        ("hf/Qwen/Qwen3-4B-Instruct-2507", "4"),
        ("SmolLM2-135M", "0.135"),
        ("Llama-3.2-1.5B", "1.5"),
        ("gpt-4o-mini-2024-07-18", None),
        ("", None),
    ],
)
def test_size_is_read_off_the_name(name: str, size: str | None) -> None:
    """Billions of parameters by the name, and nothing where it does not say."""
    found = params_in_name(name)
    assert (None if found is None else str(found)) == size


def test_months_are_days_over_30_4375() -> None:
    """54 days are 1.7 months: 54 / 30.4375 = 1.774, rounded down."""
    assert str(months(54)) == "1.7"


def test_a_shutdown_inside_the_horizon_is_flagged() -> None:
    """gpt-4o-mini ends 54 days after 2026-11-21: inside 24 months, not inside one."""
    flagged = recommend(case(models__base="gpt-4o-mini", horizon__months=24), as_of=TODAY)
    spared = recommend(case(models__base="gpt-4o-mini", horizon__months=1), as_of=TODAY)
    assert "model_ends_inside_the_horizon" in [flag.id for flag in flagged.flags]
    assert "model_ends_inside_the_horizon" not in [flag.id for flag in spared.flags]
    gone = recommend(case(models__base="gpt-3.5-turbo"), as_of=TODAY)
    assert "model_is_gone" in [flag.id for flag in gone.flags]


def test_a_wrong_date_in_the_file_is_named(tmp_path: Path) -> None:
    """A day that does not exist in life_cycle.yaml is an error with file and line."""
    text = (content("pricing") / "life_cycle.yaml").read_text(encoding="utf-8").replace("2027-01-06", "2027-02-30")
    path = tmp_path / "life_cycle.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"life_cycle.yaml:\d+: on: \"2027-02-30\" is not a date that exists"):
        load_life_cycle(path)


def test_a_later_entry_for_a_model_holds() -> None:
    """A correction appended to the file replaces the day that stood there before."""
    first = LIFE_CYCLE.shutdown_of("gpt-5.1")
    assert first is not None
    moved = first._replace(id="gpt_5_1_ends_later", on=date(2027, 6, 1))
    corrected = LIFE_CYCLE._replace(events=(*LIFE_CYCLE.events, moved))
    assert corrected.shutdown_of("gpt-5.1") == moved


def test_load_case_and_recommend_take_a_mapping() -> None:
    """The Python face takes nested mappings as well as paths."""
    result = recommend(load_case({"need": {"gaps": ["none"]}}), as_of=TODAY)
    assert result.recommendation.approach == "prompt"
    assert "prompt" in result.possible


def test_a_model_at_another_provider_lives_by_that_providers_dates() -> None:
    """Azure's service is taken where it is named, and never suggested; OpenAI's closing does not end it."""
    named = recommend(case(models__to_tune="azure/gpt-4.1-mini"), as_of=TODAY)
    assert named.recommendation.technique == "api_sft" and named.recommendation.base_model is not None
    assert named.recommendation.base_model.id == "azure/gpt-4.1-mini"
    assert recommend(case(), as_of=TODAY).recommendation.technique == "lora"
    assert LIFE_CYCLE.shutdown_of("azure/gpt-4.1-nano") is None
    assert LIFE_CYCLE.shutdown_of("openai/gpt-4.1-nano") == LIFE_CYCLE.shutdown_of("gpt-4.1-nano") is not None
