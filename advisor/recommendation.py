"""The one place where everything known about a case becomes a recommendation.

recommend(case, rulebook, life_cycle, as_of)
  ├ the approach, how it was found, what is possible   advisor.decision.decide
  ├ what the budgets carry of it                       advisor.budget
  ├ base model and technique           advisor.training_choice
  ├ costs of every possible approach   advisor.money
  └ flips, questions, flags, checklists, road map, evidence
"""

from datetime import date
from decimal import Decimal

from advisor import explanation, record
from advisor.budget import Afforded, Prices, afford, cheaper_than, flips_within, nearest_within, over_budget
from advisor.case import Case
from advisor.cost.life_cycle import LifeCycle
from advisor.decision.decide import completed, decide, missing_in
from advisor.decision.flips import find_flips
from advisor.decision.next_questions import next_questions
from advisor.decision.rulebook import RuleBook
from advisor.derived import derive
from advisor.life_cycle_notes import life_cycle_events
from advisor.money import NOTHING_PRICED, Market, as_record
from advisor.question import as_plain
from advisor.training_choice import choose_training


def recommend(
    case: Case, book: RuleBook, life_cycle: LifeCycle, as_of: date, market: Market | None = None
) -> record.Record:
    """The recommendation for `case` on the day `as_of`; nothing is read from files, clock or network.

    Without `market` nothing is priced, and `costs` is empty.
    """
    decision = decide(book, case)
    prices = Prices(case, book, market, as_of) if market else None
    afforded = afford(decision, case, prices) if prices else Afforded(decision.approach, decision.possible, ())
    approach = afforded.approach
    training = choose_training(book, completed(book, case), life_cycle, as_of, approach)
    actual = book.slots.state(case.answers)
    traces = (training.technique_trace, training.base_model_trace)
    used = decision.assumed.union(*(missing_in(trace, actual) for trace in traces))
    compared = dict.fromkeys((*afforded.possible, *(item.approach for item in afforded.too_dear)))
    priced = prices.of(*compared) if prices else NOTHING_PRICED
    costs = tuple(map(as_record, priced.estimates))
    over = next((over_budget(case, cost) for cost in costs if cost.approach == approach), {})
    budget_notes: tuple[str, ...] = ()
    if prices and (afforded.too_dear or any(isinstance(usd, Decimal) and usd > 0 for usd in over.values())):
        wanted = dict.fromkeys((*compared, *cheaper_than(decision.approach, case, book)))
        budget_notes = (nearest_within(map(as_record, prices.of(*wanted).estimates), case),)
    values = {**derive(case, life_cycle, as_of), **training.values, **over}
    state = book.slots.state({**case.answers, **values})
    also = tuple(
        dict.fromkeys(name for note in book.also if note.holds(state) for name in note.about if name != approach)
    )
    decided = len(afforded.possible) == 1
    flips = find_flips(book, case.answers, decision.approach) if decision.decided else ()
    if prices and decided:
        flips = tuple(flips_within(flips, afforded, prices))
    explained = explanation.Explained(
        book, case, state, decision.trace, approach, afforded.possible, also, afforded.too_dear
    )
    evidence = explained.evidence()
    reasons, rejected = explained.reasons(), explained.rejected()
    flags = explained.flags()
    return record.Record(
        schema_=record.SCHEMA,
        title=case.title,
        client=case.client,
        as_of=as_of,
        status="decided" if decided else "open",
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
        possible=afforded.possible,
        reasons=reasons,
        rejected=rejected,
        next_questions=tuple(
            record.Asked(item.question.name, item.question.ask, item.question.help, item.decides_between)
            for item in (() if decided else next_questions(book, case.answers))
        ),
        flips=tuple(
            record.FlipTo({name: as_plain(value) for name, value in flip.change.items()}, flip.to) for flip in flips
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
