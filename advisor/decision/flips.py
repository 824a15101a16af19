"""What would change the answer: the smallest changes of given answers that lead to another approach.

Only answers that settle the decision can change it, so the search follows the trace: first every change of one such
answer, then, for approaches that no single change reaches, pairs in which the second answer settles the decision that
the first one left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from advisor.decision.rulebook import RuleBook
from advisor.decision.slots import NA, Slot, State_
from advisor.question import Answer, Question

Change = Mapping[str, Answer]


class Flip(NamedTuple):
    """With the answers in `change` replaced the approach becomes `to`."""

    change: Change
    to: str


def find_flips(book: RuleBook, answers: Mapping[str, Answer], approach: str) -> tuple[Flip, ...]:
    """Every change of one given answer that leads elsewhere, then the pairs for approaches not reached by one.

    Changes that would make the case contradict itself in a new way are left out.
    """
    search = _Search(book, answers, approach)
    singles = search.from_(answers, {})
    reached = {flip.to for flip in singles}
    pairs: dict[tuple[tuple[str, ...], str], Flip] = {}
    for change in search.dead_ends(answers):
        for flip in search.from_({**answers, **change}, change, swaps=False):
            if flip.to not in reached:
                pairs.setdefault((tuple(sorted(flip.change)), flip.to), flip)
    return (*singles, *pairs.values())


class _Search:
    def __init__(self, book: RuleBook, answers: Mapping[str, Answer], approach: str) -> None:
        self.book = book
        self.approach = approach
        self.known: dict[tuple[object, ...], str | None] = {}
        self.old_contradictions = self._contradictions(book.slots.state(answers))

    def from_(self, answers: Mapping[str, Answer], before: Change, *, swaps: bool = True) -> list[Flip]:
        """The flips that one more changed answer brings, `before` being changed already."""
        found: dict[tuple[str, str], Flip] = {}
        for name, value in self._changes(answers, swaps=swaps):
            if name in before or name not in answers:
                continue
            to = self._approach_with({**answers, name: value})
            if to not in (None, self.approach) and (name, str(to)) not in found:
                found[name, str(to)] = Flip({**before, name: value}, str(to))
        return list(found.values())

    def dead_ends(self, answers: Mapping[str, Answer]) -> list[dict[str, Answer]]:
        """Changes of one answer that alone leave the approach as it is."""
        return [
            {name: value}
            for name, value in self._changes(answers, swaps=False)
            if name in answers and self._approach_with({**answers, name: value}) == self.approach
        ]

    def _changes(self, answers: Mapping[str, Answer], *, swaps: bool) -> Iterator[tuple[str, Answer]]:
        state = self.book.slots.state(answers)
        settled: dict[int, Slot] = {}
        trace = self.book.approach.trace(state)
        for step in trace.steps:
            settled.update((slot.index, slot) for slot in trace.because(step))
        for slot in settled.values():
            value = state[slot.index]
            if value is None or value is NA:
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

    def _approach_with(self, answers: Mapping[str, Answer]) -> str | None:
        state = self.book.slots.state(answers)
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
