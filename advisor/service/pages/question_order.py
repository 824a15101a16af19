"""Which question comes next, and the way back: the questions already gone through stand in the address of the page.

A question that was gone through and has no answer was skipped; it is not asked again on this way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from advisor.question import Answer, Question
from advisor.record import Record


class Step(NamedTuple):
    """A question to ask, and the approaches that its answer tells apart."""

    question: Question
    decides_between: tuple[str, ...]


def next_step(
    record: Record,
    questions: Mapping[str, Question],
    answers: Mapping[str, Answer],
    path: Sequence[str],
    *,
    every: bool,
) -> Step | None:
    """The first question that can still change the approach; with `every` then all others, in their own order."""
    gone = {*answers, *path}
    for asked in record.next_questions:
        if asked.answer not in gone and _can_be_typed(questions[asked.answer]):
            return Step(questions[asked.answer], asked.decides_between)
    if not every:
        return None
    return next((Step(item, ()) for name, item in questions.items() if name not in gone and _can_be_typed(item)), None)


def step_to(record: Record, question: Question) -> Step:
    """The step to a question that is named."""
    found = (asked.decides_between for asked in record.next_questions if asked.answer == question.name)
    return Step(question, next(found, ()))


def known_path(text: str, questions: Mapping[str, Question]) -> tuple[str, ...]:
    """The questions named in an address, those that there are, each once."""
    return tuple(dict.fromkeys(name for name in text.split(",") if name in questions))


def unanswered(questions: Mapping[str, Question], answers: Mapping[str, Answer]) -> tuple[Question, ...]:
    """Questions that were not asked yet."""
    return tuple(item for name, item in questions.items() if name not in answers and _can_be_typed(item))


def _can_be_typed(question: Question) -> bool:
    """Whether it is asked here: a path would name a file of the service's own machine, so data sets are uploaded."""
    return question.type != "path"
