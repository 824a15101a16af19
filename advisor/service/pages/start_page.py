"""The first page: a new case, a case file, or one that was saved."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

from advisor.case import Case, case_from_document
from advisor.errors import InputError
from advisor.service.knowledge import Knowledge
from advisor.service.pages.page import page, see
from advisor.service.pages.stored_cases import StoredCases
from advisor.service.pages.uploads import discard_uploads
from advisor.strict_yaml import MAX_BYTES, NO_TEXT, decode, read

LONGEST_TITLE: Final = 200
_SHOWN: Final = 10
_MOST_SHOWN: Final = 100


def add_start(pages: Blueprint, cases: StoredCases, knowledge: Knowledge) -> None:
    """The routes of the first page and of the list."""

    @pages.get("/")
    def start() -> Response:
        return _start()

    @pages.get("/cases")
    def list_cases() -> Response:
        return page("cases", cases=cases.newest(_MOST_SHOWN), most=_MOST_SHOWN)

    @pages.post("/cases")
    def create() -> Response:
        title, client = (request.form.get(name, "") for name in ("title", "client"))
        faults = title_faults(title, client)
        if faults:
            return _start(400, faults, title, client)
        stored = cases.add(Case(title.strip(), client.strip(), None, {}))
        knowledge.record(Case("", "", None, {}))
        return see(f"/cases/{stored.id}/next")

    @pages.post("/cases/upload")
    def upload() -> Response:
        try:
            case = _read_case(*_sent())
        except InputError as error:
            return _start(400, {"case_file": _in_one_line(error)}, written=request.form.get("case_text", ""))
        stored = cases.add(case)
        return see(f"/cases/{stored.id}/answers")

    def _start(
        status: int = 200, faults: dict[str, str] | None = None, title: str = "", client: str = "", written: str = ""
    ) -> Response:
        shown = cases.newest(_SHOWN)
        return page("start", status, cases=shown, faults=faults or {}, title=title, client=client, written=written)

    def _read_case(raw: bytes, name: str) -> Case:
        case = case_from_document(read(decode(raw, name), name), knowledge.rulebook.questions)
        # A path in the file would name a file of the service's own machine.
        answers = {
            key: answer for key, answer in case.answers.items() if knowledge.rulebook.questions[key].type != "path"
        }
        faults = title_faults(case.title, case.client)
        if faults:
            raise InputError(next(iter(faults.values())), where=name)
        return case._replace(answers=answers)


def title_faults(title: str, client: str) -> dict[str, str]:
    """What is wrong with the name of a case, by field."""
    faults = {}
    for name, text in (("title", title), ("client", client)):
        if len(text) > LONGEST_TITLE:
            faults[name] = f"Write at most {LONGEST_TITLE} characters"
        elif NO_TEXT.search(text) or "\n" in text:
            faults[name] = "Write it on one line, without control signs"
    return faults


def _sent() -> tuple[bytes, str]:
    """The case that was uploaded or written, and its name for messages. Raises InputError."""
    upload = request.files.get("case_file")
    try:
        if upload is not None and upload.filename:
            return upload.stream.read(MAX_BYTES + 1), "the case file"
    finally:
        discard_uploads()
    written = request.form.get("case_text", "")
    if not written.strip():
        raise InputError("no case was sent", what_to_do="choose a file, or write the case into the box")
    return written.encode("utf-8", "replace"), "the case"


def _in_one_line(error: InputError) -> str:
    place = f"{error.where}: " if error.where else ""
    advice = f". {error.what_to_do[:1].upper()}{error.what_to_do[1:]}" if error.what_to_do else ""
    return f"{place}{error.problem}{advice}"
