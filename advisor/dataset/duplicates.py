"""Rows that say the same twice: exact duplicates, near duplicates, and one input with two answers."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING

from advisor.dataset.example import Example, Place
from advisor.dataset.found import Found
from advisor.dataset.word_ids import WordIds

if TYPE_CHECKING:
    from advisor.dataset.near_duplicates import NearPair


class Duplicates:
    """Gathers what is needed to compare every row with every other.

    An exact duplicate has the same texts but for Unicode composition (NFC) and outer white space. A conflict has the
    same input but for case, white space and punctuation around words, and another answer. Memory: about 4 bytes a word
    and 300 bytes a row.
    """

    def __init__(self) -> None:
        self.words = WordIds()
        self.lines = array("Q")  # of each row that is no exact duplicate, in order
        self.inputs = array("I")  # words of all their prompts (answers, where there is no prompt), one after the other
        self.input_ends = array("Q")
        self.answers = array("I")
        self.answer_ends = array("Q")
        self.systems = array("Q")  # a hash of the instructions
        self.by_text: dict[int, int] = {}  # hash of a whole row → its line
        self.by_input: dict[int, int] = {}  # hash of an input → position of its first row in `lines`
        self._exact: list[tuple[int, int]] = []  # line, and the earlier one that says the same
        self._conflicts: list[Place] = []
        self._same_words: list[NearPair] = []
        self._answered_otherwise: dict[int, int] = {}  # line in conflict → the earlier line
        self._settled: set[int] = set()  # positions of rows that conflict or have all words of an earlier row

    def add(self, example: Example) -> None:
        """Notes one row; rows are added in the order of the file."""
        first = self.by_text.setdefault(text_hash(example), example.line)
        if first != example.line:
            self._exact.append((example.line, first))
            if first in self._answered_otherwise:
                self._note_conflict(example.line, self._answered_otherwise[first])
            return
        prompt = array("I", self.words.of(example.prompt))
        answer = array("I", self.words.of(example.answer))
        system = _hash(array("I", self.words.of(example.system)).tobytes()) if example.system else 0
        position = len(self.lines)
        if prompt:
            key = _hash(prompt.tobytes() + system.to_bytes(8, "big"))
            earlier = self.by_input.setdefault(key, position)
            if earlier != position and example.answer:
                self._same_input(position, earlier, example.line, answer)
        self.lines.append(example.line)
        self.inputs.extend(prompt or answer)
        self.input_ends.append(len(self.inputs))
        self.answers.extend(answer if prompt else ())
        self.answer_ends.append(len(self.answers))
        self.systems.append(system)

    def _same_input(self, position: int, earlier: int, line: int, answer: array[int]) -> None:
        from advisor.dataset.near_duplicates import NearPair

        self._settled.add(position)
        start = self.answer_ends[earlier - 1] if earlier else 0
        if self.answers[start : self.answer_ends[earlier]] == answer:
            self._same_words.append(NearPair(line, self.lines[earlier], 1.0))
        else:
            self._note_conflict(line, self.lines[earlier])

    def _note_conflict(self, line: int, earlier: int) -> None:
        self._answered_otherwise[line] = earlier
        self._conflicts.append(Place(line, None, f"the same input as line {earlier}, another answer"))

    def near_pairs(self) -> tuple[NearPair, ...]:
        """Each row that nearly repeats an earlier one, once, with the first row that it repeats."""
        from advisor.dataset.near_duplicates import find_near_pairs

        return tuple(sorted([*self._same_words, *find_near_pairs(self, self._settled)]))

    def related(self) -> Iterator[tuple[int, int]]:
        """Every row that repeats an earlier one, exactly, nearly or with another answer, and the line of that one."""
        yield from self._exact
        yield from self._answered_otherwise.items()
        yield from ((pair.line, pair.earlier) for pair in self.near_pairs())

    def found(self) -> tuple[Found, ...]:
        """The findings exact_duplicate, near_duplicate and conflicting_answers; later rows name the earlier one."""
        exact = [Place(line, None, f"the same as line {first}") for line, first in self._exact]
        near = [Place(pair.line, None, pair.detail()) for pair in self.near_pairs()]
        findings = (
            Found("exact_duplicate", tuple(exact)),
            Found("near_duplicate", tuple(near)),
            Found("conflicting_answers", tuple(self._conflicts)),
        )
        return tuple(finding for finding in findings if finding.places)


def find_leakage(train: Duplicates, test: Duplicates) -> tuple[Found, ...]:
    """The finding `leakage`: rows of the training file that stand in the test file as well.

    They are there exactly, with the same input, or nearly.
    The lines are those of the training file; each detail names the line of the test file.
    """
    from advisor.dataset.near_duplicates import find_pairs_between

    details: dict[int, str] = {}
    for pair in find_pairs_between(train, test):
        details[pair.line] = f"{pair.detail()} of the test file"
    for key, position in train.by_input.items():
        if key in test.by_input:
            line = test.lines[test.by_input[key]]
            details[train.lines[position]] = f"the same input as line {line} of the test file"
    for key, line in train.by_text.items():
        if key in test.by_text:
            details[line] = f"the same as line {test.by_text[key]} of the test file"
    places = tuple(Place(line, None, detail) for line, detail in sorted(details.items()))
    return (Found("leakage", places),) if places else ()


def text_hash(example: Example) -> int:
    """A hash of all texts of a row, equal for exact duplicates."""
    text = "\x1f".join(map(str.strip, example.texts))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return _hash(text.encode("utf-8", "surrogatepass"))


def _hash(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big")
