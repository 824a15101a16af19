"""A blind ballot as one page that needs nothing else, and its sealed key beside it."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from advisor.errors import InputError
from advisor.evaluation.ballot import NO_PREFERENCE, Ballot, BallotItem, key_text
from advisor.evaluation.filled_ballot import QUESTIONS
from advisor.files import content, read_text, write_whole
from advisor.strict_yaml import NO_TEXT

WORDS: Final[Mapping[str, str]] = {
    "correct": "Is it correct?",
    "helpful": "Is it helpful?",
    "trust": "Would you trust it in production?",
}
_UNSEEN: Final = "\N{REPLACEMENT CHARACTER}"


def new_nonce() -> str:
    """256 random bits in hexadecimal digits."""
    return secrets.token_hex(32)


def ballot_page(ballot: Ballot) -> str:
    """The page in HTML. The texts are hostile: all are escaped, and only this page's own script may run."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = content("web") / "templates"
    style, script = (read_text(folder / name) for name in ("ballot.css", "ballot.js"))
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    items = shown_items(ballot)
    page = environment.get_template("ballot.html").render(
        items=items,
        questions=[(question, WORDS[question], values) for question, values in QUESTIONS.items()],
        no_preference=NO_PREFERENCE,
        commitment=ballot.commitment,
        shown=ballot.key.shown_sha256,
        style=Markup(style),  # noqa: S704  our own files, which no data go into
        script=Markup(script),  # noqa: S704
        style_hash=_hash(style),
        script_hash=_hash(script),
    )
    return str(page)


def shown_items(ballot: Ballot) -> list[dict[str, Any]]:
    """The questions as experts see them: answers under letters, no arm by its name."""
    return [
        {
            "id": one.item.id,
            "question": _visible(one.item.question),
            "expected": _visible(one.item.expected or ""),
            "documents": [_visible(document) for document in one.item.documents],
            "answers": [(letter, _visible(one.answer(letter))) for letter in one.letters],
        }
        for one in ballot.drawn
    ]


def write_ballot(ballot: Ballot, page: Path, key: Path) -> None:
    """Write the page and the key; the key only for its owner. Raises InputError where either file exists."""
    if page.resolve() == key.resolve():
        raise InputError("page and key cannot be one file", where=str(key), what_to_do="name two files")
    for path in (page, key):
        if path.exists():
            raise InputError(
                "this file exists, and experts may be voting on it",
                where=str(path),
                what_to_do="name another file, or remove it where nobody has the page",
            )
    write_whole(key, key_text(ballot.key))
    key.chmod(0o600)
    write_whole(page, ballot_page(ballot))


def read_answers(path: Path) -> tuple[BallotItem, ...]:
    """The items in a JSON file: a list of `id`, `question`, `answers` by arm, and if there are `expected`, `documents`.

    Raises InputError with the place.
    """
    try:
        rows = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON: {error}", where=str(path), what_to_do="write a list of items") from None
    if not isinstance(rows, list):
        raise InputError("this is no list of items", where=str(path), what_to_do='write [{"id": ..., ...}, ...]')
    return tuple(_item(row, f"{path}: item {number}") for number, row in enumerate(rows, start=1))


def _item(row: Any, where: str) -> BallotItem:
    match row:
        case {"id": str(name), "question": str(question), "answers": dict(answers)} if _texts(answers.values()):
            expected, documents = row.get("expected"), row.get("documents") or []
            unknown = row.keys() - {"id", "question", "answers", "expected", "documents"}
            right = (
                (expected is None or isinstance(expected, str)) and isinstance(documents, list) and _texts(documents)
            )
            if right and not unknown:
                return BallotItem(name, question, answers, expected, tuple(documents))
    raise InputError(
        "this is no item",
        where=where,
        what_to_do='write {"id": "L1", "question": "...", "answers": {"base": "...", "tuned": "..."}, '
        '"expected": "...", "documents": ["..."]}; the last two may be left out',
    )


def _texts(values: Sequence[Any] | Any) -> bool:
    return all(isinstance(value, str) for value in values)


def _visible(text: str) -> str:
    """`text` with characters that no page can hold, or that would hide or reorder others, made visible."""
    for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A)):  # overrides of the direction of writing
        text = text.replace(chr(code), _UNSEEN)
    return NO_TEXT.sub(_UNSEEN, text)


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
