"""/api/v1/data-sets: files of examples, the same that /v1/files has, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response

from advisor.data_check import DataRules, check_file
from advisor.data_rules import load_data_rules
from advisor.dataset.finding_rules import PARTS
from advisor.errors import InputError, RequestError
from advisor.files import load_tokenizers
from advisor.report.data_record import data_record
from advisor.service.json_api import asked
from advisor.service.json_api.replies import answer
from advisor.service.json_api.uploaded import Kind, uploaded, uploads_blueprint
from advisor.service.proof_start import DOCUMENT
from advisor.service.resources import Resources
from advisor.service.tuning_start import DATA_SET, MOST_CHECKED_BYTES

DATA_SETS: Final = Kind("data set", "data-sets", DATA_SET)
DOCUMENTS: Final = Kind("document", "documents", DOCUMENT)
_QUICK: Final = ("structure", "tokens", "duplicates", "personal", "balance")


def data_sets_blueprint(resources: Resources, max_file_bytes: int) -> Blueprint:
    """The routes of data sets."""
    blueprint = uploads_blueprint(resources, DATA_SETS, max_file_bytes)
    data = resources.data

    @blueprint.get("/<id>/report")
    def report(id: str) -> Response:
        asked.refuse_unknown("only")
        file = uploaded(resources, DATA_SETS, id)
        if file.bytes > MOST_CHECKED_BYTES:
            raise RequestError(
                f"the data set has over {MOST_CHECKED_BYTES} bytes; check it with `advisor data check`",
                status=413,
                code="too_large_to_check",
            )
        return answer(_report(data.file(file.id), file.filename, _parts()))

    return blueprint


def _parts() -> tuple[str, ...]:
    given = asked.text("only")
    parts = tuple(given.split(",")) if given else _QUICK
    if not set(parts) <= set(PARTS):
        raise RequestError(
            f"only must name parts of a check: {', '.join(PARTS)}", param="only", code="invalid_parameter"
        )
    return parts


def _report(path: Path, name: str, parts: tuple[str, ...]) -> dict[str, Any]:
    from advisor.token_tally import TokenTally

    book = load_data_rules()
    rules = DataRules(book.findings, book.enough, book.hosts.of["openai"], host_given=False, phrases=book.phrases)
    tokenizer = load_tokenizers().of("gpt-4o-mini")
    try:
        found = check_file(path, rules, parts=parts, tally=lambda: TokenTally(tokenizer, None), deep=False)
    except InputError as error:
        raise RequestError(f"{error.problem}. {error.what_to_do}", status=422, code="unreadable_data") from None
    return {**data_record(found, book.sources), "file": name}
