"""Errors as objects that the OpenAI SDK understands."""

from __future__ import annotations

import errno
import json
import logging
from http import HTTPStatus
from http.client import responses
from typing import Any, Final, NamedTuple

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from advisor.errors import AdvisorError, FieldFault, InputError, ModelNameError, RequestError
from advisor.service.pages.page import page

_TYPES: Final = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_log = logging.getLogger(__name__)


class ErrorReply(NamedTuple):
    """The status and the fields of an error object."""

    status: int
    message: str
    param: str | None = None
    code: str | None = None
    fields: tuple[FieldFault, ...] = ()
    retry_after_s: int | None = None


def error_object(error: ErrorReply) -> dict[str, Any]:
    """`{"error": {…}}` as OpenAI writes it."""
    kind = "server_error" if error.status >= 500 else _TYPES.get(error.status, "invalid_request_error")
    return {"error": {"message": error.message, "type": kind, "param": error.param, "code": error.code}}


def reply_to(error: Exception) -> ErrorReply:
    """What to answer to an error that was raised on purpose."""
    if isinstance(error, RequestError):
        return ErrorReply(error.status, str(error), error.param, error.code, error.fields, error.retry_after_s)
    if isinstance(error, ModelNameError):
        return ErrorReply(404 if error.code == "model_not_found" else 400, _words(error), "model", error.code)
    if isinstance(error, InputError):
        return ErrorReply(400, _words(error), None, "unsupported")
    return ErrorReply(400, str(error))


def problem_object(error: ErrorReply) -> dict[str, Any]:
    """A problem as RFC 9457 writes it; `errors` points to what is wrong in the body."""
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": responses.get(error.status, "Error"),
        "status": error.status,
        "detail": error.message,
    }
    if error.code:
        problem["code"] = error.code
    if error.param:
        problem["parameter"] = error.param
    if error.fields:
        problem["errors"] = [field._asdict() for field in error.fields]
    return problem


def error_response(error: ErrorReply) -> Response:
    """The reply of the service: a problem below /api, a page to a browser, an error object of OpenAI elsewhere."""
    if request.path.startswith("/api/"):
        reply = Response(json.dumps(problem_object(error)), error.status, mimetype="application/problem+json")
    elif not request.path.startswith("/v1/") and _wants_page():
        reply = page("error", error.status, title=responses.get(error.status, "Error"), message=error.message)
    else:
        reply = Response(json.dumps(error_object(error)), status=error.status, mimetype="application/json")
    if error.status == 401:
        reply.headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after_s is not None:
        reply.headers["Retry-After"] = str(error.retry_after_s)
    return reply


def _wants_page() -> bool:
    return request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"


def answer_errors(target: Flask | Blueprint) -> None:
    """Answer every error below /v1 with an error object; nothing of an unexpected one is told but its number."""

    def known(error: AdvisorError) -> Response:
        return error_response(reply_to(error))

    def http(error: HTTPException) -> Response:
        status = error.code or 500
        message = error.description or HTTPStatus(status).phrase
        if status == 404:
            message = f"Unknown request URL: {request.method} {request.path}"
        if status == 405:
            message = f"Not allowed to {request.method} on {request.path}"
        reply = error_response(ErrorReply(status, message, None, "unknown_url" if status == 404 else None))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            reply.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return reply

    def system(error: OSError) -> Response:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return unexpected(error)
        return error_response(
            ErrorReply(507, "The disk of the service is full; make room and try again.", None, "disk_full")
        )

    def unexpected(error: Exception) -> Response:
        _log.error("%s %s broke", request.method, request.path, exc_info=error)
        return error_response(ErrorReply(500, "The service broke while it answered; its log says why."))

    target.register_error_handler(AdvisorError, known)
    target.register_error_handler(HTTPException, http)
    target.register_error_handler(OSError, system)
    target.register_error_handler(Exception, unexpected)


def _words(error: InputError) -> str:
    """The error in one line, without marks of the command line."""
    return f"{error.problem}. What to do: {error.what_to_do}." if error.what_to_do else f"{error.problem}."
