"""One question on a page, with what is still possible and what it costs beside it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from advisor.case import Case
from advisor.errors import RequestError
from advisor.explanation import shown_value
from advisor.question import Answer, Question, as_plain
from advisor.service.knowledge import Knowledge
from advisor.service.pages.answer_form import Given, answer_field, given_answer, shown_answer, with_answer
from advisor.service.pages.page import page, see
from advisor.service.pages.progress import progress
from advisor.service.pages.question_order import known_path, next_step, step_to, unanswered
from advisor.service.pages.stored_cases import OpenCase, StoredCases


def add_questions(pages: Blueprint, cases: StoredCases, knowledge: Knowledge) -> None:
    """The routes of questions."""

    @pages.get("/cases/<id>/next")
    def go_on(id: str) -> Response:
        return _onwards(cases.open(id), _path())

    @pages.get("/cases/<id>/questions/<name>")
    def ask(id: str, name: str) -> Response:
        return _asked(cases.open(id), _question(name))

    @pages.post("/cases/<id>/questions/<name>")
    def answer(id: str, name: str) -> Response:
        question = _question(name)
        given = Given(tuple(request.form.getlist("answer")), request.form.get("state", ""))
        try:
            checked = given_answer(question, given)
        except ValueError as error:
            return _asked(cases.open(id), question, given, str(error))
        changed = cases.change(id, lambda case: _with(case, name, checked))
        if _changing():
            return see(f"/cases/{id}/answers")
        return _onwards(changed, (*_path(), name))

    @pages.get("/cases/<id>/skip/<name>")
    def skip(id: str, name: str) -> Response:
        return _onwards(cases.open(id), (*_path(), _question(name).name))

    def _with(case: Case, name: str, answer: Answer) -> Case:
        return with_answer(case, tuple(knowledge.rulebook.questions), name, answer)

    def _question(name: str) -> Question:
        question = knowledge.rulebook.questions.get(name)
        if question is None or question.type == "path":
            raise RequestError("there is no such question", status=404, code="not_found")
        return question

    def _path() -> tuple[str, ...]:
        return known_path(request.args.get("path", ""), knowledge.rulebook.questions)

    def _onwards(opened: OpenCase, path: Sequence[str]) -> Response:
        record = knowledge.record(opened.case)
        step = next_step(record, knowledge.rulebook.questions, opened.case.answers, path, every=_every())
        if step is None:
            return see(f"/cases/{opened.id}/answers")
        return see(_address(opened.id, f"questions/{step.question.name}", path))

    def _asked(opened: OpenCase, question: Question, given: Given | None = None, fault: str = "") -> Response:
        book, path = knowledge.rulebook, _path()
        record = knowledge.record(opened.case)
        known = opened.case.answers.get(question.name)
        problem, _, advice = fault.partition("\n")
        before = [name for name in path if name != question.name]
        back = _address(opened.id, f"questions/{before[-1]}", before[:-1]) if before else f"/cases/{opened.id}/answers"
        provisional = question.provisional
        return page(
            "question",
            400 if fault else 200,
            case=opened,
            question=question,
            group=book.groups.get(question.group, question.group),
            field=answer_field(question, known, given),
            problem=problem,
            advice=advice,
            known=None if known is None else shown_answer(question, known),
            between=[knowledge.name(name) for name in step_to(record, question).decides_between],
            taken=None if provisional is None else shown_value(as_plain(provisional.value)),
            back=f"/cases/{opened.id}/answers" if _changing() else back,
            here=_address(opened.id, f"questions/{question.name}", path),
            skip=None if _changing() else _address(opened.id, f"skip/{question.name}", before),
            left=len(unanswered(book.questions, opened.case.answers)),
            progress=progress(record, knowledge),
        )


def _every() -> bool:
    """Whether the questions that only narrow the costs are asked as well."""
    return "every" in request.args


def _changing() -> bool:
    """Whether one answer is changed from the page that shows all."""
    return "change" in request.args


def _address(id: str, place: str, path: Sequence[str]) -> str:
    query = {
        **({"path": ",".join(path)} if path else {}),
        **({"every": "1"} if _every() else {}),
        **({"change": "1"} if _changing() else {}),
    }
    return f"/cases/{id}/{place}" + (f"?{urlencode(query, safe=',')}" if query else "")
