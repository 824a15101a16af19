"""Checks a rule book as a whole: rules that can never decide, gaps, and what no example tests.

Reachability is exact, by the same search for a witness that `possible` uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from advisor.decision.conditions import ALWAYS, Condition, tests
from advisor.decision.first_hit import FirstHit, Rule
from advisor.decision.possible import Possibilities
from advisor.decision.rulebook import RuleBook
from advisor.decision.slots import State_


class Finding(NamedTuple):
    """Something wrong with the rule book: `kind` is unreachable, shadowed, gap, threshold or untested."""

    kind: str
    id: str
    say: str
    where: str


def unreachable(book: RuleBook) -> list[Finding]:
    """Rules and gates that decide no case at all, with the earlier rule that takes all of theirs if one does."""
    found: list[Finding] = []
    for table in book.tables:
        possibilities = book.possibilities if table is book.approach else Possibilities(table)
        nothing_known = book.slots.state({})
        for position, rule in enumerate(table.rules):
            for place in range(len(rule.requires)):
                if possibilities.witness(nothing_known, position, place) is None:
                    gate = rule.requires[place]
                    say = f"the gate {gate.id} never fails where {rule.id} requires it"
                    found.append(Finding("unreachable", gate.id, say, rule.where))
            if possibilities.witness(nothing_known, position) is None:
                found.append(_never_decides(book, table, position))
    return found


def gaps(book: RuleBook) -> list[Finding]:
    """Tables in which some case meets no rule at all."""
    found: list[Finding] = []
    for table in book.tables:
        if not table.has_default and Possibilities(_with_end(table)).witness(book.slots.state({}), len(table.rules)):
            say = f"some case meets no rule of {table.name}; end the table with a rule that always holds"
            found.append(Finding("gap", table.name, say, table.rules[-1].where))
    return found


def untested_thresholds(book: RuleBook, states: Sequence[State_]) -> list[Finding]:
    """Numeric tests for which no example has a value on the one or on the other side."""
    found: dict[str, Finding] = {}
    for owner, condition, where in _conditions(book):
        for test in tests(condition):
            if test.op not in ("lt", "lte", "gt", "gte") or str(test) in found:
                continue
            sides = {test.evaluate(state) for state in states} - {None}
            if len(sides) < 2:
                missing = "true" if True not in sides else "false"
                say = f"no example has a value for which {test} is {missing} (in {owner})"
                found[str(test)] = Finding("threshold", owner, say, where)
    return list(found.values())


def never_said(book: RuleBook, said: set[str]) -> list[Finding]:
    """Rules, gates and notes that no example brings up; `said` holds the ids that examples did."""
    return [
        Finding("untested", name, f"no example brings up {name}", where)
        for name, where in book.places.items()
        if name not in said
    ]


def _never_decides(book: RuleBook, table: FirstHit, position: int) -> Finding:
    rule = table.rules[position]
    for before in table.rules[:position]:
        pair = Possibilities(FirstHit(table.name, (_bare(before), _bare(rule))))
        if pair.witness(book.slots.state({}), 1) is None:
            return Finding(
                "shadowed", rule.id, f"{before.id} ({before.where}) takes every case of {rule.id}", rule.where
            )
    return Finding("unreachable", rule.id, f"{rule.id} never decides: the rules before it take every case", rule.where)


def _bare(rule: Rule) -> Rule:
    return Rule(rule.id, rule.when, rule.then, (), rule.why, rule.source, rule.where)


def _with_end(table: FirstHit) -> FirstHit:
    last = table.rules[-1]
    return FirstHit(table.name, (*table.rules, Rule("end", ALWAYS, last.then, (), "", (), last.where)))


def _conditions(book: RuleBook) -> Iterator[tuple[str, Condition, str]]:
    for table in book.tables:
        for rule in table.rules:
            yield rule.id, rule.when, rule.where
            for gate in rule.requires:
                yield gate.id, gate.holds, gate.where
    for note in book.notes:
        yield note.id, note.when, note.where
