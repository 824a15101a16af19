"""First-hit tables: ordered rules, each with gates; the first rule that holds decides.

An undecided rule blocks every later rule and the default. A rule that holds leads to its outcome if all its gates hold;
the first gate that fails leads to the gate's own outcome instead, so that the trace can say "your need points to
fine-tuning, but no metric is defined".
"""

from typing import NamedTuple

from advisor.decision.conditions import ALWAYS, Closure, Condition, Truth, needed, settled_by
from advisor.decision.slots import Slot, State_


class Gate(NamedTuple):
    """A condition for taking an outcome, and the outcome taken instead while it does not hold."""

    id: str
    holds: Condition
    otherwise: str
    why: str
    source: tuple[str, ...]
    where: str


class Rule(NamedTuple):
    """One row: when `when` holds, `then` is the outcome, provided that the gates in `requires` hold."""

    id: str
    when: Condition
    then: str
    requires: tuple[Gate, ...]
    why: str
    source: tuple[str, ...]
    where: str

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Every outcome the row can lead to."""
        return (*(gate.otherwise for gate in self.requires), self.then)


class Step(NamedTuple):
    """One condition as it was evaluated: of a rule, or of one of its gates."""

    rule: Rule
    gate: Gate | None
    value: Truth

    @property
    def condition(self) -> Condition:
        """The condition that was evaluated."""
        return self.gate.holds if self.gate else self.rule.when

    @property
    def id(self) -> str:
        """Id of the gate, or of the rule."""
        return self.gate.id if self.gate else self.rule.id


class Trace(NamedTuple):
    """Everything a decision went through, in order. `outcome` is None where a step was undecided."""

    outcome: str | None
    steps: tuple[Step, ...]
    state: State_

    def because(self, step: Step) -> list[Slot]:
        """The slots that settle `step`; where it is undecided, the one that is needed first."""
        if step.value is None:
            slot = needed(step.condition, self.state)
            return [slot] if slot else []
        return settled_by(step.condition, self.state)

    @property
    def last(self) -> Step:
        """The step that decided: the rule, or the gate that failed; else the one that could not be decided."""
        last = self.steps[-1]
        if last.gate is None or not last.value:
            return last
        return next(step for step in reversed(self.steps) if step.gate is None)


class FirstHit:
    """Rules compiled for evaluation. The last rule always holds if the table has a default."""

    def __init__(self, name: str, rules: tuple[Rule, ...]) -> None:
        self.name = name
        self.rules = rules
        self.outcomes = tuple(dict.fromkeys(outcome for rule in rules for outcome in rule.outcomes))
        self.compiled: tuple[tuple[Closure, tuple[tuple[Closure, str], ...], str], ...] = tuple(
            (rule.when.evaluate, tuple((gate.holds.evaluate, gate.otherwise) for gate in rule.requires), rule.then)
            for rule in rules
        )

    @property
    def has_default(self) -> bool:
        """Whether some rule always holds, so that every case gets an outcome."""
        return any(rule.when is ALWAYS for rule in self.rules)

    def outcome(self, state: State_) -> str | None:
        """The outcome in `state`; None while a missing answer leaves it open."""
        for when, gates, then in self.compiled:
            value = when(state)
            if value is False:
                continue
            if value is None:
                return None
            for holds, otherwise in gates:
                value = holds(state)
                if value is False:
                    return otherwise
                if value is None:
                    return None
            return then
        return None

    def trace(self, state: State_) -> Trace:
        """The outcome in `state` with every condition that was evaluated on the way."""
        steps: list[Step] = []
        for rule, (when, gates, then) in zip(self.rules, self.compiled, strict=True):
            value = when(state)
            steps.append(Step(rule, None, value))
            if value is False:
                continue
            if value is None:
                return Trace(None, tuple(steps), state)
            for gate, (holds, otherwise) in zip(rule.requires, gates, strict=True):
                value = holds(state)
                steps.append(Step(rule, gate, value))
                if not value:
                    return Trace(None if value is None else otherwise, tuple(steps), state)
            return Trace(then, tuple(steps), state)
        return Trace(None, tuple(steps), state)
