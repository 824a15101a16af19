"""When a trained arm pays back, by the case's own estimate with what the proof measured: for its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from advisor.case import Case
from advisor.cost.amount import Factor
from advisor.decision.decide import completed
from advisor.decision.rulebook import RuleBook
from advisor.evaluation.proof import ArmResult, Proof
from advisor.evaluation.verdict import Money
from advisor.money import Market, as_record, price_approaches
from advisor.training_choice import choose_training

_APPROACHES: Final = {"tuned": "fine_tune", "tuned_rag": "fine_tune_rag"}
_WORTH: Final = ("economics.value_per_success_usd", "economics.cost_per_error_usd", "economics.current_monthly_usd")


def money_of(case: Case, book: RuleBook, market: Market, day: date, proof: Proof) -> Mapping[str, Money]:
    """Money by arm, where the case says what answers are worth; `case` holds what was measured.

    The share of today's wrong answers that an arm turns right is that of the proof, with its interval, in the place of
    published figures. The estimate counts no return after the model's shutdown. A linear head is no approach of the
    estimate, and costs next to nothing.
    """
    if not any(case.given(name) is not None for name in _WORTH):
        return {}
    found: dict[str, Money] = {}
    for arm in proof.arms:
        approach = _APPROACHES.get(arm.kind)
        if approach is None or not arm.scores:
            continue
        training = choose_training(book, completed(book, case), market.life_cycle, day, approach)
        known = market._replace(effects={approach: _effect(arm, proof, case)})
        for estimate in price_approaches(case, known, day, [(approach, training)]).estimates:
            months = as_record(estimate).payback_months
            found[arm.name] = Money(Decimal(str(months.p50)) if months else None)
    return found


def _effect(arm: ArmResult, proof: Proof, case: Case) -> Factor:
    """The share of the baseline's wrong answers that `arm` turns right."""
    score = next(score for score in arm.scores if score.metric == proof.metric)
    baseline = case.given("success.baseline")
    wrong = 1 - float(baseline) if isinstance(baseline, Decimal) else 1.0

    def turned(value: float) -> Decimal:
        share = (value - (1 - wrong)) / wrong if wrong > 0 else 0.0
        return Decimal(str(round(min(1.0, max(0.0, share)), 4)))

    middle = turned(score.value)
    shown = f"{middle} of them turned right"
    return Factor(
        "measured_effect", shown, turned(score.low), middle, turned(score.high), None, f"measured in {proof.run}"
    )
