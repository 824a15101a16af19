"""What an approach costs each month at the start: answering, documents, upkeep and re-training."""

from collections.abc import Sequence
from decimal import Decimal

from advisor.cost.amount import Factor, Line, fixed
from advisor.cost.case_factors import CaseFactors
from advisor.cost.one_time import WITH_RETRIEVAL
from advisor.cost.serving import (
    Sent,
    Served,
    context_tokens,
    instruction_tokens,
    kept_instructions,
    open_model,
    own_card_note,
    served_today,
    serving_lines,
    tuned_model,
)
from advisor.cost.training_cost import Trained

TRAINED = ("fine_tune", "fine_tune_rag", "distil", "preference_tune", "reinforcement_tune", "pretrain")
UPDATES_A_MONTH = {
    "never": Decimal(0),
    "yearly": Decimal(1) / 12,
    "monthly": Decimal(1),
    "weekly": Decimal("4.35"),
    "daily": Decimal("30.4"),
    "realtime": Decimal(730),
}
TOKENS_THAT_FIT_THE_PROMPT = 30_000  # as in the rules (knowledge_fits_in_the_prompt)
# Fewer tokens are searched in memory, exactly; a service for vectors pays beyond. Assumption.
TOKENS_SEARCHED_IN_MEMORY = Decimal(20_000_000)


def served_by(case: CaseFactors, approach: str, what: Trained) -> Served:
    """The model that answers under `approach`."""
    if approach not in TRAINED:
        return served_today(case)
    if what.hosted:
        return tuned_model(case, what.model)
    return open_model(case, what.model, what.params_b)


def monthly_lines(case: CaseFactors, approach: str, what: Trained, one_time: Sequence[Line] = ()) -> list[Line]:
    """Every monthly line of `approach`; what is trained once in `one_time` is trained again at its cadence."""
    served = served_by(case, approach, what)
    if approach in TRAINED and not what.hosted:
        case.say(own_card_note(case, what.model, what.params_b))
    lines = serving_lines(case, served, _instructions(case, approach))
    lines += _documents(case, approach)
    upkeep = "tuned_upkeep_hours_a_month" if approach in TRAINED else "upkeep_hours_a_month"
    hours = (case.figure(upkeep, "hours"), case.hour())
    lines.append(Line("upkeep and monitoring", "monthly", hours, own_people=True))
    if approach in TRAINED and approach != "pretrain":
        lines += _retraining(case, one_time)
    return lines


def _instructions(case: CaseFactors, approach: str) -> list[Sent]:
    kept = kept_instructions(case) if approach in TRAINED else None
    parts = [Sent("instructions", instruction_tokens(case), kept)]
    if approach == "few_shot" and case.case.given("tried.few_shot") not in ("improving", "exhausted"):
        parts.append(Sent("examples in the prompt", case.figure("few_shot_tokens", "example tokens")))
    if approach in WITH_RETRIEVAL and (approach != "assistant" or case.has_gap("facts")):
        parts.append(Sent("retrieved passages", context_tokens(case)))
    elif case.number("traffic.context_tokens"):
        parts.append(Sent("passages sent today", context_tokens(case)))
    elif approach == "prompt" and case.has_gap("facts") and case.number("knowledge.tokens"):
        tokens = case.number("knowledge.tokens") or Decimal(0)
        if tokens <= TOKENS_THAT_FIT_THE_PROMPT:
            parts.append(Sent("instructions", fixed("knowledge.tokens", tokens, "tokens of documents", "the case")))
    return parts


def _documents(case: CaseFactors, approach: str) -> list[Line]:
    if approach not in WITH_RETRIEVAL or (approach == "assistant" and not case.has_gap("facts")):
        return []
    lines: list[Line] = []
    tokens = case.exact("knowledge.tokens", "knowledge_tokens", "tokens of documents")
    frequency = case.case.given("knowledge.update_frequency")
    updates = UPDATES_A_MONTH.get(str(frequency), Decimal(1))
    if updates:
        model = case.book.usual_model("embedding", case.day).model
        often = fixed("updates_a_month", updates.quantize(Decimal("0.01")), "updates")
        changed = case.figure("changed_share", "changed")
        lines.append(Line("embedding what changed", "monthly", (tokens, often, changed, case.price(model, "embed"))))
    if tokens.middle > TOKENS_SEARCHED_IN_MEMORY:
        lines.append(Line("vector store, least plan", "monthly", (case.price("standard", "minimum", "pinecone"),)))
    return lines


def _retraining(case: CaseFactors, one_time: Sequence[Line]) -> list[Line]:
    """One run and its test, spread over the months between two re-trainings (M-O4)."""
    often = case.figure("months_between_retrainings")
    per_month = Factor(
        "retrainings_a_month",
        f"{1 / often.middle:.2f} a month",
        1 / often.high,
        1 / often.middle,
        1 / often.low,
        None,
        often.source,
        often.assumption,
    )
    hours = (case.figure("retrain_hours", "hours"), case.hour(), per_month)
    lines = [Line("re-training: people", "monthly", hours, own_people=True)]
    for line in one_time:
        if line.item.startswith(("training ", "reinforcement runs")):
            once = tuple(factor for factor in line.factors if factor.name != "training_runs")
            lines.append(Line(f"re-{line.item}", "monthly", (*once, per_month)))
    return lines
