"""The report of a case to print and to sign, as PDF or as a page of its own."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response

from advisor.case import Case
from advisor.report.case_report import case_report
from advisor.service.knowledge import Knowledge
from advisor.service.pages.page import own_page
from advisor.service.pages.stored_cases import StoredCases


def add_reports(pages: Blueprint, cases: StoredCases, knowledge: Knowledge) -> None:
    """The routes of reports."""

    @pages.get("/cases/<id>/report.pdf")
    def pdf(id: str) -> Response:
        from advisor.report.pdf import report_pdf

        case = _without_paths(cases.open(id).case)
        response = Response(report_pdf(case_report(case, knowledge.rulebook, _day(case))).content)
        response.headers["Content-Type"] = "application/pdf"
        response.headers["Content-Disposition"] = 'inline; filename="report.pdf"'
        return response

    @pages.get("/cases/<id>/report.html")
    def html(id: str) -> Response:
        from advisor.report.report_page import report_page

        case = _without_paths(cases.open(id).case)
        return own_page(report_page(case_report(case, knowledge.rulebook, _day(case))))

    def _without_paths(case: Case) -> Case:
        """A path would name a file of the service's own machine."""
        questions = knowledge.rulebook.questions
        return case._replace(
            answers={name: answer for name, answer in case.answers.items() if questions[name].type != "path"}
        )


def _day(case: Case) -> date:
    return case.as_of or date.today()
