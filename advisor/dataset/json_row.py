"""One row of JSON read strictly: duplicate keys, NaN, half surrogates and deep nesting are refused, with columns."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, NoReturn

from advisor.dataset.fault import Fault, Path, quoted, shown_path
from advisor.strict_yaml import NO_TEXT

MAX_DEPTH: Final = 100  # objects and lists inside each other; tools with schemas have about ten

_SPACE = re.compile(r"[ \t\n\r]*")
_STEPS: Final = {
    "Expecting ',' delimiter": "a comma is missing, or a quote inside a text lacks its backslash",
    "Expecting ':' delimiter": "a colon is missing after the key",
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes": "a key in double quotes is missing",
    "Illegal trailing comma before end of object": "a comma stands before the closing bracket",
    "Illegal trailing comma before end of array": "a comma stands before the closing bracket",
    "Extra data": "something follows after the end of the row",
    "Unterminated string starting at": "a text is not closed by a double quote",
    "Invalid \\escape": "a backslash is followed by a letter that escapes nothing",
    "Invalid \\uXXXX escape": "\\u is not followed by four hexadecimal digits",
}


class ParsedRow(NamedTuple):
    """The value of a row, or None with the reason among `faults`; `text` is the row as text, to find columns in."""

    text: str
    value: Any
    faults: tuple[Fault, ...] = ()
    ends_early: bool = False  # the JSON is right as far as it goes, but the end is missing


def parse_row(raw: bytes) -> ParsedRow:
    """Read one row; whatever is wrong with its bytes or its JSON is a fault, never an exception."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        fault = Fault(
            "encoding_error", (), f"byte {raw[error.start]:#04x} is not UTF-8", offset=len(raw[: error.start].decode())
        )
        return ParsedRow("", None, (fault,), ends_early=error.reason == "unexpected end of data")
    if text.startswith("\ufeff"):
        return ParsedRow(text, None, (Fault("encoding_error", (), "a byte order mark stands here", offset=0),))
    twice: tuple[Fault, ...] = ()
    try:
        value = _STRICT.decode(text)
    except json.JSONDecodeError as error:
        return _broken(text, error)
    except _DuplicateKeyError:
        try:
            value = _LENIENT.decode(text)
        except json.JSONDecodeError as error:
            return _broken(text, error)
        except (ValueError, RecursionError):
            return _refused(text, "a number that is none, or nesting without end")
        if _too_deep(value, text):
            return _refused(text, f"nested more than {MAX_DEPTH} levels deep")
        twice = tuple(_duplicates(text, _SPACE.match(text).end(), ()))  # type: ignore[union-attr]
    except RecursionError:
        return _refused(text, f"nested more than {MAX_DEPTH} levels deep")
    except ValueError as error:
        return _refused(text, str(error))
    if not twice and _too_deep(value, text):
        return _refused(text, f"nested more than {MAX_DEPTH} levels deep")
    return ParsedRow(text, value, (*twice, *_odd_characters(text, value)))


def column_of(text: str, fault: Fault) -> int | None:
    """The column of `fault` in the row `text`, from 1 in characters; None where it cannot be found."""
    if fault.offset is not None:
        return fault.offset + 1
    try:
        return _offset(text, fault.path, at_key=fault.at_key) + 1
    except (ValueError, IndexError, KeyError, StopIteration, RecursionError):
        return None


class _DuplicateKeyError(ValueError):
    """An object has one key twice."""


class _Member(NamedTuple):
    key: str
    key_at: int
    value_at: int


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateKeyError
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _integer(digits: str) -> int | float:
    # Python refuses to read integers of more than 4,300 digits.
    return int(digits) if len(digits) < 4000 else float(digits)


_STRICT: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant, parse_int=_integer)
_LENIENT: Final = json.JSONDecoder(parse_constant=_no_constant, parse_int=_integer)


def _broken(text: str, error: json.JSONDecodeError) -> ParsedRow:
    offset, what = error.pos, _STEPS.get(error.msg, error.msg)
    if not text.strip(" \t\r\n"):
        what = "the line is empty"
    elif text[error.pos : error.pos + 1] == "'":
        what = "single quotes stand where JSON needs double quotes"
    elif text[error.pos : error.pos + 1] in ("}", "]") and text[: error.pos].rstrip().endswith(","):
        # Python 3.13 points to the comma, earlier ones to what follows it.
        offset, what = len(text[: error.pos].rstrip()) - 1, "a comma stands before the closing bracket"
    elif error.msg.startswith("Invalid control character"):
        what = f"the control character U+{ord(text[error.pos]):04X} stands unescaped inside a text"
    unclosed = error.msg == "Unterminated string starting at"
    rest = text[error.pos :].strip(" \t\r\n")
    cut_word = any(word.startswith(rest) for word in ("true", "false", "null", "-"))
    cut_escape = error.msg.startswith("Invalid \\") and len(rest) < len("\\u0000")
    ends_early = bool(text.strip()) and (unclosed or cut_word or cut_escape)
    if ends_early and not unclosed:
        what = "the row ends before it is complete"
    return ParsedRow(text, None, (Fault("json_error", (), what, offset=offset),), ends_early)


def _refused(text: str, what: str) -> ParsedRow:
    return ParsedRow(text, None, (Fault("json_error", (), what, offset=0),))


def _too_deep(value: Any, text: str) -> bool:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in inner if isinstance(item, dict | list)]


def _odd_characters(text: str, value: Any) -> Iterator[Fault]:
    """The first text of the row with a control character or half a surrogate pair."""
    if "\\u" not in text and ((text.isascii() and "\x7f" not in text) or not NO_TEXT.search(text)):
        return
    for path, found in _texts(value, ()):
        wrong = NO_TEXT.search(found)
        if wrong:
            code = f"U+{ord(wrong[0]):04X}"
            if "\ud800" <= wrong[0] <= "\udfff":
                yield Fault("encoding_error", path, f"{shown_path(path)} holds half a surrogate pair, {code}")
            else:
                yield Fault("control_characters", path, f"{shown_path(path)} holds the control character {code}")
            return


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield path, key
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts(inner, (*path, place))


def _skip(text: str, at: int) -> int:
    if text[at : at + 1] not in " \t\n\r":
        return at
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _members(text: str, at: int) -> Iterator[_Member]:
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, after = _LENIENT.raw_decode(text, at)
        value_at = _skip(text, _skip(text, after) + 1)
        yield _Member(key, at, value_at)
        _, end = _LENIENT.raw_decode(text, value_at)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _items(text: str, at: int) -> Iterator[int]:
    at = _skip(text, at + 1)
    while text[at] != "]":
        yield at
        _, end = _LENIENT.raw_decode(text, at)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _offset(text: str, path: Path, *, at_key: bool) -> int:
    """Where the value at `path` begins in valid JSON; of a key given twice it is the first."""
    at = _skip(text, 0)
    for depth, step in enumerate(path, start=1):
        if isinstance(step, int):
            at = next(item for place, item in enumerate(_items(text, at)) if place == step)
            continue
        member = next(member for member in _members(text, at) if member.key == step)
        at = member.key_at if at_key and depth == len(path) else member.value_at
    return at


def _duplicates(text: str, at: int, path: Path) -> Iterator[Fault]:
    """A fault for each key that stands in its object already, in text order."""
    if text[at] == "{":
        seen: set[str] = set()
        for member in _members(text, at):
            if member.key in seen:
                what = f"{shown_path(path)} has the key {quoted(member.key)} twice"
                yield Fault("duplicate_key", (*path, member.key), what, True, member.key_at)
            seen.add(member.key)
            yield from _duplicates(text, member.value_at, (*path, member.key))
    elif text[at] == "[":
        for place, item in enumerate(_items(text, at)):
            yield from _duplicates(text, item, (*path, place))
