"""The rule book: everything that the files in `rules/` say, checked and compiled."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from advisor.decision.conditions import Closure, Condition
from advisor.decision.first_hit import FirstHit
from advisor.decision.possible import Possibilities
from advisor.decision.slots import Slots
from advisor.question import Question
from advisor.wording import Wording


class Note(NamedTuple):
    """Something that is said when its condition holds: a flag, a reason, a rejection, a contradiction, a companion.

    `about` holds the approaches that it speaks for or against; `severity`, `instead` and `counter_measure` are those of
    flags and empty elsewhere.
    """

    id: str
    when: Condition
    holds: Closure
    say: str
    about: tuple[str, ...]
    source: tuple[str, ...]
    where: str
    severity: str = ""
    instead: str = ""
    counter_measure: str = ""


class ChecklistItem(NamedTuple):
    """One line of a checklist; `done` is None where only a person can tell."""

    id: str
    phase: str
    item: str
    done: Closure | None
    evidence: str
    approaches: tuple[str, ...]  # empty: all
    source: tuple[str, ...]


class RoadStep(NamedTuple):
    """One step of an approach's road map, with its first and last week counted from the start."""

    what: str
    exit_criterion: str
    first_week: int
    last_week: int


class Approach(NamedTuple):
    """One rung of the ladder."""

    id: str
    name: str
    summary: str
    cost: str
    complexity: str
    steps: tuple[RoadStep, ...]
    source: tuple[str, ...]


class BudgetGate(NamedTuple):
    """Why an approach that is too dear for a budget is not taken."""

    id: str
    why: str
    source: tuple[str, ...]
    where: str


class Cheaper(NamedTuple):
    """An approach that is taken where another is too dear, if the condition holds."""

    take: str
    when: Condition
    holds: Closure
    where: str


class BudgetRules(NamedTuple):
    """What is said and taken where computed prices are above a budget."""

    one_time: BudgetGate
    monthly: BudgetGate
    instead: tuple[Cheaper, ...]


class Evidence(NamedTuple):
    """A published result and the cases it bears on; empty `kinds` or `gaps` mean any."""

    id: str
    claim: str
    numbers: Mapping[str, object]
    source: str
    as_of: str
    caveat: str
    kinds: tuple[str, ...]
    approaches: tuple[str, ...]
    gaps: tuple[str, ...]
    direction: str


class Source(NamedTuple):
    """Where a rule comes from: what the source says, and the documents or pages it was read in."""

    id: str
    says: str
    read_in: tuple[str, ...]
    as_of: str


class RuleBook(NamedTuple):
    """All rules, notes and texts, ready to decide with."""

    questions: Mapping[str, Question]
    groups: Mapping[str, str]
    slots: Slots
    named: Mapping[str, Condition]
    approach: FirstHit
    possibilities: Possibilities
    technique: FirstHit
    base_model: FirstHit
    budget: BudgetRules
    also: tuple[Note, ...]
    supports: tuple[Note, ...]
    rejections: tuple[Note, ...]
    flags: tuple[Note, ...]
    contradictions: tuple[Note, ...]
    checklist: tuple[ChecklistItem, ...]
    approaches: Mapping[str, Approach]
    base_models: Mapping[str, str]
    evidence: tuple[Evidence, ...]
    sources: Mapping[str, Source]
    version: str

    @property
    def tables(self) -> tuple[FirstHit, ...]:
        """The first-hit tables in the order in which they are read."""
        return (self.approach, self.technique, self.base_model)

    @property
    def wording(self) -> Wording:
        """Answers and approaches in the words of the questions."""
        return Wording(self.questions, {name: approach.name for name, approach in self.approaches.items()})

    @property
    def notes(self) -> tuple[Note, ...]:
        """Everything that is said when its condition holds."""
        return (*self.also, *self.supports, *self.rejections, *self.flags, *self.contradictions)

    @property
    def places(self) -> dict[str, str]:
        """`file:line` of every rule, gate and note by its id."""
        rules = [rule for table in self.tables for rule in table.rules]
        found = {rule.id: rule.where for rule in rules}
        found.update((gate.id, gate.where) for rule in rules for gate in rule.requires)
        found.update((gate.id, gate.where) for gate in (self.budget.one_time, self.budget.monthly))
        found.update((note.id, note.where) for note in self.notes)
        return found

    def provisional_answers(self) -> dict[str, bool | int | Decimal | str | tuple[str, ...]]:
        """The value that each question gives a missing answer to name a provisional approach."""
        return {name: found.value for name, question in self.questions.items() if (found := question.provisional)}
