"""Which question to ask next: asking and answering always ends with a decision."""

from __future__ import annotations

import pytest
from hypothesis import given

from advisor.decision import conditions
from advisor.decision.next_questions import MOST_QUESTIONS, NextQuestion, next_questions
from advisor.question import NOT_APPLICABLE, UNKNOWN, Answer
from tests.strategies import (
    Answers,
    decided,
    full_cases,
    partial_cases,
    possible,
    repeatable,
    shipped_book,
    shipped_values,
)


def asked(answers: Answers) -> tuple[NextQuestion, ...]:
    """The next questions of the shipped rule book."""
    return next_questions(shipped_book(), answers)


@given(full_cases(), partial_cases())
@repeatable(15)
def test_asking_the_first_question_always_ends_with_a_decision(replies: Answers, start: Answers) -> None:
    """Answering the first question again and again decides every case, each question being asked once at most."""
    answers = dict(start)
    seen: list[str] = []
    while questions := asked(answers):
        name = questions[0].question.name
        assert name not in seen, "the same question was asked twice"
        seen.append(name)
        answers[name] = replies[name]
    assert decided(answers).decided
    assert len(seen) <= len(shipped_values())


@pytest.mark.slow
@given(full_cases())
@repeatable(15)
def test_from_nothing_to_a_decision(replies: Answers) -> None:
    """The same from the empty case; what comes out is what the whole case gives."""
    answers: Answers = {}
    while questions := asked(answers):
        answers[questions[0].question.name] = replies[questions[0].question.name]
    assert possible(answers) == possible(replies)


@given(partial_cases())
@repeatable(30)
def test_there_is_a_question_exactly_while_the_case_is_open(answers: Answers) -> None:
    """Decided means no question, open means at least one, and never more than five."""
    questions = asked(answers)
    assert bool(questions) == (not decided(answers).decided)
    assert len(questions) <= MOST_QUESTIONS


@pytest.mark.slow
@given(partial_cases())
@repeatable(30)
def test_only_missing_answers_are_asked_and_unasked_ones_first(answers: Answers) -> None:
    """What was given or does not apply is not asked again; what is `unknown` comes after what was not asked."""
    names = [item.question.name for item in asked(answers)]
    assert len(names) == len(set(names))
    assert all(answers.get(name, UNKNOWN) is UNKNOWN for name in names)
    was_asked = [name in answers for name in names]
    assert was_asked == sorted(was_asked)


def test_unknown_moves_a_question_to_the_end_and_not_out_of_the_list() -> None:
    """Answered `unknown`, a question makes room for others; with all of them unknown it is named again."""
    first = asked({})[0].question.name
    assert asked({first: UNKNOWN})[0].question.name != first
    everything = asked(dict.fromkeys(shipped_values(), UNKNOWN))
    assert everything and everything[0].question.name == first


@given(partial_cases())
@repeatable(15)
def test_a_question_tells_apart_what_it_says(answers: Answers) -> None:
    """Each approach in `decides_between` is possible now and ruled out by some answer to the question.

    Only where no question rules anything out by itself one is named all the same, with every possible approach.
    """
    book, questions, now = shipped_book(), asked(answers), possible(answers)
    order = list(book.approaches)
    for item in questions:
        apart = item.decides_between
        assert apart and set(apart) <= now
        assert list(apart) == sorted(apart, key=order.index)
        ruled_out = now - frozenset.intersection(*(possible({**answers, item.question.name: v}) for v in replies(item)))
        assert set(apart) == ruled_out or (len(questions) == 1 and set(apart) == now)


def replies(item: NextQuestion) -> list[Answer]:
    """Every answer that makes a difference to a question; for a set each option by itself."""
    values = shipped_values()[item.question.name]
    if item.question.type == "set":
        return [value for value in values if value != ()]
    return [*values, NOT_APPLICABLE]


@given(partial_cases())
@repeatable(30)
def test_what_the_first_undecided_rule_needs_is_asked_first(answers: Answers) -> None:
    """Questions on which the first undecided rule or its gates hang come before those of later rules."""
    answers = {name: value for name, value in answers.items() if value is not UNKNOWN}
    questions, book = asked(answers), shipped_book()
    if questions:
        undecided = book.approach.trace(book.slots.state(answers)).last.rule
        needs = [undecided.when, *(gate.holds for gate in undecided.requires)]
        needed = {test.slot.answer for need in needs for test in conditions.tests(need)}
        later = [item.question.name not in needed for item in questions]
        assert later == sorted(later)
