"""All answers of a case, to check and to change before the result; and what the case is called."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, Response, request

from advisor.question import Question
from advisor.service.knowledge import Knowledge
from advisor.service.pages.answer_form import shown_answer
from advisor.service.pages.page import page, see
from advisor.service.pages.progress import progress
from advisor.service.pages.question_order import unanswered
from advisor.service.pages.start_page import title_faults
from advisor.service.pages.stored_cases import OpenCase, StoredCases


class Answered(NamedTuple):
    """A question with its answer as it is read."""

    question: Question
    answer: str


class Group(NamedTuple):
    """Questions under one heading."""

    title: str
    answered: tuple[Answered, ...]


def add_answers(pages: Blueprint, cases: StoredCases, knowledge: Knowledge) -> None:
    """The routes of the answers."""

    @pages.get("/cases/<id>/answers")
    def answers(id: str) -> Response:
        opened = cases.open(id)
        record = knowledge.record(opened.case)
        return page(
            "answers",
            case=opened,
            groups=_groups(opened),
            open_questions=unanswered(knowledge.rulebook.questions, opened.case.answers),
            group_names=knowledge.rulebook.groups,
            contradictions=record.contradictions,
            progress=progress(record, knowledge),
        )

    @pages.get("/cases/<id>/name")
    def name(id: str) -> Response:
        opened = cases.open(id)
        return page("name", case=opened, faults={}, title=opened.case.title, client=opened.case.client)

    @pages.post("/cases/<id>/name")
    def rename(id: str) -> Response:
        title, client = (request.form.get(name, "") for name in ("title", "client"))
        faults = title_faults(title, client)
        if faults:
            return page("name", 400, case=cases.open(id), faults=faults, title=title, client=client)
        cases.change(id, lambda case: case._replace(title=title.strip(), client=client.strip()))
        return see(f"/cases/{id}/answers")

    def _groups(opened: OpenCase) -> list[Group]:
        book, found = knowledge.rulebook, []
        for group, title in book.groups.items():
            answered = tuple(
                Answered(book.questions[name], shown_answer(book.questions[name], answer))
                for name, answer in opened.case.answers.items()
                if book.questions[name].group == group
            )
            if answered:
                found.append(Group(title, answered))
        return found
