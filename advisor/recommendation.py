"""The one place where everything known about a case becomes a recommendation.

recommend(case, rulebook, life_cycle, as_of)
  ├ possible outcomes, exact          advisor.decision.possible
  ├ the approach and how it was found  advisor.decision.first_hit
  ├ technique and base model           on values derived from the life cycles
  └ flips, questions, flags, checklists, road map, evidence
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from advisor import explanation, record
from advisor.case import Case
from advisor.cost.life_cycle import LifeCycle
from advisor.decision.first_hit import FirstHit, Trace
from advisor.decision.flips import find_flips
from advisor.decision.next_questions import next_questions
from advisor.decision.rulebook import RuleBook
from advisor.decision.slots import State_
from advisor.derived import derive, is_recent_user
from advisor.life_cycle_notes import life_cycle_events
from advisor.question import UNKNOWN, Answer, as_plain


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
    assumed = frozenset() if len(possible) == 1 else _missing_in(trace, state)
    return Decision(possible[0] if len(possible) == 1 else str(trace.outcome), possible, trace, assumed)


def completed(book: RuleBook, case: Case) -> Case:
    """`case` with the provisional value of every answer that is absent or unknown."""
    known = {name: value for name, value in case.answers.items() if value is not UNKNOWN}
    return case.with_answers({**book.provisional_answers(), **known})


def recommend(case: Case, book: RuleBook, life_cycle: LifeCycle, as_of: date) -> record.Record:
    """The recommendation for `case` on the day `as_of`; nothing is read from files, clock or network."""
    decision = decide(book, case)
    approach = decision.approach
    full = completed(book, case)
    chosen: dict[str, Answer] = {"chosen.approach": approach}
    values = {**derive(full, life_cycle, as_of), **chosen}
    technique = _follow(book.technique, book, full, values)
    chosen["chosen.technique"] = technique.outcome or "none"
    base_model = _follow(book.base_model, book, full, {**values, **chosen})
    actual = book.slots.state(case.answers)
    used = decision.assumed | _missing_in(technique, actual) | _missing_in(base_model, actual)
    state = book.slots.state({**case.answers, **derive(case, life_cycle, as_of), **chosen})
    also = tuple(
        dict.fromkeys(name for note in book.also if note.holds(state) for name in note.about if name != approach)
    )
    explained = explanation.Explained(book, case, state, decision.trace, approach, decision.possible, also)
    evidence = explained.evidence()
    reasons, rejected = explained.reasons(), explained.rejected()
    flags, model = explained.flags(), _base_model(base_model, book, full, life_cycle, as_of)
    return record.Record(
        schema_=record.SCHEMA,
        title=case.title,
        client=case.client,
        as_of=as_of,
        status="decided" if decision.decided else "open",
        recommendation=record.Chosen(
            approach=approach,
            name=book.approaches[approach].name,
            technique=_named(technique.outcome),
            technique_why=technique.last.rule.why if _named(technique.outcome) else None,
            base_model=model,
            also=also,
            summary=explained.summary(_named(technique.outcome), model),
            assuming=explained.assumed(used),
        ),
        possible=decision.possible,
        reasons=reasons,
        rejected=rejected,
        next_questions=tuple(
            record.Asked(item.question.name, item.question.ask, item.question.help, item.decides_between)
            for item in (() if decision.decided else next_questions(book, case.answers))
        ),
        flips=tuple(
            record.FlipTo({name: as_plain(value) for name, value in flip.change.items()}, flip.to)
            for flip in (find_flips(book, case.answers, approach) if decision.decided else ())
        ),
        flags=flags,
        contradictions=explained.contradictions(),
        checklists=explained.checklists(),
        roadmap=explained.roadmap(),
        costs=(),
        life_cycle=life_cycle_events(case, life_cycle, as_of, _named(technique.outcome)),
        evidence=evidence,
        sources=explained.cited([*reasons, *rejected, *flags]),
        notes=explained.notes(),
        rules_version=book.version,
    )


def _follow(table: FirstHit, book: RuleBook, case: Case, values: dict[str, Answer]) -> Trace:
    return table.trace(book.slots.state({**case.answers, **values}))


def _missing_in(trace: Trace, state: State_) -> frozenset[str]:
    """The answers that `trace` read although they are missing in `state`."""
    return frozenset(
        slot.answer
        for step in trace.steps
        for slot in trace.because(step)
        if not slot.derived and state[slot.index] is None
    )


def _named(outcome: str | None) -> str | None:
    return None if outcome in (None, "none") else outcome


def _base_model(
    trace: Trace, book: RuleBook, case: Case, life_cycle: LifeCycle, as_of: date
) -> record.BaseModelChoice | None:
    outcome = _named(trace.outcome)
    if outcome is None:
        return None
    rule = trace.last.rule
    name: str | None = None
    source: Iterable[str] = rule.source
    if outcome == "as_named":
        name = str(case.given("models.to_tune"))
    elif outcome == "linear_head":
        name = book.base_models[outcome]
    elif outcome == "hosted":
        hosted = life_cycle.hosted_choice(as_of, None, recent_user=is_recent_user(case, life_cycle))
        name = hosted[0].model if hosted else None
        source = (*rule.source, *([hosted[0].source] if hosted else []))
    else:
        found = life_cycle.newest_open_model(outcome, as_of)
        name = found.id if found else None
        source = (*rule.source, *([found.source] if found else []))
    return record.BaseModelChoice(name, rule.why, tuple(source))
