"""What would change the answer: the smallest changes of given answers that lead to another approach.

Only answers that settle the decision can change it, so the search follows the trace: first every change of one such
answer, then, for approaches that no single change reaches, pairs in which the second answer settles the decision that
the first one left.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from advisor.decision.rulebook import RuleBook
from advisor.decision.slots import NA, State_
from advisor.question import Answer, Question

Change = Mapping[str, Answer]


class Flip(NamedTuple):
    """With the answers in `change` replaced the approach becomes `to`."""

    change: Change
    to: str


def find_flips(book: RuleBook, answers: Mapping[str, Answer], approach: str) -> tuple[Flip, ...]:
    """Every change of one given answer that leads elsewhere, then the pairs for approaches not reached by one.

    In a pair neither change leads elsewhere by itself. Changes that would make the case contradict itself in a new way
    are left out.
    """
    search = _Search(book, answers, approach)
    state = book.slots.state(answers)
    changes = dict.fromkeys(search.changes(answers, state, swaps=True))
    flips = {change: to for change in changes if (to := search.approach_with(state, change)) not in (None, approach)}
    singles: dict[tuple[str, str], Flip] = {}
    for (name, value), to in flips.items():
        singles.setdefault((name, str(to)), Flip({name: value}, str(to)))
    reached = {None, approach, *flips.values()}
    pairs: dict[tuple[str, str, str], Flip] = {}
    for first in search.changes(answers, state, swaps=False):
        if first in flips or search.approach_with(state, first) != approach:
            continue
        changed = book.slots.changed(state, *first)
        for second in search.changes({**answers, first[0]: first[1]}, changed, swaps=False):
            if second in flips or second[0] == first[0]:
                continue
            to = search.approach_with(changed, second)
            if to not in reached:
                names = sorted((first[0], second[0]))
                pairs.setdefault((names[0], names[1], str(to)), Flip(dict([first, second]), str(to)))
    return (*singles.values(), *pairs.values())


class _Search:
    def __init__(self, book: RuleBook, answers: Mapping[str, Answer], approach: str) -> None:
        self.book = book
        self.approach = approach
        self.known: dict[tuple[object, ...], str | None] = {}
        self.old_contradictions = self._contradictions(book.slots.state(answers))

    def changes(self, answers: Mapping[str, Answer], state: State_, *, swaps: bool) -> Iterator[tuple[str, Answer]]:
        """Each other value, nearest first, of each given answer that settles the decision.

        `state` is that of `answers`. Of a set one option comes or goes; with `swaps` one may also take the place of
        another.
        """
        trace = self.book.approach.trace(state)
        settled = {slot.index: slot for step in trace.steps for slot in trace.because(step)}
        if trace.outcome is None:  # decided all the same by every completion: any answer may settle it
            settled = self.book.possibilities.cells.slots
        for slot in settled.values():
            value = state[slot.index]
            if value is None or value is NA or slot.answer not in answers:
                continue
            if slot.option is None:
                for other in self.book.possibilities.cells.others(slot.index, value):
                    yield slot.answer, other
            else:
                yield slot.answer, _toggled(slot.question, answers[slot.answer], slot.option)
        if swaps:
            for slot in settled.values():
                chosen = answers.get(slot.answer)
                if slot.option and isinstance(chosen, tuple) and slot.option not in chosen:
                    for old in chosen:
                        without = tuple(option for option in chosen if option != old)
                        yield slot.answer, _toggled(slot.question, without, slot.option)

    def approach_with(self, before: State_, change: tuple[str, Answer]) -> str | None:
        """The approach with one answer changed; None where it is open, or contradicts itself in a new way."""
        state = self.book.slots.changed(before, *change)
        key = tuple(state)
        if key not in self.known:
            outcome = self.book.possibilities.sole_outcome(state)
            if outcome not in (None, self.approach) and self._contradictions(state) - self.old_contradictions:
                outcome = None
            self.known[key] = outcome
        return self.known[key]

    def _contradictions(self, state: State_) -> set[str]:
        return {note.id for note in self.book.contradictions if note.holds(state)}


def _toggled(question: Question, chosen: Answer, option: str) -> Answer:
    """The set answer with `option` added or taken away, keeping the exclusive option alone."""
    options = set(chosen) if isinstance(chosen, tuple) else set()
    exclusive = question.exclusive
    if option in options:
        options.discard(option)
        if not options and exclusive and option != exclusive:
            options = {exclusive}
    elif option == exclusive:
        options = {option}
    else:
        options = {*options, option} - {exclusive}
    return tuple(name for name in question.options if name in options)
