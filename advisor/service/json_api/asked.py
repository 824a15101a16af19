"""Queries and bodies of the JSON API, read strictly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple, TypeVar

from flask import request
from pydantic import BaseModel, TypeAdapter, ValidationError

from advisor.case_text import read_json
from advisor.errors import FieldFault, RequestError
from advisor.question import iso_date
from advisor.store.page import Page, UnknownCursor

T = TypeVar("T", bound=BaseModel)
P = TypeVar("P")
MOST_ON_A_PAGE: Final = 200
MAX_JSON_BYTES: Final = 1 << 20


class Cursor(NamedTuple):
    """Which page of a list is asked for."""

    after: str | None
    limit: int


def refuse_unknown(*known: str) -> None:
    """Raise RequestError for a query parameter that is not known, or given twice."""
    for name, values in request.args.lists():
        if name not in known:
            raise _wrong(name, f"there is no query parameter {name!r}")
        if len(values) > 1:
            raise _wrong(name, f"{name} is given more than once")


def text(name: str) -> str | None:
    """A query parameter as it is; None where it is not given. Raises RequestError where it is empty."""
    value = request.args.get(name)
    if value is not None and (not value or "\0" in value or len(value) > 1_000):
        raise _wrong(name, f"{name} must be a text of 1 to 1000 characters")
    return value


def day(name: str) -> date | None:
    """A query parameter as a day."""
    value = request.args.get(name)
    try:
        return None if value is None else iso_date(value)
    except ValueError as error:
        raise _wrong(name, str(error).replace("\n", "; ")) from None


def whole(name: str, default: int, least: int, most: int) -> int:
    """A query parameter as a whole number within bounds."""
    value = request.args.get(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 12 or not least <= int(value) <= most:
        raise _wrong(name, f"{name} must be a number from {least} to {most}")
    return int(value)


def number(name: str) -> Decimal:
    """A query parameter that must be given as a number."""
    value = request.args.get(name, "")
    try:
        found = Decimal(value) if value.isascii() and len(value) <= 30 else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found.adjusted()) > 20:
        raise _wrong(name, f"{name} must be a number")
    return found


def cursor() -> Cursor:
    """`cursor` and `limit` of a list."""
    return Cursor(text("cursor"), whole("limit", 20, 1, MOST_ON_A_PAGE))


def page_of(read: Callable[[Cursor], Page[P]]) -> Page[P]:
    """The page that is asked for. Raises RequestError where the cursor names nothing."""
    try:
        return read(cursor())
    except UnknownCursor:
        raise _wrong("cursor", "the cursor names nothing in this list") from None


def body(adapter: TypeAdapter[T]) -> T:
    """The JSON body. Raises RequestError with a pointer to everything that is wrong in it."""
    if request.mimetype != "application/json":
        # Pages of other origins cannot send this type without being allowed to.
        raise RequestError("the body must be JSON, with Content-Type: application/json", status=415)
    raw = request.get_data()
    if len(raw) > MAX_JSON_BYTES:
        raise RequestError(f"the body is larger than {MAX_JSON_BYTES} bytes", status=413)
    value = read_json(raw)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        faults = [
            FieldFault(_pointer(one["loc"]), one["msg"])
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        first = faults[0]
        raise RequestError(
            f"{first.pointer or 'the body'}: {first.detail}", status=422, code="invalid_body", fields=faults
        ) from None


def _pointer(path: tuple[int | str, ...]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _wrong(name: str, sentence: str) -> RequestError:
    return RequestError(sentence, status=400, param=name, code="invalid_parameter")
