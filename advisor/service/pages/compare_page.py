"""Cases or versions of one case side by side, the list of versions, and what would be if answers were others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from flask import Blueprint, Response, request

from advisor.case import Case
from advisor.errors import RequestError
from advisor.question import Answer, Question
from advisor.service.knowledge import Knowledge
from advisor.service.pages.answer_form import is_within_reason, shown_answer
from advisor.service.pages.comparison import Column, comparison
from advisor.service.pages.page import page, see
from advisor.service.pages.stored_cases import OpenCase, StoredCases

_MOST: Final = 4
_LONGEST_CHANGE: Final = 4_000


class Changed(NamedTuple):
    """One answer of a what-if: the question, its answer now, and the other one."""

    question: Question
    now: str
    then: str


def add_comparisons(pages: Blueprint, cases: StoredCases, knowledge: Knowledge) -> None:
    """The routes of comparisons."""

    @pages.get("/compare")
    def compare() -> Response:
        named = list(dict.fromkeys(request.args.getlist("case")))
        if not 2 <= len(named) <= _MOST:
            raise RequestError(f"choose two to {_MOST} cases or versions to compare", code="choose_two")
        columns = [_column(*_place(name)) for name in named]
        return page("compare", comparison=comparison(columns, knowledge.rulebook.questions))

    @pages.get("/cases/<id>/versions")
    def versions(id: str) -> Response:
        opened = cases.open(id)
        return page("versions", case=opened, versions=cases.versions(id))

    @pages.get("/cases/<id>/what-if")
    def what_if(id: str) -> Response:
        opened, text = cases.open(id), request.args.get("change", "")
        change = changed_answers(text, knowledge.rulebook.questions)
        case = opened.case.with_answers(change)
        columns = [
            Column("Now", opened.case, knowledge.record(opened.case)),
            Column("What if", case, knowledge.record(case)),
        ]
        questions = knowledge.rulebook.questions
        changes = [
            Changed(questions[name], shown_answer(questions[name], opened.case.answers.get(name)), shown)
            for name, answer in change.items()
            for shown in [shown_answer(questions[name], answer)]
        ]
        return page("what_if", case=opened, changes=changes, change=text, comparison=comparison(columns, questions))

    @pages.post("/cases/<id>/what-if")
    def keep(id: str) -> Response:
        change = changed_answers(request.form.get("change", ""), knowledge.rulebook.questions)
        if request.form.get("keep") == "copy":
            opened = cases.open(id)
            copy = _with(opened.case, change)._replace(title=f"{opened.case.title} (what if)"[:200])
            return see(f"/cases/{cases.add(copy).id}/result")
        cases.change(id, lambda case: _with(case, change))
        return see(f"/cases/{id}/result")

    def _with(case: Case, change: Mapping[str, Answer]) -> Case:
        answers = {**case.answers, **change}
        return case._replace(answers={name: answers[name] for name in knowledge.rulebook.questions if name in answers})

    def _column(id: str, version: int | None) -> Column:
        opened = cases.open(id, version)
        return Column(_titled(opened), opened.case, knowledge.record(opened.case), f"/cases/{id}/result")


def changed_answers(text: str, questions: Mapping[str, Question]) -> dict[str, Answer]:
    """The answers in JSON such as `{"data.examples": 800}`. Raises RequestError."""
    refused = RequestError("this is no change of answers", code="invalid_change")
    if len(text) > _LONGEST_CHANGE:
        raise refused
    try:
        given = json.loads(text, parse_float=Decimal)
        answers = {name: questions[name].checked(value) for name, value in given.items()}
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, OverflowError):
        raise refused from None
    if not answers or any(questions[name].type == "path" for name in answers):
        raise refused
    if any(answer is None or not is_within_reason(answer) for answer in answers.values()):
        raise refused
    return {name: answer for name, answer in answers.items() if answer is not None}


def _place(name: str) -> tuple[str, int | None]:
    """The case and the version in `case-1@2`; without a version the newest is meant, and no text is the number 0."""
    id, at, version = name.partition("@")
    if not at:
        return id, None
    return id, int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0


def _titled(opened: OpenCase) -> str:
    newest = opened.version == opened.stored.version
    return opened.title if newest else f"{opened.title}, version {opened.version}"
