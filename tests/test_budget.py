"""Budgets against computed prices: what is too dear is replaced, and every flip that is named is true."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from advisor.budget import MONTHLY, ONE_TIME
from advisor.case import Case
from advisor.files import content, load_case, load_market, load_rulebook
from advisor.question import Answer
from advisor.recommendation import recommend
from advisor.record import Record

BOOK, MARKET, TODAY = load_rulebook(), load_market(), date(2026, 11, 21)
NAMES = ("hydrocore-error-codes", "medical-notes", "first-questions")


def worked(name: str, **changes: Answer) -> Case:
    """A worked case without its budgets, with some answers changed."""
    case = load_case(content("examples") / f"{name}.yaml")
    bare = {key: value for key, value in case.answers.items() if key not in (ONE_TIME, MONTHLY)}
    return case._replace(answers={**bare, **{key.replace("__", "."): value for key, value in changes.items()}})


def decided(case: Case) -> Record:
    """The recommendation with prices."""
    return recommend(case, BOOK, MARKET.life_cycle, TODAY, MARKET)


def low_end_usd(record: Record, approach: str) -> Decimal:
    """P10 of what `approach` costs once."""
    return next(cost.one_time_usd.p10 for cost in record.costs if cost.approach == approach)


@pytest.mark.parametrize("name", NAMES)
def test_a_budget_that_is_not_named_does_not_bind(name: str) -> None:
    """Without budgets nothing is rejected for money, and no budget is named as a flip."""
    found = decided(worked(name))
    assert not [item for item in found.rejected if "budget_carries" in item.rule]
    assert not [flip for flip in found.flips if {ONE_TIME, MONTHLY} & set(flip.change)]


def test_just_above_the_low_end_is_carried_and_just_below_is_not() -> None:
    """The gate lies at P10: a dollar decides, the record says so with both amounts, and both are priced."""
    usd = low_end_usd(decided(worked("iot-log-classifier")), "fine_tune")
    enough, short = int(usd) + 1, int(usd)
    assert decided(worked("iot-log-classifier", constraints__budget_usd=enough)).recommendation.approach == "fine_tune"
    found = decided(worked("iot-log-classifier", constraints__budget_usd=short))
    assert found.recommendation.approach == "prompt" and found.possible == ("prompt",)
    assert found.reasons[0].rule == "the_one_time_budget_carries_it"
    assert f"${usd:,} once, is above the budget of ${short:,}" in found.reasons[0].why
    assert ("fine_tune", "the_one_time_budget_carries_it") in [(item.approach, item.rule) for item in found.rejected]
    assert {cost.approach for cost in found.costs} == {"prompt", "fine_tune"}


@pytest.mark.parametrize("budget_usd", [2000, 9000])
@pytest.mark.parametrize("name", NAMES)
def test_flips_lead_where_they_say_with_budgets(name: str, budget_usd: int) -> None:
    """Each flip, applied to the case and priced anew, comes out as it says."""
    case = worked(name, constraints__budget_usd=budget_usd, constraints__monthly_budget_usd=100)
    found = decided(case)
    for flip in found.flips:
        changed = load_changed(case, dict(flip.change))
        assert decided(changed).recommendation.approach == flip.to != found.recommendation.approach


def load_changed(case: Case, change: dict[str, object]) -> Case:
    """The case with the plain answers of a flip, checked as from a file."""
    checked = {name: BOOK.questions[name].checked(value) for name, value in change.items()}
    return case.with_answers({name: answer for name, answer in checked.items() if answer is not None})


@pytest.mark.parametrize("name", NAMES)
def test_less_money_never_buys_a_dearer_approach(name: str) -> None:
    """Over falling one-time budgets the low end of what is chosen does not rise; open cases stay consistent."""
    last = Decimal("Infinity")
    for budget_usd in (1_000_000, 9_000, 7_000, 2_000, 0):
        found = decided(worked(name, constraints__budget_usd=budget_usd))
        assert found.recommendation.approach in found.possible
        assert (found.status == "decided") == (len(found.possible) == 1)
        usd = low_end_usd(found, found.recommendation.approach)
        assert usd <= last
        last = usd


def test_where_nothing_fits_the_nearest_is_named() -> None:
    """A budget of one dollar: the approach that exceeds it least, a flag, and a sentence with its cost."""
    found = decided(worked("hydrocore-error-codes", constraints__budget_usd=1))
    assert found.recommendation.approach == "prompt"
    assert "the_one_time_budget_does_not_carry_it" in [flag.id for flag in found.flags]
    assert found.notes[-1].startswith("No approach is within the budget; nearest is prompt, $")
