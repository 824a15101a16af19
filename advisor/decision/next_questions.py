"""Which question to ask next, and between which approaches its answer decides."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from advisor.decision.conditions import Condition, tests
from advisor.decision.rulebook import RuleBook
from advisor.decision.slots import Slot, State_
from advisor.question import Answer, Question

MOST_QUESTIONS = 5


class NextQuestion(NamedTuple):
    """A question that can still change the approach, and the approaches that its answers tell apart."""

    question: Question
    decides_between: tuple[str, ...]


def next_questions(
    book: RuleBook, answers: Mapping[str, Answer], most: int = MOST_QUESTIONS
) -> tuple[NextQuestion, ...]:
    """The questions to ask next, best first: what the first undecided rule needs comes before what later ones need.

    Answers not asked yet come before those already answered `unknown`. A question that rules out nothing by itself is
    left out, unless there is no other. Empty when the approach is decided.
    """
    state = book.slots.state(answers)
    outcomes = book.possibilities.outcomes(state)
    if len(outcomes) < 2:
        return ()
    relevant = list(dict.fromkeys(slot.question.name for slot in _open_slots(book, state)))
    in_order = sorted(relevant, key=lambda name: name in answers)
    found: list[NextQuestion] = []
    for question in map(book.questions.__getitem__, in_order):
        apart = decides_between(book, state, question, outcomes)
        if apart:
            found.append(NextQuestion(question, apart))
        if len(found) == most:
            break
    first = book.questions[in_order[0]]
    return tuple(found) or (NextQuestion(first, _in_ladder_order(book, outcomes)),)


def _open_slots(book: RuleBook, state: State_) -> Iterator[Slot]:
    """Missing slots of the rules and gates that are still undecided, in the order of the rules."""
    for rule, (when, gates, _) in zip(book.approach.rules, book.approach.compiled, strict=True):
        value = when(state)
        if value is False:
            continue
        yield from _missing(rule.when, state)
        for gate, (holds, _) in zip(rule.requires, gates, strict=True):
            if holds(state) is None:
                yield from _missing(gate.holds, state)
        if value:
            return


def _missing(condition: Condition, state: State_) -> Iterator[Slot]:
    return (test.slot for test in tests(condition) if state[test.slot.index] is None)


def decides_between(book: RuleBook, state: State_, question: Question, outcomes: frozenset[str]) -> tuple[str, ...]:
    """The approaches among `outcomes` that some answer to `question` rules out; empty where none does."""
    each = [book.possibilities.outcomes(changed) for changed in _answered(book, state, question)]
    return _in_ladder_order(book, outcomes - frozenset.intersection(*each)) if each else ()


def _in_ladder_order(book: RuleBook, outcomes: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in book.approaches if name in outcomes)


def _answered(book: RuleBook, state: State_, question: Question) -> Iterator[State_]:
    """States in which `question` is answered: each cell of a value, each option of a set by itself."""
    cells = book.possibilities.cells.of
    slots = [slot for slot in book.slots.of[question.name] if slot.index in cells]
    if slots and slots[0].option is None:
        for value in cells[slots[0].index]:
            yield _with(state, {slots[0].index: value})
        return
    every = {slot.index: False for slot in book.slots.of[question.name]}
    for slot in slots:
        yield _with(state, {**every, slot.index: True})


def _with(state: State_, values: Mapping[int, Any]) -> State_:
    changed = state.copy()
    for index, value in values.items():
        changed[index] = value
    return changed
