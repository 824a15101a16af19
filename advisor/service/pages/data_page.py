"""A data set for a case: uploaded, measured and checked; what was found becomes answers when one agrees."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from flask import Blueprint, Response, request
from werkzeug.utils import secure_filename

from advisor.case import Case, Measured
from advisor.errors import InputError
from advisor.measured_data import FILE, measured_case
from advisor.question import as_plain
from advisor.report.section import Section
from advisor.service.knowledge import Knowledge
from advisor.service.pages.answer_form import shown_answer
from advisor.service.pages.comparison import Column, comparison
from advisor.service.pages.page import page
from advisor.service.pages.stored_cases import StoredCases
from advisor.service.pages.uploads import discard_uploads
from advisor.service.resources import Resources

MOST_BYTES: Final = 64 << 20  # more takes longer than a page may


class Found(NamedTuple):
    """What a data set shows: `measured` are answers, `sections` what is wrong with it."""

    measured: tuple[Measured, ...]
    sections: tuple[Section, ...]


def add_data(pages: Blueprint, cases: StoredCases, knowledge: Knowledge, resources: Resources) -> None:
    """The routes of data sets."""

    @pages.get("/cases/<id>/data")
    def choose(id: str) -> Response:
        return page("data", case=cases.open(id), faults={})

    @pages.post("/cases/<id>/data")
    def measure(id: str) -> Response:
        opened = cases.open(id)
        try:
            found = _measured(opened.case, resources.data.uploads)
        except InputError as error:
            advice = f": {error.what_to_do}" if error.what_to_do else ""
            return page("data", 400, case=opened, faults={"data_file": f"{error.problem}{advice}"})
        finally:
            discard_uploads()
        questions = knowledge.rulebook.questions
        case = opened.case.with_answers({item.answer: item.value for item in found.measured})
        columns = [
            Column("The case says", opened.case, knowledge.record(opened.case)),
            Column("With the data set", case, knowledge.record(case)),
        ]
        return page(
            "measured",
            case=opened,
            rows=[
                (questions[item.answer], shown_answer(questions[item.answer], item.value), item.how)
                for item in found.measured
            ],
            sections=found.sections,
            change=json.dumps({item.answer: as_plain(item.value) for item in found.measured}),
            comparison=comparison(columns, questions),
        )


def _measured(case: Case, folder: Path) -> Found:
    """What the uploaded file shows. Raises InputError where there is none, or it cannot be read."""
    upload = request.files.get("data_file")
    if upload is None or not upload.filename:
        raise InputError("No file was sent", what_to_do="choose one")
    if upload.stream.seek(0, 2) > MOST_BYTES:
        raise InputError(
            f"The file has more than {MOST_BYTES >> 20} MiB", what_to_do="measure it with `advisor data check`"
        )
    upload.stream.flush()
    with TemporaryDirectory(dir=folder) as beside:
        path = Path(beside) / (secure_filename(upload.filename) or "data")
        Path(str(upload.stream.name)).replace(path)
        try:
            return Found(_answers(case, path), _checked(path))
        except InputError as error:
            # The place on the service's disk is nobody's business.
            problem, advice = (text.replace(f"{beside}/", "") for text in (error.problem, error.what_to_do))
            raise InputError(problem, what_to_do=advice) from None


def _answers(case: Case, path: Path) -> tuple[Measured, ...]:
    measured = measured_case(case.with_answers({FILE: str(path)})).measured
    if [item.answer for item in measured] == [FILE]:
        raise InputError(measured[0].how.partition(";")[0])
    return measured


def _checked(path: Path) -> tuple[Section, ...]:
    from advisor.data_check import DataRules, check_file
    from advisor.data_rules import load_data_rules
    from advisor.report.data_sections import data_sections

    book = load_data_rules()
    rules = DataRules(book.findings, book.enough, book.hosts.of["openai"], host_given=False, phrases=book.phrases)
    parts = ("structure", "duplicates", "personal", "balance")
    found = check_file(path, rules, parts=parts, deep=False)
    return tuple(data_sections(found._replace(file=path.name), book.sources))
