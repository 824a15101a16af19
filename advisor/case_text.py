"""Cases as they come in over a network: JSON or YAML read strictly, with a pointer to everything that is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from advisor.case import Case, as_mapping, case_from_document
from advisor.errors import FieldFault, InputError, RequestError
from advisor.question import Question
from advisor.strict_yaml import MAX_DEPTH, NO_TEXT, Document, decode, read

JSON_TYPES: Final = ("application/json",)
YAML_TYPES: Final = ("application/yaml", "application/x-yaml", "text/yaml")
MAX_CASE_BYTES: Final = 256 << 10
_NAME: Final = "the body"
_NUMBER: Final = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?")


def read_case(raw: bytes, content_type: str, questions: Mapping[str, Question]) -> Case:
    """The case in the body of a request. Raises RequestError: 413, 415, 400 where it is no JSON or YAML, else 422.

    A data set that the case names is not looked at: the file would be one of this machine.
    """
    if len(raw) > MAX_CASE_BYTES:
        raise RequestError(f"a case has at most {MAX_CASE_BYTES} bytes", status=413)
    if content_type in JSON_TYPES:
        document = Document(_NAME, read_json(raw), {})
    elif content_type in YAML_TYPES:
        try:
            document = read(decode(raw, _NAME), _NAME)
        except InputError as error:
            raise RequestError(str(error), status=400, code="invalid_yaml") from None
    else:
        raise RequestError("send the case as application/json or application/yaml", status=415)
    return checked_case(document, questions)


def checked_case(document: Document, questions: Mapping[str, Question]) -> Case:
    """The case in a document. Raises RequestError with a pointer to each value that is wrong."""
    try:
        return case_from_document(document, questions)
    except InputError as error:
        words = f"{error.problem}. What to do: {error.what_to_do}." if error.what_to_do else f"{error.problem}."
        raise RequestError(
            words, status=422, code="invalid_case", fields=_faults(document.value, questions, words)
        ) from None


def stored_case(text: str, questions: Mapping[str, Question]) -> Case:
    """The case in a text that `case_json` made. Raises InputError where the questions have changed since."""
    return case_from_document(Document("case", json.loads(text, parse_float=Decimal), {}), questions)


def case_json(case: Case) -> str:
    """A case as JSON: the same for the same answers, whatever their order and layout were."""
    return json.dumps(as_mapping(case), ensure_ascii=False, separators=(",", ":"))


def read_json(raw: bytes) -> Any:
    """The value in JSON without surprises. Raises RequestError for repeated keys, NaN, numbers without bound, depth."""
    try:
        text = raw.decode("utf-8")
        value = json.loads(
            text, parse_float=_number, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_mapping
        )
    except (ValueError, RecursionError) as error:
        said = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise RequestError(f"the body is no JSON that is read here: {said}", status=400, code="invalid_json") from None
    _check_texts(value)
    return value


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("a number is too long")
    return Decimal(text)


def _integer(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError("a number is too long")
    return int(text)


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for place, (name, _) in enumerate(pairs) if name in dict(pairs[:place]))
        raise ValueError(f"the key {twice!r} is given twice")
    return found


def _check_texts(value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise RequestError(f"the body is nested more than {MAX_DEPTH} levels deep", status=400, code="invalid_json")
    if isinstance(value, str) and (wrong := NO_TEXT.search(value)):
        raise RequestError(f"the character U+{ord(wrong[0]):04X} is no text", status=422, code="invalid_text")
    inside = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inside:
        _check_texts(item, depth + 1)


def _faults(value: Any, questions: Mapping[str, Question], words: str) -> tuple[FieldFault, ...]:
    """Each wrong value of a case by its pointer; what is wrong is said anew by the published model of cases."""
    if not isinstance(value, dict):
        return (FieldFault("", words),)
    found: dict[str, FieldFault] = {}
    groups = {question.group for question in questions.values()}
    for key, part in value.items():
        if key in groups and isinstance(part, dict):
            for name, given in part.items():
                question = questions.get(f"{key}.{name}")
                pointer = f"/{_token(key)}/{_token(name)}"
                if question is None:
                    found[pointer] = FieldFault(pointer, f"there is no answer named {key}.{name}")
                    continue
                try:
                    question.checked(given)
                except ValueError as error:
                    found[pointer] = FieldFault(pointer, str(error).replace("\n", "; "))
        elif not _is_top(key, part, groups):
            pointer = f"/{_token(key)}"
            found[pointer] = FieldFault(pointer, words)
    return tuple(found.values()) or (FieldFault("", words),)


def _is_top(key: str, value: Any, groups: set[str]) -> bool:
    """Whether a value at the top level is right by itself."""
    try:
        case_from_document(Document(_NAME, {key: value}, {}), {})
    except InputError:
        return key in groups and value is None
    return True


def _token(name: str) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
