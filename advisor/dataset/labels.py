"""Answers that are labels: which there are, how often, and which are the same label spelt another way."""

from __future__ import annotations

import re
from array import array
from statistics import median
from typing import Final, NamedTuple

from advisor.dataset.example import Example, Place
from advisor.dataset.found import Found
from advisor.dataset.tasks import Tasks

MOST_LABEL_CHARACTERS: Final = 60
_MOST_LABEL_WORDS: Final = 6
_MOST_SPELLINGS: Final = 2000  # different short answers in a task, beyond which they are no labels
_MOST_LABELS: Final = 200
_LEAST_ROWS: Final = 10
_LEAST_REPEATED: Final = 0.8  # share of the short answers that must stand there at least twice
_LEAST_SHORT: Final = 0.9
_TIMES_AS_FREQUENT: Final = 20  # than its misspelling a label must be, when they differ by a letter
_LEAST_TYPO_LENGTH: Final = 5
_FEW_ROWS: Final = 10
_RARE_RATIO: Final = 10


class LabelCount(NamedTuple):
    """One label of a task: rows, their share, the first line, and the median length of the prompts in characters."""

    task: str
    label: str
    rows: int
    share: float
    first_line: int
    prompt_characters: float


def is_short(answer: str) -> bool:
    """Whether `answer` could be a label: one short line of a few words."""
    return 0 < len(answer) <= MOST_LABEL_CHARACTERS and "\n" not in answer and answer.count(" ") < _MOST_LABEL_WORDS


class _Answers:
    """The answers of one task."""

    def __init__(self) -> None:
        self.lines: dict[str, array[int]] = {}
        self.lengths: dict[str, array[int]] = {}
        self.long = array("Q")
        self.rows = 0
        self.too_many = False

    def add(self, example: Example) -> None:
        answer = example.answer.strip()
        if not answer:
            return
        self.rows += 1
        if not is_short(answer):
            self.long.append(example.line)
        elif not self.too_many:
            self.lines.setdefault(answer, array("Q")).append(example.line)
            self.lengths.setdefault(answer, array("Q")).append(len(example.prompt))
            if len(self.lines) > _MOST_SPELLINGS:
                self.too_many = True
                self.lines.clear()
                self.lengths.clear()

    def are_labels(self) -> bool:
        if self.too_many or self.rows < _LEAST_ROWS or len(self.long) > (1 - _LEAST_SHORT) * self.rows:
            return False
        spelt = self.by_spelling()
        short = self.rows - len(self.long)
        repeated = [sum(len(self.lines[one]) for one in ones) for ones in spelt.values()]
        repeated = [count for count in repeated if count > 1]
        return sum(repeated) >= _LEAST_REPEATED * short and 2 <= len(repeated) <= min(_MOST_LABELS, short / 3)

    def by_spelling(self) -> dict[str, list[str]]:
        """The answers under what is left of them without case, spaces and punctuation, the most frequent first."""
        found: dict[str, list[str]] = {}
        for answer in sorted(self.lines, key=lambda one: (-len(self.lines[one]), one)):
            found.setdefault(bare(answer), []).append(answer)
        return found

    def slips(self, spelt: dict[str, list[str]]) -> dict[str, str]:
        """Bare spellings that are one letter away from a far more frequent one, with the latter.

        A first letter more can turn a word into its opposite (typical, atypical), so that is no slip of the pen.
        """
        rows = {key: sum(len(self.lines[one]) for one in ones) for key, ones in spelt.items()}
        found: dict[str, str] = {}
        for key in spelt:
            near = [
                one
                for one in spelt
                if len(key) >= _LEAST_TYPO_LENGTH
                and rows[one] >= _TIMES_AS_FREQUENT * rows[key]
                and one_letter_apart(key, one)
                and key[1:] != one
                and one[1:] != key
            ]
            if near:
                found[key] = max(near, key=rows.__getitem__)
        return found


class Labels:
    """Gathers short answers by task. Memory: 16 bytes a row that has one."""

    def __init__(self) -> None:
        self._tasks = Tasks(_Answers)

    def add(self, example: Example) -> None:
        """Notes the answer of one row."""
        self._tasks.of(example).add(example)

    def counts(self) -> tuple[LabelCount, ...]:
        """The labels of every task whose answers are labels, other spellings counted in, the most frequent first."""
        found: list[LabelCount] = []
        for task, answers in self._label_tasks():
            total = sum(map(len, answers.lines.values()))
            spelt = answers.by_spelling()
            for wrong, right in answers.slips(spelt).items():
                spelt[right] += spelt.pop(wrong)
            for spellings in spelt.values():
                rows = sum(len(answers.lines[one]) for one in spellings)
                lengths = [length for one in spellings for length in answers.lengths[one]]
                first = min(answers.lines[one][0] for one in spellings)
                found.append(LabelCount(task, spellings[0], rows, rows / total, first, median(lengths)))
        return tuple(sorted(found, key=lambda one: (one.task, -one.rows, one.label)))

    def found(self) -> tuple[Found, ...]:
        """The findings label_spelling, label_imbalance, and inconsistent_output_format for texts among labels."""
        spelling: list[Place] = []
        among: list[Place] = []
        for _, answers in self._label_tasks():
            spelling += _other_spellings(answers)
            among += [Place(line, None, "a text where nearly all other answers are labels") for line in answers.long]
        findings = (
            Found("label_spelling", tuple(sorted(spelling))),
            Found("label_imbalance", tuple(_rare(self.counts()))),
            Found("inconsistent_output_format", tuple(sorted(among))),
        )
        return tuple(finding for finding in findings if finding.places)

    def _label_tasks(self) -> list[tuple[str, _Answers]]:
        return [(task, answers) for task, answers in self._tasks.by_system.items() if answers.are_labels()]


def bare(label: str) -> str:
    """`label` without case, spaces and punctuation, or as it is where nothing else is left of it."""
    return re.sub(r"[\W_]+", "", label.casefold()) or label


def one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter changed, added, left out or swapped makes `one` of `other`. Another digit is no slip."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    front = 0
    while front < min(len(one), len(other)) and one[front] == other[front]:
        front += 1
    rest, other_rest = one[front:], other[front:]
    if any(map(str.isdigit, rest[:1] + other_rest[:1])):
        return False
    swapped = rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:]
    return swapped or rest[1:] == other_rest[1:] or rest == other_rest[1:] or rest[1:] == other_rest


def _other_spellings(answers: _Answers) -> list[Place]:
    places: list[Place] = []
    spelt = answers.by_spelling()
    for usual, *others in spelt.values():
        for other in others:
            detail = f"`{other}` is spelt `{usual}` in {len(answers.lines[usual])} rows"
            places += [Place(line, None, detail) for line in answers.lines[other]]
    for key, right in answers.slips(spelt).items():
        wrong, usual = spelt[key][0], spelt[right][0]
        detail = f"`{wrong}` is probably `{usual}`, which stands in {len(answers.lines[usual])} rows"
        places += [Place(line, None, detail) for line in answers.lines[wrong]]
    return places


def _rare(counts: tuple[LabelCount, ...]) -> list[Place]:
    places: list[Place] = []
    for task in dict.fromkeys(count.task for count in counts):
        own = [count for count in counts if count.task == task]
        largest = own[0]
        for count in own[1:]:
            if count.rows < _FEW_ROWS or count.rows * _RARE_RATIO < largest.rows:
                detail = (
                    f"`{count.label}` has {count.rows} rows ({count.share:.1%}); "
                    f"`{largest.label}` has {largest.rows} ({largest.share:.1%})"
                )
                places.append(Place(count.first_line, None, detail))
    return sorted(places)
