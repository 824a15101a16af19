"""Cases: four states of an answer that are never mixed up, and contradictions that are named."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from advisor import load_case, recommend
from advisor.case import as_mapping
from advisor.case_schema import case_model
from advisor.errors import InputError
from advisor.files import load_questions
from advisor.question import NOT_APPLICABLE, UNKNOWN

QUESTIONS = load_questions()
MODEL = case_model(QUESTIONS)


def test_four_states_are_kept_apart() -> None:
    """Given, unknown, n/a and absent stay what they are, and none of them is filled in."""
    case = load_case({"data": {"examples": 0, "reviewed": "unknown", "preference_pairs": "n/a", "file": None}})
    assert case.answers == {"data.examples": 0, "data.reviewed": UNKNOWN, "data.preference_pairs": NOT_APPLICABLE}
    assert case.given("data.examples") == 0
    assert case.given("data.reviewed") is case.given("data.preference_pairs") is case.given("data.file") is None


def test_a_written_case_reads_back_the_same() -> None:
    """The mapping that is saved holds the same answers in all their states."""
    content: dict[str, Any] = {
        "title": "t",
        "as_of": "2026-11-21",
        "need": {"gaps": ["facts", "style"]},
        "tried": {"prompt": "no", "rag": "unknown"},
        "traffic": {"growth_per_month": Decimal("0.05")},
        "task": {"labels": "n/a"},
    }
    case = load_case(content)
    again = load_case(as_mapping(case))
    assert (again.answers, again.as_of, again.title) == (case.answers, case.as_of, case.title)


def test_a_unquoted_yes_is_true_only_where_truth_is_meant(tmp_path: Any) -> None:
    """`yes` is true for a yes/no question, and an error for a choice."""
    path = tmp_path / "case.yaml"
    path.write_text("task: {generic: yes}\n", encoding="utf-8")
    assert load_case(path).given("task.generic") is True
    path.write_text("tried:\n  prompt: no\n", encoding="utf-8")
    with pytest.raises(InputError, match=r'case.yaml:2: tried.prompt: .*\n.*write it in quotes: "no"'):
        load_case(path)


def test_no_is_refused_even_where_it_is_no_option(tmp_path: Any) -> None:
    """A bare no for an option that does not exist lists the options."""
    path = tmp_path / "case.yaml"
    path.write_text("task: {kind: no}\n", encoding="utf-8")
    with pytest.raises(InputError, match="choose one of classification"):
        load_case(path)


@pytest.mark.parametrize(
    ("answers", "contradiction"),
    [
        ({"data": {"examples": 0, "reviewed": True}}, "no_examples_yet_reviewed"),
        ({"task": {"kind": "classification", "labels": 1}}, "one_class_only"),
        ({"success": {"baseline": 0.9, "target": 0.8}, "need": {"gaps": ["style"]}}, "target_already_reached"),
        ({"data": {"examples": 40}, "success": {"test_examples": 50}}, "more_test_items_than_examples"),
        ({"need": {"gaps": ["none", "facts"]}}, "none_beside_a_gap"),
        ({"task": {"labels": 4, "kind": "conversation"}}, "classes_without_classification"),
        ({"success": {"metric_defined": False, "target": 0.9}}, "metric_named_but_not_defined"),
    ],
)
def test_contradictions_are_named(answers: dict[str, Any], contradiction: str) -> None:
    """Answers that cannot all be right are named in the result, with the answers, and nothing is corrected."""
    found = {item.id: item for item in recommend(load_case(answers)).contradictions}
    assert contradiction in found
    assert found[contradiction].answers


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(allow_nan=True, allow_infinity=True, width=16),
    st.sampled_from(["unknown", "n/a", "no", "facts", "code", "exhausted", "", "x", "5"]),
    st.lists(st.sampled_from(["facts", "style", "unknown", "x"]), max_size=3),
)


@pytest.mark.slow
@settings(max_examples=600, deadline=None, derandomize=True)
@given(name=st.sampled_from(sorted(QUESTIONS)), value=VALUES)
def test_pydantic_model_and_reader_accept_the_same(name: str, value: Any) -> None:
    """What `load_case` takes the pydantic model takes, and what the one refuses the other refuses."""
    group, _, part = name.partition(".")
    content = {group: {part: value}}
    try:
        load_case(content)
        ours = True
    except InputError:
        ours = False
    try:
        MODEL.model_validate(content)
        theirs = True
    except ValidationError:
        theirs = False
    assert ours == theirs, f"{name}={value!r}: load_case {ours}, pydantic {theirs}"
