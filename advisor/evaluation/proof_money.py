"""When a trained arm pays back, by the case's own estimate: for the verdict of a proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from advisor.case import Case
from advisor.decision.decide import completed
from advisor.decision.rulebook import RuleBook
from advisor.evaluation.arm import Arm
from advisor.evaluation.verdict import Money
from advisor.money import Market, as_record, price_approaches
from advisor.training_choice import choose_training

_APPROACHES: Final = {"tuned": "fine_tune", "tuned_rag": "fine_tune_rag"}
_WORTH: Final = ("economics.value_per_success_usd", "economics.cost_per_error_usd", "economics.current_monthly_usd")


def money_of(case: Case, book: RuleBook, market: Market, day: date, arms: Sequence[Arm]) -> Mapping[str, Money]:
    """Money by arm, where the case says what answers are worth.

    The estimate counts no return after the model's shutdown. A linear head is no approach of the estimate, and costs
    next to nothing.
    """
    if not any(case.given(name) is not None for name in _WORTH):
        return {}
    found: dict[str, Money] = {}
    for kind, approach in _APPROACHES.items():
        names = [arm.name for arm in arms if arm.kind == kind]
        if not names:
            continue
        training = choose_training(book, completed(book, case), market.life_cycle, day, approach)
        for estimate in price_approaches(case, market, day, [(approach, training)]).estimates:
            months = as_record(estimate).payback_months
            money = Money(Decimal(str(months.p50)) if months else None)
            found |= dict.fromkeys(names, money)
    return found
