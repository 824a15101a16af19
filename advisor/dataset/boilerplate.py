"""Answers not worth learning: refusals, talk about being a model, placeholders, the same sentences over and over."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from typing import Final, NamedTuple

from advisor.dataset.example import Example, Place
from advisor.dataset.found import Found
from advisor.decision.fields import Fields
from advisor.strict_yaml import Document

_WHERE: Final = ("start", "end", "anywhere", "whole")
_START: Final = 200  # characters that count as the start of an answer
_LEAST_WORDS: Final = 6  # of a sentence or an answer, for its repetition to mean something
_LEAST_TIMES: Final = 10
_LEAST_SHARE: Final = 0.01
_SENTENCE_END: Final = re.compile(r"[.!?](?=\s)|[。！？]|\n")
_QUOTES: Final = str.maketrans("’‘“”", "''\"\"")


class Phrases(NamedTuple):
    """Phrases of one kind: `what` they are, `where` in an answer they count, in lower case with straight quotes."""

    what: str
    where: str
    texts: tuple[str, ...]
    source: tuple[str, ...]


def read_phrases(document: Document) -> tuple[Phrases, ...]:
    """The phrases of `rules/boilerplate.yaml`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    found: list[Phrases] = []
    for fields in top.rows("phrases", "an entry of phrases"):
        where = fields.one_of("where", _WHERE, "place")
        texts = fields.texts("texts", required=True)
        for text in texts:
            if text != _compared(text) or (where != "whole" and len(text) < 6):
                raise fields.error(
                    f"the phrase {text!r} would never or nearly always match",
                    "texts",
                    what_to_do="write it in lower case, with straight quotes, and at least six characters long",
                )
        found.append(Phrases(fields.text("what"), where, texts, fields.texts("source", required=True)))
        fields.done()
    top.done()
    return tuple(found)


class Boilerplate:
    """Gathers answers that are boilerplate. Memory: 40 bytes a row."""

    def __init__(self, phrases: Iterable[Phrases]) -> None:
        self._phrases = tuple(phrases)
        self._places: list[Place] = []
        self._lines = array("Q")
        self._hashes = {part: array("q") for part in ("answer", "opening", "closing", "input")}

    def add(self, example: Example) -> None:
        """Notes the answer of one row."""
        answer = example.answer.strip()
        if not answer:
            return
        what = self._phrase(_compared(answer))
        if what:
            self._places.append(Place(example.line, None, what))
        if answer.count(" ") < _LEAST_WORDS - 1:
            return
        first = _SENTENCE_END.search(answer)
        opening = answer[: first.end()] if first else ""
        closing = _last_sentence(answer) if first else ""
        self._lines.append(example.line)
        for part, text in (("answer", answer), ("opening", opening), ("closing", closing), ("input", example.prompt)):
            counts = part in ("answer", "input") or text.count(" ") >= _LEAST_WORDS - 1
            self._hashes[part].append(hash(text) if counts else 0)

    def found(self) -> tuple[Found, ...]:
        """The finding boilerplate_answer: phrases, and answers or sentences that are repeated over other inputs."""
        places = [*self._places, *self._repeated()]
        return (Found("boilerplate_answer", tuple(sorted(places))),) if places else ()

    def _phrase(self, answer: str) -> str:
        """What is wrong with `answer`, or nothing."""
        for phrases in self._phrases:
            if phrases.where == "whole":
                if answer in phrases.texts:
                    return phrases.what
                continue
            if phrases.where == "end":
                if answer.endswith(phrases.texts):
                    return phrases.what
                continue
            part = answer[:_START] if phrases.where == "start" else answer
            if any(map(part.__contains__, phrases.texts)):
                return phrases.what
        return ""

    def _repeated(self) -> list[Place]:
        import numpy as np

        if not self._lines:
            return []
        lines = np.asarray(self._lines, np.int64)
        inputs = np.asarray(self._hashes["input"], np.int64)
        wanted = max(_LEAST_TIMES, _LEAST_SHARE * len(lines))
        said = np.zeros(len(lines), np.bool_)
        places: list[Place] = []
        for part, what in (
            ("answer", "the same answer as to"),
            ("opening", "opens with the same sentence as the answers to"),
            ("closing", "ends with the same sentence as the answers to"),
        ):
            values, first, which = np.unique(
                np.asarray(self._hashes[part], np.int64), return_index=True, return_inverse=True
            )
            # Inputs, not rows, are counted: a row that stands there ten times is ten duplicates.
            pairs = np.unique(np.stack([which, np.unique(inputs, return_inverse=True)[1]]), axis=1)
            times = np.bincount(pairs[0], minlength=len(values))
            often = (times[which] >= wanted) & (np.asarray(self._hashes[part], np.int64) != 0) & ~said
            said |= often
            for row in np.flatnonzero(often).tolist():
                group = which[row]
                detail = f"{what} {times[group] - 1} other inputs, first in line {lines[first[group]]}"
                places.append(Place(int(lines[row]), None, detail))
        return places


def _compared(text: str) -> str:
    return text.translate(_QUOTES).lower() if not text.isascii() else text.lower()


def _last_sentence(answer: str) -> str:
    start = max(answer.rfind(mark, 0, len(answer) - 1) for mark in (". ", "! ", "? ", "\n", "。", "！", "？"))
    return answer[start + 1 :].strip()
