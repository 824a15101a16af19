"""Finds text in documents that is written for a language model: phrases, hidden text, invisible characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.decision.fields import Fields
from advisor.evaluation.document import Document, slug
from advisor.strict_yaml import Document as RuleFile

HIDDEN_TEXT: Final = "hidden_text"
INVISIBLE_CHARACTERS: Final = "invisible_characters"
_COMMENT: Final = "comment"
_LEAST_HIDDEN_WORDS: Final = 4  # menus and labels that a script shows are shorter
_SHOWN_CHARACTERS: Final = 160
# Zero-width and direction marks. One joiner between letters belongs to many scripts and to emoji; runs of marks and the
# tag characters, which spell Latin text without showing it, do not (but for flags, which begin with U+1F3F4).
_RUN: Final = re.compile("[\u200b\u2060-\u2064\u180e\ufeff\u202a-\u202e\u2066-\u2069]|[\u200c\u200d]{2,}")
_TAGS: Final = re.compile("(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007e]{2,}")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\u180e\ufeff\u202a-\u202e\u2066-\u2069]")
_FEWEST_MARKS: Final = 3  # in a block: single ones come from word processors
_QUOTES: Final = str.maketrans("’‘“”", "''\"\"")


class Pattern(NamedTuple):
    """One kind of phrase: `why` it is no ordinary text, and the sources that say so."""

    id: str
    why: str
    pattern: re.Pattern[str]
    source: tuple[str, ...]


class Injection(NamedTuple):
    """A suspicious text: the `kind` is a pattern's id, HIDDEN_TEXT or INVISIBLE_CHARACTERS.

    `place` is the document, with the heading's slug where it has one; `how` says how the text is hidden, if it is.
    """

    kind: str
    place: str
    text: str
    why: str
    how: str = ""


def build_patterns(document: RuleFile) -> tuple[Pattern, ...]:
    """The patterns of `rules/prompt_injection.yaml`, tried on their examples. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    sources = known_sources(top)
    made: list[Pattern] = []
    for fields in top.rows("patterns", "a pattern"):
        try:
            pattern = re.compile(fields.text("pattern"))
        except re.error as error:
            raise fields.error(
                f"this is no regular expression: {error}", "pattern", what_to_do="mend it; try it on its examples"
            ) from None
        for name, wanted in (("examples", True), ("near_misses", False)):
            for text in fields.texts(name, required=True):
                if bool(pattern.search(compared(text))) != wanted:
                    said = "does not match" if wanted else "matches"
                    raise fields.error(f"the pattern {said} {text!r}", name, what_to_do="mend the pattern")
        made.append(Pattern(fields.text("id"), fields.text("why"), pattern, fields.texts("source", required=True)))
        if made[-1].id in {one.id for one in made[:-1]}:
            raise fields.error(f"the pattern {made[-1].id} is given twice", "id", what_to_do="keep one of the two")
        for name in made[-1].source:
            fields.must_be_known(name, sources, "source", "source")
        fields.done()
    top.done()
    return tuple(made)


def probe(document: Document, patterns: Sequence[Pattern]) -> Iterator[Injection]:
    """Every suspicious text of a document, those that are seen first."""
    for section in document.content.sections:
        name = slug(section.headings[-1]) if section.headings else ""
        place = f"{document.path}#{name}" if name else document.path
        for text in (*section.headings[-1:], *(f"{block.header}\n{block.text}" for block in section.blocks)):
            yield from _in_text(text, place, patterns, "")
    for hidden in document.content.hidden:
        found = list(_in_text(hidden.text, document.path, patterns, hidden.how))
        yield from found
        is_long = len(hidden.text.split()) >= _LEAST_HIDDEN_WORDS
        if not found and is_long and _COMMENT not in hidden.how and hidden.how != "white letters":
            why = "A person who reads the page does not see it; a model does."
            yield Injection(HIDDEN_TEXT, document.path, _shown(hidden.text), why, hidden.how)


def probe_text(text: str, place: str, patterns: Sequence[Pattern]) -> Iterator[Injection]:
    """Every kind of suspicious phrase in a text that is no document; `place` names it."""
    yield from _in_text(text, place, patterns, "")


def compared(text: str) -> str:
    """A text as patterns see it: look-alike forms made plain, invisible characters out, lower case, single spaces."""
    plain = unicodedata.normalize("NFKC", _untagged(text))
    return " ".join(_INVISIBLE.sub("", plain).translate(_QUOTES).lower().split())


def _in_text(text: str, place: str, patterns: Sequence[Pattern], how: str) -> Iterator[Injection]:
    plain = compared(text)
    for pattern in patterns:
        match = pattern.pattern.search(plain)
        if match:
            begin = max(0, match.start() - _SHOWN_CHARACTERS // 4)
            yield Injection(pattern.id, place, _shown(plain[begin:]), pattern.why, how)
    tagged = _TAGS.search(text)
    if tagged or len(_RUN.findall(text)) >= _FEWEST_MARKS:
        why = "Characters that are not shown can carry text to a model, or keep words from being found."
        yield Injection(INVISIBLE_CHARACTERS, place, _shown(plain), why, how)


def _untagged(text: str) -> str:
    """Tag characters as the letters that they spell."""
    return _TAGS.sub(lambda run: f" {''.join(chr(ord(sign) - 0xE0000) for sign in run[0])} ", text)


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]} …"
