"""Runs the examples of a rule book and collects everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from advisor.budget import over_budget
from advisor.cost.life_cycle import LifeCycle
from advisor.decision import verify
from advisor.decision.decide import completed, decide
from advisor.decision.examples import Example
from advisor.decision.rulebook import RuleBook
from advisor.decision.slots import State_
from advisor.decision.verify import Finding
from advisor.derived import derive
from advisor.money import Market
from advisor.recommendation import recommend
from advisor.record import Record
from advisor.training_choice import TrainingChoice, choose_training


class Checked(NamedTuple):
    """The findings of a check, and how much was checked."""

    findings: tuple[Finding, ...]
    rules: int
    examples: int


def check_rules(book: RuleBook, market: Market, examples: Sequence[Example]) -> Checked:
    """Reachability, gaps, and the examples: each must come out as written, and together test every rule."""
    findings = [*verify.unreachable(book), *verify.gaps(book)]
    said: set[str] = set()
    life_cycle = market.life_cycle
    states: list[State_] = []
    for example in examples:
        record = recommend(example.case, book, life_cycle, example.as_of, market if example.priced else None)
        ids = ids_said(book, life_cycle, example, record)
        said |= ids
        training = _training(book, life_cycle, example, record)
        values = {**derive(example.case, life_cycle, example.as_of), **training.values}
        for cost in record.costs:
            if cost.approach == record.recommendation.approach:
                values.update(over_budget(example.case, cost))
        states.append(book.slots.state({**example.answers, **values}))
        findings += _failures(example, record, ids, decide(book, example.case).trace.last.id)
    findings += verify.untested_thresholds(book, states)
    findings += verify.never_said(book, said)
    rules = sum(len(table.rules) for table in book.tables)
    return Checked(tuple(findings), rules, len(examples))


def ids_said(book: RuleBook, life_cycle: LifeCycle, example: Example, record: Record) -> set[str]:
    """The ids of everything that `record` says, and of the rules that chose approach, technique and base model."""
    training = _training(book, life_cycle, example, record)
    # A rule that is merely named as not holding was not brought up; notes and failed gates were.
    rules = {rule.id for rule in book.approach.rules}
    rejections = {item.rule for item in record.rejected} - rules
    return {
        decide(book, example.case).trace.last.id,
        training.technique_trace.last.id,
        training.base_model_trace.last.id,
        *(reason.rule for reason in record.reasons),
        *(item.rule for item in record.rejected if item.rule in rejections),
        *(flag.id for flag in record.flags),
        *(item.id for item in record.contradictions),
    }


def _training(book: RuleBook, life_cycle: LifeCycle, example: Example, record: Record) -> TrainingChoice:
    full = completed(book, example.case)
    return choose_training(book, full, life_cycle, example.as_of, record.recommendation.approach)


def _failures(example: Example, record: Record, said: set[str], decided: str) -> list[Finding]:
    chosen = record.recommendation
    problems: list[str] = []
    if example.approaches and set(example.approaches) != set(record.possible):
        problems.append(f"{', '.join(record.possible)} came out, not {', '.join(example.approaches)}")
    if example.technique and example.technique != (chosen.technique or "none"):
        problems.append(f"the technique is {chosen.technique}, not {example.technique}")
    if example.decides not in ("", decided):
        problems.append(f"{decided} decided, not {example.decides}")
    expected = {example.technique_rule, example.base_model_rule, *example.says} - {""}
    problems += [f"{name} was not said" for name in sorted(expected - said)]
    problems += [f"{name} was said" for name in sorted(set(example.does_not_say) & said)]
    return [Finding("example", example.name, f"{example.name}: {problem}", example.where) for problem in problems]
