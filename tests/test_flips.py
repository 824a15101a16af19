"""What would change the answer: every flip does what it says, and no single one is left out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from advisor.case import as_mapping, case_from_document
from advisor.decision.flips import Flip, find_flips
from advisor.question import NOT_APPLICABLE, UNKNOWN, Answer, State
from advisor.recommendation import recommend
from advisor.record import plain
from advisor.strict_yaml import read
from tests.strategies import (
    Answers,
    case_of,
    contradictions,
    decided,
    full_cases,
    partial_cases,
    repeatable,
    shipped_book,
    shipped_life_cycle,
    shipped_values,
    sole,
)


@st.composite
def decided_cases(draw: st.DrawFn) -> Answers:
    """Cases whose approach is decided: with every answer there, or with some missing that no longer matter."""
    answers = draw(st.one_of(full_cases(), partial_cases()))
    assume(decided(answers).decided)
    return answers


@st.composite
def just_decided_cases(draw: st.DrawFn) -> Answers:
    """Cases from which as many answers were taken away as the decision can bear, so that open rules stand before it."""
    answers = dict(draw(full_cases()))
    approach = decided(answers).approach
    for name in draw(st.permutations(sorted(answers))):
        fewer = {other: value for other, value in answers.items() if other != name}
        if sole(fewer) == approach:
            answers = fewer
    return answers


def flips_of(answers: Mapping[str, Answer]) -> tuple[Flip, ...]:
    """The flips of a decided case."""
    return find_flips(shipped_book(), answers, decided(answers).approach)


def is_given(answers: Mapping[str, Answer], name: str) -> bool:
    """Whether the answer was given, rather than unknown, n/a or absent."""
    return name in answers and not isinstance(answers[name], State)


def as_a_user(answers: Mapping[str, Answer], flip: Flip) -> Mapping[str, Answer]:
    """The answers after writing the case to a file, replacing there what the record lists, and reading it again."""
    book, life_cycle = shipped_book(), shipped_life_cycle()
    case = case_of(answers)
    record = plain(recommend(case, book, life_cycle, life_cycle.as_of))
    listed = [found for found in record["flips"] if set(found["change"]) == set(flip.change) and found["to"] == flip.to]
    assert listed, "the record leaves the flip out"
    top = as_mapping(case)
    for name, value in listed[0]["change"].items():
        group, _, part = name.partition(".")
        top.setdefault(group, {})[part] = value
    text = yaml.safe_dump(top, sort_keys=False)
    return case_from_document(read(text, "case.yaml"), book.questions).answers


def check_flips(answers: Answers) -> None:
    """Every flip of `answers` does what it says."""
    before = decided(answers).approach
    for flip in flips_of(answers):
        assert flip.change and flip.to != before
        for name, value in flip.change.items():
            assert is_given(answers, name) and value != answers[name]
        changed = {**answers, **flip.change}
        assert sole(changed) == flip.to
        assert contradictions(changed) <= contradictions(answers)


@given(decided_cases())
@repeatable(30)
def test_every_flip_leads_where_it_says(answers: Answers) -> None:
    """With the answers of a flip replaced the approach is decided and is its `to`; no contradiction is new.

    Only given answers are changed, each to another value.
    """
    check_flips(answers)


@given(just_decided_cases())
@repeatable(30)
def test_every_flip_leads_where_it_says_although_much_is_missing(answers: Answers) -> None:
    """The same where every answer that the decision can do without is missing."""
    check_flips(answers)


@given(full_cases())
@repeatable(8)
def test_a_flip_holds_when_a_user_makes_it_in_the_case_file(answers: Answers) -> None:
    """Written into the case file as the record shows it, and read again, every flip leads to its approach."""
    for flip in flips_of(answers):
        after = as_a_user(answers, flip)
        assert decided(after).possible == (flip.to,)


def one_answer_changes(answers: Mapping[str, Answer]) -> dict[tuple[str, str], Answer]:
    """By brute force: every answer, not a set, and every approach that another value of it leads to, with that value.

    Values that add a contradiction do not count.
    """
    questions, before = shipped_book().questions, decided(answers).approach
    old = contradictions(answers)
    found: dict[tuple[str, str], Answer] = {}
    for name in (name for name in shipped_values() if is_given(answers, name) and questions[name].type != "set"):
        for value in shipped_values()[name]:
            changed = {**answers, name: value}
            to = sole(changed)
            if to not in (None, before) and not contradictions(changed) - old:
                found.setdefault((name, str(to)), value)
    return found


def check_complete(answers: Answers) -> None:
    """Brute force finds no change of one answer, other than a set, that is not among the flips."""
    listed = {(name, flip.to) for flip in flips_of(answers) if len(flip.change) == 1 for name in flip.change}
    missing = {key: value for key, value in one_answer_changes(answers).items() if key not in listed}
    assert not missing


@given(full_cases())
@repeatable(30)
def test_no_flip_of_one_answer_is_left_out(answers: Answers) -> None:
    """With every answer there, each change of one answer that leads elsewhere is listed, by answer and approach."""
    check_complete(answers)


@pytest.mark.slow
@given(just_decided_cases())
@example(
    {
        "task.kind": "classification",
        "need.gaps": ("facts",),
        "need.must_cite": NOT_APPLICABLE,
        "tried.prompt": "no",
        "knowledge.update_frequency": "never",
        "knowledge.tokens": 0,
    }
)
@repeatable(30)
def test_no_flip_of_one_answer_is_left_out_although_much_is_missing(answers: Answers) -> None:
    """The same for decided cases in which every answer that the decision can do without is missing."""
    check_complete(answers)


@given(st.one_of(full_cases(), just_decided_cases()))
@repeatable(30)
def test_pairs_are_only_for_approaches_that_no_single_change_reaches(answers: Answers) -> None:
    """Singles come first, at most one for an answer and an approach; pairs name two answers and new approaches."""
    flips = flips_of(answers)
    sizes = [len(flip.change) for flip in flips]
    assert sizes == sorted(sizes) and set(sizes) <= {1, 2}
    by_one = {flip.to for flip in flips if len(flip.change) == 1}
    assert all(flip.to not in by_one for flip in flips if len(flip.change) == 2)
    keys = [(frozenset(flip.change), flip.to) for flip in flips]
    assert len(keys) == len(set(keys))


@pytest.mark.slow
@given(full_cases())
@repeatable(30)
def test_no_part_of_a_pair_would_have_done_by_itself(answers: Answers) -> None:
    """Neither half of a pair leads to the pair's approach alone, except to a case that contradicts itself."""
    for flip in flips_of(answers):
        if len(flip.change) == 2:
            for name, value in flip.change.items():
                alone = {**answers, name: value}
                assert sole(alone) != flip.to or contradictions(alone) - contradictions(answers)


@cache
def plain_case() -> Answers:
    """A case with 150 examples of a proprietary format that is ready to be tuned."""
    return {
        "task.kind": "extraction",
        "task.generic": False,
        "task.outputs_checkable": False,
        "need.gaps": ("complex_format",),
        "tried.prompt": "exhausted",
        "tried.few_shot": "exhausted",
        "data.examples": 150,
        "data.preference_pairs": 0,
        "data.proprietary": "some",
        "success.metric_defined": True,
        "team.skills": "software",
        "horizon.months": 24,
        "knowledge.update_frequency": "yearly",
    }


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ({"tried.prompt": "improving"}, "prompt"),
        ({"data.examples": 49}, "gather_data"),
        ({"success.metric_defined": False}, "define_metric"),
    ],
)
def test_the_flips_of_a_plain_case_are_listed(change: Answers, to: str) -> None:
    """Fewer than 50 examples, no metric or a prompt that still improves turn a fine-tune into something else."""
    assert sole(plain_case()) == "fine_tune"
    assert sole({**plain_case(), **change}) == to
    name = next(iter(change))
    assert any(set(flip.change) == {name} and flip.to == to for flip in flips_of(plain_case()))


def test_a_number_is_flipped_to_the_nearest_value_that_leads_elsewhere() -> None:
    """From 150 examples the change to `gather_data` is 49, the smallest one, and not 0 or 9."""
    found = {flip.to: dict(flip.change) for flip in flips_of(plain_case()) if set(flip.change) == {"data.examples"}}
    assert found["gather_data"] == {"data.examples": 49}


def distance(one: Answer, other: Answer) -> Decimal:
    """How far two numbers are apart."""
    assert isinstance(one, int | Decimal) and isinstance(other, int | Decimal)
    return abs(Decimal(one) - Decimal(other))


@pytest.mark.slow
@given(full_cases())
@repeatable(30)
def test_no_smaller_change_of_a_number_leads_to_the_same_approach(answers: Answers) -> None:
    """Flips are smallest changes: no value nearer to the one given leads to the same approach."""
    old = contradictions(answers)
    for flip in flips_of(answers):
        name, value = next(iter(flip.change.items()))
        given_value = answers[name]
        if len(flip.change) > 1 or shipped_book().questions[name].type not in ("integer", "number"):
            continue
        for other in shipped_values()[name]:
            # Between 30,000 and 30,001 nobody has a preference.
            if distance(other, given_value) <= distance(value, given_value) - 1:
                changed = {**answers, name: other}
                assert sole(changed) != flip.to or contradictions(changed) - old


@given(partial_cases())
@example({})
@repeatable(30)
def test_an_open_case_has_no_flips_but_questions(answers: Answers) -> None:
    """Flips are for decided cases; an open one has next questions, never both."""
    book, life_cycle = shipped_book(), shipped_life_cycle()
    case = case_of(answers)
    record = recommend(case, book, life_cycle, life_cycle.as_of)
    if record.status == "open":
        assert record.flips == () and record.next_questions
    else:
        assert record.next_questions == ()
    assert (record.status == "open") == (len(record.possible) > 1)


def test_missing_answers_are_never_part_of_a_flip() -> None:
    """What was answered `unknown` is asked again, not flipped."""
    answers = {**plain_case(), "task.labels": UNKNOWN, "constraints.budget_usd": UNKNOWN}
    assert decided(answers).decided
    assert all(is_given(answers, name) for flip in flips_of(answers) for name in flip.change)
