"""Fields of the forms that begin work: the data set, documents, models, the ceiling; and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from flask import request

from advisor.errors import RequestError
from advisor.service.files import keep_upload
from advisor.service.outgoing_host import wrong
from advisor.service.principal import deed, workspace
from advisor.service.proof_start import DOCUMENT
from advisor.service.resources import Resources
from advisor.service.tuning_start import DATA_SET, MOST_CHECKED_BYTES
from advisor.store.files import StoredFile

_USD: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_LONGEST: Final = 500
_NONE: Final = "none"
_SHOWN: Final = 20
_LOOKED_AT: Final = 200
_MOST_DOCUMENTS: Final = 100
_REFUSED: Final = (400, 404, 413, 415, 422)


class Choices(NamedTuple):
    """What a form offers: data sets of the workspace, newest first, and the texts that were sent before."""

    data_sets: tuple[StoredFile, ...]
    given: Mapping[str, str]
    boxes: Mapping[str, tuple[str, ...]]

    def text(self, name: str, default: str = "") -> str:
        """What stands in a field."""
        return self.given.get(name, default)


def choices(resources: Resources) -> Choices:
    """The choices for a form; the same rows are offered once."""
    found = resources.store.files.page(limit=_LOOKED_AT, purpose=DATA_SET, workspace=workspace()).items
    different = {file.sha256: file for file in found}  # the oldest of each, which has the name that it was given
    newest = sorted(different.values(), key=lambda file: file.created_at, reverse=True)
    sent = {name: request.form.get(name, "") for name in request.form}
    boxes = {name: tuple(request.form.getlist(name)) for name in request.form}
    return Choices(tuple(newest[:_SHOWN]), sent, boxes)


def data_set_given(resources: Resources, field: str = "data_set", *, needed: bool = True) -> str | None:
    """The id of the data set that was chosen or uploaded. Raises RequestError."""
    upload = request.files.get(f"{field}_file")
    if upload is not None and upload.filename:
        kept = keep_upload(resources, upload.stream, upload.filename, DATA_SET, MOST_CHECKED_BYTES)
        resources.store.audit.add(deed(), "data_set.create", kept.id)
        return kept.id
    chosen = request.form.get(field, _NONE)
    if chosen == _NONE and needed:
        raise wrong(field, "Choose a data set, or upload one", "missing")
    return None if chosen == _NONE else chosen


def documents_given(resources: Resources) -> tuple[str, ...]:
    """The ids of the documents that were uploaded. Raises RequestError."""
    uploads = [upload for upload in request.files.getlist("documents_file") if upload.filename]
    if len(uploads) > _MOST_DOCUMENTS:
        raise wrong("documents", f"Send at most {_MOST_DOCUMENTS} documents", "too_many")
    kept = [
        keep_upload(resources, upload.stream, upload.filename or "document", DOCUMENT, MOST_CHECKED_BYTES)
        for upload in uploads
    ]
    for file in kept:
        resources.store.audit.add(deed(), "document.create", file.id)
    return tuple(file.id for file in kept)


def usd_given(name: str = "spend_up_to_usd") -> Decimal:
    """Dollars of a field. Raises RequestError."""
    text = request.form.get(name, "").strip().removeprefix("$").replace(",", "")
    if not _USD.fullmatch(text):
        raise wrong(name, "Write dollars as a number, such as 2.50; 0 if nothing may be paid", "no_usd")
    return Decimal(text)


def text_given(name: str) -> str | None:
    """A line of text; None where it is empty. Raises RequestError."""
    text = request.form.get(name, "").strip()
    if len(text) > _LONGEST or not text.isprintable():
        raise wrong(name, f"Write at most {_LONGEST} characters on one line", "no_text")
    return text or None


def faults_of(error: RequestError, fields: tuple[str, ...]) -> dict[str, str]:
    """What is wrong by field, the first of them where it is of none. Raises the error where the form cannot mend it."""
    if error.status not in _REFUSED:
        raise error
    field = (error.param or "").partition("/")[0]
    message = str(error)
    return {field if field in fields else fields[0]: message[:1].upper() + message[1:]}
