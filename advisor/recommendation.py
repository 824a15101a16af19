"""The one place where everything known about a case becomes a recommendation.

recommend(case, rulebook, life_cycle, as_of)
  ├ possible outcomes, exact          advisor.decision.possible
  ├ the approach and how it was found  advisor.decision.first_hit
  ├ base model and technique           advisor.training_choice
  ├ costs of every possible approach   advisor.money
  └ flips, questions, flags, checklists, road map, evidence
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from advisor import explanation, record
from advisor.case import Case
from advisor.cost.life_cycle import LifeCycle
from advisor.decision.first_hit import Trace
from advisor.decision.flips import find_flips
from advisor.decision.next_questions import next_questions
from advisor.decision.rulebook import RuleBook
from advisor.decision.slots import State_
from advisor.derived import derive
from advisor.life_cycle_notes import life_cycle_events
from advisor.money import NOTHING_PRICED, Market, Priced, as_record, nearest_within, over_budget, price_approaches
from advisor.question import UNKNOWN, as_plain
from advisor.training_choice import choose_training


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


def recommend(
    case: Case, book: RuleBook, life_cycle: LifeCycle, as_of: date, market: Market | None = None
) -> record.Record:
    """The recommendation for `case` on the day `as_of`; nothing is read from files, clock or network.

    Without `market` nothing is priced, and `costs` is empty.
    """
    decision = decide(book, case)
    approach = decision.approach
    full = completed(book, case)
    training = choose_training(book, full, life_cycle, as_of, approach)
    actual = book.slots.state(case.answers)
    traces = (training.technique_trace, training.base_model_trace)
    used = decision.assumed.union(*(_missing_in(trace, actual) for trace in traces))
    priced = _priced(case, full, book, life_cycle, as_of, market, decision.possible) if market else NOTHING_PRICED
    costs = tuple(map(as_record, priced.estimates))
    over = next((over_budget(case, cost) for cost in costs if cost.approach == approach), {})
    budget_notes: tuple[str, ...] = ()
    if market and any(isinstance(usd, Decimal) and usd > 0 for usd in over.values()):
        every = _priced(case, full, book, life_cycle, as_of, market, tuple(book.approaches))
        budget_notes = (nearest_within(map(as_record, every.estimates), case),)
    values = {**derive(case, life_cycle, as_of), **training.values, **over}
    state = book.slots.state({**case.answers, **values})
    also = tuple(
        dict.fromkeys(name for note in book.also if note.holds(state) for name in note.about if name != approach)
    )
    explained = explanation.Explained(book, case, state, decision.trace, approach, decision.possible, also)
    evidence = explained.evidence()
    reasons, rejected = explained.reasons(), explained.rejected()
    flags = explained.flags()
    return record.Record(
        schema_=record.SCHEMA,
        title=case.title,
        client=case.client,
        as_of=as_of,
        status="decided" if decision.decided else "open",
        recommendation=record.Chosen(
            approach=approach,
            name=book.approaches[approach].name,
            technique=training.technique,
            technique_why=training.technique_trace.last.rule.why if training.technique else None,
            base_model=training.base_model,
            also=also,
            summary=explained.summary(training.technique, training.base_model),
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
        costs=costs,
        life_cycle=life_cycle_events(case, life_cycle, as_of, training.technique),
        evidence=evidence,
        sources=explained.cited([*reasons, *rejected, *flags]),
        notes=(*explained.notes(), *priced.notes, *budget_notes),
        rules_version=book.version,
        prices_version=market.prices.version if market else "",
    )


def _priced(
    case: Case,
    full: Case,
    book: RuleBook,
    life_cycle: LifeCycle,
    as_of: date,
    market: Market,
    possible: tuple[str, ...],
) -> Priced:
    """Every possible approach in money, each with the training that would be chosen for it."""
    trainings = [(name, choose_training(book, full, life_cycle, as_of, name)) for name in possible]
    return price_approaches(case, market, as_of, trainings)


def _missing_in(trace: Trace, state: State_) -> frozenset[str]:
    """The answers that `trace` read although they are missing in `state`."""
    return frozenset(
        slot.answer
        for step in trace.steps
        for slot in trace.because(step)
        if not slot.derived and state[slot.index] is None
    )
