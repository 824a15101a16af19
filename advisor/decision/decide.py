"""Which approach the rules lead to, and every approach that missing answers leave possible."""

from typing import NamedTuple

from advisor.case import Case
from advisor.decision.first_hit import Trace
from advisor.decision.rulebook import RuleBook
from advisor.decision.slots import State_
from advisor.question import UNKNOWN


class Decision(NamedTuple):
    """What was decided: `possible` is exact; `approach` is provisional while there is more than one."""

    approach: str
    possible: tuple[str, ...]
    trace: Trace
    assumed: frozenset[str]  # missing answers whose provisional value was used

    @property
    def decided(self) -> bool:
        """Whether no missing answer can change the approach."""
        return len(self.possible) == 1


def decide(book: RuleBook, case: Case) -> Decision:
    """The approach for `case`, and every approach that its missing answers leave possible."""
    state = book.slots.state(case.answers)
    trace = book.approach.trace(state)
    if trace.outcome:
        return Decision(trace.outcome, (trace.outcome,), trace, frozenset())
    outcomes = book.possibilities.outcomes(state)
    possible = tuple(name for name in book.approaches if name in outcomes)
    trace = book.approach.trace(book.slots.state(completed(book, case).answers))
    assumed = frozenset() if len(possible) == 1 else missing_in(trace, state)
    return Decision(possible[0] if len(possible) == 1 else str(trace.outcome), possible, trace, assumed)


def completed(book: RuleBook, case: Case) -> Case:
    """`case` with the provisional value of every answer that is absent or unknown."""
    known = {name: value for name, value in case.answers.items() if value is not UNKNOWN}
    return case.with_answers({**book.provisional_answers(), **known})


def missing_in(trace: Trace, state: State_) -> frozenset[str]:
    """The answers that `trace` read although they are missing in `state`."""
    return frozenset(
        slot.answer
        for step in trace.steps
        for slot in trace.because(step)
        if not slot.derived and state[slot.index] is None
    )
