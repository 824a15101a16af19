"""The record of a recommendation: the contract's keys, the same from every side."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from advisor import Recommendation, load_case, recommend
from advisor.derived import APPROACHES, TECHNIQUES
from advisor.files import content, load_life_cycle, load_market, load_rulebook
from advisor.recommendation import recommend as recommend_core
from advisor.record import plain

TODAY = date(2026, 11, 21)
KEYS = (
    "schema title as_of status recommendation possible reasons rejected next_questions flips flags checklists roadmap "
    "costs life_cycle evidence"
).split()


def worked_cases() -> list[str]:
    """Names of the worked cases."""
    return sorted(path.stem for path in content("examples").glob("*.yaml") if not path.stem.endswith(".expected"))


def as_json(name: str) -> dict[str, Any]:
    """The recommendation for a worked case as parsed JSON."""
    found: dict[str, Any] = json.loads(recommend(load_case(content("examples") / f"{name}.yaml")).model_dump_json())
    return found


@pytest.mark.parametrize("name", worked_cases())
def test_record_has_the_keys_of_the_contract(name: str) -> None:
    """Every key of advisor/recommendation/v1 is there, with the contract's names inside."""
    found = as_json(name)
    assert set(KEYS) <= set(found)
    assert found["schema"] == "advisor/recommendation/v1"
    assert found["status"] in ("decided", "open")
    assert {"approach", "technique", "also", "summary"} <= set(found["recommendation"])
    assert found["recommendation"]["approach"] in found["possible"]
    assert (len(found["possible"]) == 1) == (found["status"] == "decided")
    for reason in found["reasons"]:
        assert {"rule", "because", "why", "source"} <= set(reason)
        assert all(set(item) == {"answer", "is"} for item in reason["because"])
        assert reason["source"]
    for rejected in found["rejected"]:
        assert {"approach", "rule", "why", "source"} <= set(rejected)
    for step in found["roadmap"]:
        assert {"step", "approach", "what", "exit_criterion", "weeks"} <= set(step)
        assert set(step["weeks"]) == {"from", "to"}
        assert step["weeks"]["from"] <= step["weeks"]["to"]
    assert set(found["checklists"]) == {"before", "during", "after"}
    for event in found["life_cycle"]:
        assert {"model", "event", "on", "days_left", "effect", "source"} <= set(event)
        assert (date.fromisoformat(event["on"]) - date.fromisoformat(found["as_of"])).days == event["days_left"]
    for result in found["evidence"]:
        assert {"id", "claim", "numbers", "source", "as_of"} <= set(result)


@pytest.mark.parametrize("name", worked_cases())
def test_every_other_approach_is_rejected_with_a_reason(name: str) -> None:
    """Each approach is recommended, possible, added, or rejected with a reason and a source."""
    found = as_json(name)
    kept = {found["recommendation"]["approach"], *found["possible"], *found["recommendation"]["also"]}
    rejected = {item["approach"] for item in found["rejected"]}
    assert kept | rejected == set(APPROACHES)
    assert not kept & rejected
    assert all(item["why"] and item["source"] for item in found["rejected"])


@pytest.mark.parametrize("name", worked_cases())
def test_every_source_is_resolved(name: str) -> None:
    """Every source id in reasons, rejections and flags is explained under `sources`."""
    found = as_json(name)
    named = {source for item in [*found["reasons"], *found["rejected"], *found["flags"]] for source in item["source"]}
    assert named == {source["id"] for source in found["sources"]}
    assert all(source["says"] and source["read_in"] for source in found["sources"])


def test_pydantic_record_equals_the_plain_one() -> None:
    """The command line's JSON and the pydantic model's are the same."""
    case = load_case(content("examples") / "pizzeria.yaml")
    market = load_market()
    record = recommend_core(case, load_rulebook(), load_life_cycle(), TODAY, market)
    assert plain(record) == recommend(case, as_of=TODAY).model_dump(mode="json")


def test_pydantic_record_is_frozen_strict_and_reads_back() -> None:
    """The model cannot be changed, refuses extra fields, and validates its own JSON."""
    result = recommend(load_case(content("examples") / "pizzeria.yaml"), as_of=TODAY)
    with pytest.raises(ValidationError):
        result.__setattr__("status", "open")
    again = Recommendation.model_validate_json(result.model_dump_json())
    assert again.model_dump_json() == result.model_dump_json()
    with pytest.raises(ValidationError):
        Recommendation.model_validate({**result.model_dump(mode="json"), "more": 1})


def test_same_case_same_bytes() -> None:
    """Two runs give the same JSON to the byte."""
    assert as_json("legal-document-analyser") == as_json("legal-document-analyser")


def test_as_of_comes_from_the_argument_then_the_case() -> None:
    """The argument wins over the case's own day."""
    case = load_case({"as_of": "2024-09-01", "need": {"gaps": ["none"]}})
    assert recommend(case).as_of == date(2024, 9, 1)
    assert recommend(case, as_of=TODAY).as_of == TODAY


def test_open_case_lists_what_it_assumed() -> None:
    """A provisional approach rests on listed assumptions, and is one of those possible."""
    result = recommend(load_case({"need": {"gaps": ["facts"]}}), as_of=TODAY)
    assert result.status == "open"
    assert result.recommendation.approach in result.possible
    assumed = {item.answer for item in result.recommendation.assuming}
    assert "need.must_cite" in assumed
    assert "need.gaps" not in assumed
    assert all(item.because for item in result.recommendation.assuming)


def test_vocabularies_are_the_contract_s() -> None:
    """Approaches and techniques are those of the contract; null stands for no technique."""
    assert set(APPROACHES) == set(
        "prompt few_shot rag assistant fine_tune fine_tune_rag distil preference_tune reinforcement_tune pretrain "
        "define_metric gather_data".split()
    )
    assert set(TECHNIQUES) - {"none"} == set(
        "api_sft lora qlora full instruction_tuning dpo rlhf rft constitutional continued_pretraining".split()
    )
