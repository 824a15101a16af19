"""The pages as one blueprint: the routes, the token of their forms, their errors, and the static files."""

from __future__ import annotations

import logging
from http.client import responses
from typing import Final

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from advisor.errors import AdvisorError
from advisor.files import content
from advisor.service.access import LOGIN_PAGE
from advisor.service.api_errors import reply_to
from advisor.service.knowledge import Knowledge
from advisor.service.pages.answers_page import add_answers
from advisor.service.pages.ballots_page import add_ballots
from advisor.service.pages.compare_page import add_comparisons
from advisor.service.pages.data_page import add_data
from advisor.service.pages.form_token import check_form_token, keep_form_cookie
from advisor.service.pages.jobs_page import add_jobs
from advisor.service.pages.login_page import add_login
from advisor.service.pages.page import page, see
from advisor.service.pages.proofs_page import add_proofs
from advisor.service.pages.prove_page import add_proving
from advisor.service.pages.provider_login import add_provider_login
from advisor.service.pages.question_page import add_questions
from advisor.service.pages.report_page import add_reports
from advisor.service.pages.result_page import add_result
from advisor.service.pages.start_page import add_start
from advisor.service.pages.stored_cases import StoredCases
from advisor.service.pages.tune_page import add_tuning
from advisor.service.pages.watch_page import add_watch
from advisor.service.principal import require_scope
from advisor.service.rate_limit import RateLimits
from advisor.service.resources import Resources

_WORK: Final = ("/jobs", "/plans", "/proofs", "/ballots")
_BEGIN_WORK: Final = ("/tune", "/prove")
_log = logging.getLogger(__name__)


def pages_blueprint(
    resources: Resources, knowledge: Knowledge, limits: RateLimits, *, secure_cookies: bool
) -> Blueprint:
    """The routes at `/`."""
    pages = Blueprint("pages", __name__, static_folder=content("web") / "static", static_url_path="/static")
    cases = StoredCases(resources.store.cases, lambda: knowledge.rulebook.questions)
    pages.before_request(check_form_token)
    pages.before_request(_check_scope)
    pages.after_request(keep_form_cookie)
    add_login(pages, resources, limits, secure=secure_cookies)
    add_provider_login(pages, resources, limits, secure=secure_cookies)
    add_start(pages, cases, knowledge)
    add_questions(pages, cases, knowledge)
    add_answers(pages, cases, knowledge)
    add_result(pages, cases, knowledge, resources.store)
    add_comparisons(pages, cases, knowledge)
    add_data(pages, cases, knowledge, resources)
    add_reports(pages, cases, knowledge)
    add_tuning(pages, cases, knowledge, resources)
    add_proving(pages, cases, resources)
    add_proofs(pages, cases, resources)
    add_ballots(pages, resources)
    add_jobs(pages, resources)
    add_watch(pages, resources)
    _answer_errors(pages)
    return pages


def _check_scope() -> None:
    """Raise RequestError for a key that may not see this part; sessions may see all of their workspace."""
    if "principal" in g:
        require_scope("tuning" if request.path.startswith(_WORK) else "cases")
        if request.path.endswith(_BEGIN_WORK):
            require_scope("tuning")
        require_scope("tuning" if request.path.startswith(("/jobs", "/proofs", "/watch")) else "cases")


def _answer_errors(pages: Blueprint) -> None:
    def known(error: AdvisorError) -> Response:
        reply = reply_to(error)
        if reply.status == 401 and request.method == "GET":
            return see(LOGIN_PAGE)
        response = _problem(reply.status, reply.message)
        if reply.retry_after_s is not None:
            response.headers["Retry-After"] = str(reply.retry_after_s)
        return response

    def http(error: HTTPException) -> Response:
        return _problem(error.code or 500, error.description or "The request cannot be answered.")

    def unexpected(error: Exception) -> Response:
        _log.error("a page broke", exc_info=error)
        return _problem(500, "The service broke while it answered; its log says why. Your answers are saved.")

    pages.register_error_handler(AdvisorError, known)
    pages.register_error_handler(HTTPException, http)
    pages.register_error_handler(Exception, unexpected)


def _problem(status: int, message: str) -> Response:
    title = responses.get(status, "Error")
    return page("error", status, title=title, message=message)
