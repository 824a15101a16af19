"""Conditions, answers and approaches in words that a client can read."""

from __future__ import annotations

import re
from datetime import date

import pytest

from advisor.case import Case
from advisor.files import load_life_cycle, load_rulebook
from advisor.question import UNKNOWN, Answer
from advisor.recommendation import recommend
from advisor.report.content import rejections_section

RULES = load_rulebook()
RAW = re.compile(r"\b[a-z]+\.[a-z_]+\b|\b[a-z]+_[a-z_]+\b|[≥≤<>]")  # ids of answers and options, and operators


def why_not(answers: dict[str, Answer]) -> dict[str, str]:
    """Why each approach is ruled out."""
    record = recommend(Case("", "", None, answers), RULES, load_life_cycle(), date(2026, 11, 21))
    return {item.approach: item.why for item in record.rejected if item.why.startswith("Not needed here")}


def test_a_rule_that_does_not_hold_is_a_sentence() -> None:
    """Worked by hand from the first rule for each approach: what would have to be answered for it."""
    said = why_not(
        {
            "task.kind": "extraction",
            "task.generic": False,
            "task.outputs_checkable": False,
            "need.gaps": ("format",),
            "tried.few_shot": "none",
            "data.examples": 300,
            "success.metric_defined": True,
        }
    )
    assert said["fine_tune"] == (
        "Not needed here: the answer to “What kind of task is it?” would have to be Classification."
    )
    said = why_not({"task.kind": "question_answering", "need.gaps": ("facts",), "data.examples": 20})
    gaps = "the answer to “What does today's model fall short of?” would have to"
    assert said["preference_tune"] == (
        f"Not needed here: {gaps} include Complex format, Style, Domain language, New skill or Format, and {gaps} be "
        "without Facts."
    )


@pytest.mark.parametrize("gap", ["facts", "format", "complex_format", "style", "new_skill", "cost", "none"])
@pytest.mark.parametrize("examples", [10, 300, 5_000])
def test_no_report_has_raw_conditions(gap: str, examples: int) -> None:
    """Neither ids of answers, of options or of approaches nor operators stand in the section of a report."""
    answers: dict[str, Answer] = {
        "task.kind": "classification",
        "task.labels": 12,
        "task.generic": False,
        "need.gaps": (gap,),
        "data.examples": examples,
        "traffic.requests_per_month": 20_000,
        "knowledge.update_frequency": "weekly",
        "success.metric_defined": True,
        "data.reviewed": UNKNOWN,
    }
    record = recommend(Case("", "", None, answers), RULES, load_life_cycle(), date(2026, 11, 21))
    for item in rejections_section(record, RULES.wording).items:
        for text in (item.text, *(detail.partition(" [")[0] for detail in item.details)):
            assert not RAW.search(text), text


def test_answers_are_told_with_labels_and_units() -> None:
    """Options as words, truth as yes and no, numbers with commas and units, states in words."""
    value = RULES.wording.value
    assert value("task.kind", "question_answering") == "Question answering"
    assert value("need.gaps", ["facts", "new_skill"]) == "Facts, New skill"
    assert value("task.generic", False) == "no"
    assert value("traffic.requests_per_month", 20_000) == "20,000 requests a month"
    assert value("task.kind", "unknown") == "not known" and value("task.kind", "n/a") == "does not apply"
    assert value("task.description", "sort_mail") == "sort_mail"
    assert RULES.wording.approach("fine_tune_rag") == RULES.approaches["fine_tune_rag"].name
