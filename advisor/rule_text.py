"""The rule book in words and as a Mermaid graph."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from advisor.decision.conditions import Condition
from advisor.decision.first_hit import FirstHit, Gate, Rule
from advisor.decision.rulebook import BudgetRules, Note, RuleBook
from advisor.errors import InputError
from advisor.question import nearest

WIDTH = 80


def rules_text(book: RuleBook) -> str:
    """Every first-hit table as an indented list, then what is taken where budgets do not carry an approach."""
    return "\n\n".join("\n".join(lines) for lines in (*map(_table, book.tables), _budget(book.budget)))


def rule_text(book: RuleBook, name: str) -> str:
    """One rule, gate, named condition, note or source in full. Raises InputError with the nearest name."""
    found = dict(_texts(book))
    if name not in found:
        raise InputError(
            f"there is no rule, gate, condition, note or source named {name}{nearest(name, found)}",
            where="advisor rules show",
            what_to_do="`advisor rules show` lists the rules",
        )
    return found[name]


def mermaid(book: RuleBook) -> str:
    """The approach table as a Mermaid flow chart: rules from top to bottom, gates to the right, outcomes at the end."""
    lines = ["flowchart TD"]
    rules = book.approach.rules
    for number, rule in enumerate(rules):
        lines.append(f'  r{number}{{"{_label(rule.id)}?"}}')
        following = f"r{number + 1}" if number + 1 < len(rules) else None
        if following:
            lines.append(f"  r{number} -- no --> {following}")
        source, word = f"r{number}", "yes"
        for place, gate in enumerate(rule.requires):
            node = f"r{number}g{place}"
            lines.append(f'  {node}["{_label(gate.id)}"]')
            lines.append(f"  {source} -- {word} --> {node}")
            lines.append(f"  {node} -- no --> {gate.otherwise}")
            source, word = node, "yes"
        lines.append(f"  {source} -- {word} --> {rule.then}")
    used = dict.fromkeys(outcome for rule in rules for outcome in rule.outcomes)
    lines += [f'  {outcome}(["{book.approaches[outcome].name}"])' for outcome in used]
    return "\n".join(lines)


def _table(table: FirstHit) -> Iterator[str]:
    yield f"{table.name.replace('_', ' ').capitalize()}: the first rule that holds decides"
    for number, rule in enumerate(table.rules, start=1):
        yield f"{number:3}. {rule.id} -> {rule.then}"
        yield from _wrapped(f"when {rule.when}", 5)
        for gate in rule.requires:
            yield f"     needs {gate.id}, otherwise {gate.otherwise}"


def _budget(budget: BudgetRules) -> Iterator[str]:
    yield "Budgets: where even P10 is above one, the first that holds and that the budgets carry"
    for number, item in enumerate(budget.instead, start=1):
        yield f"{number:3}. {item.take}"
        yield from _wrapped(f"when {item.when}", 5)


def _texts(book: RuleBook) -> Iterator[tuple[str, str]]:
    for name, named in book.named.items():
        yield name, "\n".join([f"{name}: a named condition", *_wrapped(str(getattr(named, "part", named)), 2)])
    for table in book.tables:
        for rule in table.rules:
            yield rule.id, _rule(rule, table.name)
            for gate in rule.requires:
                yield gate.id, _rule(gate, "gate")
    for budget in (book.budget.one_time, book.budget.monthly):
        place, said = f"{budget.id} (budget, {budget.where})", _wrapped(f"why: {budget.why}", 2)
        yield budget.id, "\n".join([place, *said, f"  source: {', '.join(budget.source)}"])
    for note in book.notes:
        yield note.id, _note(note)
    for source in book.sources.values():
        read_in = "; ".join(source.read_in)
        yield source.id, "\n".join([f"{source.id}: a source", *_wrapped(source.says, 2), *_wrapped(read_in, 2)])


def _rule(rule: Rule | Gate, what: str) -> str:
    condition: Condition = rule.holds if isinstance(rule, Gate) else rule.when
    lead = f"otherwise {rule.otherwise}" if isinstance(rule, Gate) else f"then {rule.then}"
    gates = (
        [] if isinstance(rule, Gate) else [f"  needs {gate.id}, otherwise {gate.otherwise}" for gate in rule.requires]
    )
    return "\n".join(
        [
            f"{rule.id} ({what}, {rule.where})",
            *_wrapped(f"when {condition}", 2),
            *gates,
            f"  {lead}",
            *_wrapped(f"why: {rule.why}", 2),
            f"  source: {', '.join(rule.source)}",
        ]
    )


def _note(note: Note) -> str:
    return "\n".join(
        [
            f"{note.id} ({note.severity or 'note'}, {note.where})",
            *_wrapped(f"when {note.when}", 2),
            *_wrapped(f"says: {note.say}", 2),
            f"  source: {', '.join(note.source)}",
        ]
    )


def _wrapped(text: str, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(text, WIDTH, initial_indent=space, subsequent_indent=space + "  ", break_on_hyphens=False)


def _label(name: str) -> str:
    return name.replace("_", " ")
