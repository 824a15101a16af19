"""How a chosen approach is carried out: on which base model, then with which technique.

The base model comes first, since what fits a card depends on its size.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from advisor import record
from advisor.case import Case
from advisor.cost.life_cycle import LifeCycle
from advisor.decision.first_hit import Trace
from advisor.decision.rulebook import RuleBook
from advisor.derived import derive, hosted_model, memory_fits, params_in_name
from advisor.question import Answer

USUAL_PARAMS_B = Decimal(8)  # assumption where neither name nor class says the size: the usual first try
# The open model that is compared with a linear head is a small one.
_SIZE_CLASS = {"linear_head": "small_open"}


class TrainingChoice(NamedTuple):
    """The technique and base model, how both were found, and the values that the rules read to find them."""

    technique: str | None  # None where nothing is trained
    base_model: record.BaseModelChoice | None
    technique_trace: Trace
    base_model_trace: Trace
    values: dict[str, Answer]
    priced_model: str | None  # the base model; of a linear head the open model that it is compared with
    params_b: Decimal  # billions of parameters of the priced model
    live_from_week: int  # by the road map, counted from 1


def choose_training(book: RuleBook, case: Case, life_cycle: LifeCycle, as_of: date, approach: str) -> TrainingChoice:
    """Technique and base model for `approach` on the day `as_of`; `case` has its missing answers completed."""
    values: dict[str, Answer] = {"chosen.approach": approach}
    known = {**case.answers, **derive(case, life_cycle, as_of)}
    base_trace = book.base_model.trace(book.slots.state({**known, **values}))
    outcome = base_trace.outcome or "none"
    open_model = life_cycle.newest_open_model(_SIZE_CLASS.get(outcome, outcome), as_of)
    named = str(case.given("models.to_tune") or "")
    params_b = params_in_name(named) or (open_model.params_b if open_model else USUAL_PARAMS_B)
    values["chosen.base_model"] = outcome
    values.update(memory_fits(case, params_b))
    live_from_week = book.approaches[approach].steps[-1].first_week
    deadline_weeks = case.given("constraints.deadline_weeks")
    if isinstance(deadline_weeks, int | Decimal):
        values["chosen.weeks_late"] = live_from_week - deadline_weeks
    trace = book.technique.trace(book.slots.state({**known, **values}))
    values["chosen.technique"] = trace.outcome or "none"

    base_model = None
    if outcome != "none":
        rule = base_trace.last.rule
        found, cited = open_model.id if open_model else None, [open_model.source] if open_model else []
        if outcome == "as_named":
            found, cited = named, []
        elif outcome == "linear_head":
            found, cited = book.base_models[outcome], []
        elif outcome == "hosted":
            hosted = hosted_model(case, life_cycle, as_of)
            found, cited = (hosted[0].model, [hosted[0].source]) if hosted else (None, [])
        base_model = record.BaseModelChoice(found, rule.why, (*rule.source, *cited))
    technique = None if trace.outcome in (None, "none") else trace.outcome
    priced = open_model.id if outcome == "linear_head" and open_model else base_model.id if base_model else None
    return TrainingChoice(technique, base_model, trace, base_trace, values, priced, params_b, live_from_week)
