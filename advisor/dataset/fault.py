"""A mistake in one row, before it is known where in the file the row stands."""

from collections.abc import Iterable
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class Fault(NamedTuple):
    """What is wrong: the id of the finding, the keys and indexes that lead to it, and the mistake in words.

    `offset` counts the characters of the row before it, where that is known already; else it is found by the path.
    """

    id: str
    path: Path
    detail: str
    at_key: bool = False  # the key is wrong, not the value
    offset: int | None = None


def shown_path(path: Path) -> str:
    """`messages[1].content` for ("messages", 1, "content"); "the row" for ()."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return text or "the row"


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names = {str: "text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)


def quoted(text: str, most: int = 40) -> str:
    """`text` in quotes, cut after `most` characters; what is no text is shown escaped."""
    cut = text if len(text) <= most else f"{text[:most]}…"
    return '"' + "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in cut) + '"'


def missing(path: Path, key: str, *, hint: str = "") -> Fault:
    """The object at `path` lacks `key`."""
    return Fault("missing_key", path, f'{shown_path(path)} has no "{key}"{hint}')


def wrong_type(path: Path, wanted: str, value: Any) -> Fault:
    """The value at `path` is of another type than `wanted`, which is written with its article."""
    return Fault("wrong_type", path, f"{shown_path(path)} must be {wanted}, not {kind_of(value)}")


def unknown_keys(row: dict[str, Any], known: Iterable[str], path: Path) -> list[Fault]:
    """One fault for each key of `row` that is not one of `known`."""
    return [
        Fault("unknown_key", (*path, key), f"{shown_path(path)} has the key {quoted(key)}, which is not known", True)
        for key in row
        if key not in known
    ]


def text_fault(row: dict[str, Any], key: str, path: Path = (), *, may_be_empty: bool = False) -> Fault | None:
    """What is wrong with a required text field of `row`, or None."""
    if key not in row:
        return missing(path, key)
    value, here = row[key], (*path, key)
    if isinstance(value, str):
        if may_be_empty or (value and not value.isspace()):
            return None
        return Fault("empty_content", here, f"{shown_path(here)} is {'only white space' if value else 'empty'}")
    if value is None:
        return Fault("empty_content", here, f"{shown_path(here)} is null")
    return wrong_type(here, "text", value)
