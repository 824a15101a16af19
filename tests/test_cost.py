"""What an approach costs: lines worked by hand, and what must hold whatever the case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from math import inf, isfinite
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import load_case, recommend
from advisor.cost import payback
from advisor.cost.case_factors import CaseFactors
from advisor.cost.estimate import Ended, Estimate, estimate, lines_of
from advisor.cost.price_book import PriceBook
from advisor.cost.sampled import percentile
from advisor.cost.serving import own_card_note
from advisor.cost.training_cost import USUAL_RUN, Trained, gpu_hours_per_million, trained
from advisor.cost.training_run_reader import run_from_cells
from advisor.cost.training_time import hours_range
from advisor.errors import PriceMissingError
from advisor.files import load_pricebook, load_training_knowledge
from advisor.random_draws import random_sampler

BOOK = load_pricebook()
TODAY = date(2026, 11, 21)
OPEN_8B = trained("hf/Qwen/Qwen3-8B", "lora", Decimal(8))
APPROACHES = (
    "prompt few_shot rag assistant fine_tune fine_tune_rag distil preference_tune reinforcement_tune pretrain".split()
)
CASE: dict[str, dict[str, Any]] = {
    "task": {"kind": "question_answering"},
    "need": {"gaps": ["facts"]},
    "knowledge": {"tokens": 1_000_000, "update_frequency": "monthly"},
    "data": {"examples": 1200, "reviewed": True},
    "success": {"baseline": 0.7, "test_examples": 200},
    "horizon": {"months": 24},
    "traffic": {
        "requests_per_month": 10_000,
        "instruction_tokens": 500,
        "context_tokens": 2000,
        "input_tokens": 200,
        "output_tokens": 150,
    },
    "economics": {"hourly_rate_usd": 100, "value_per_success_usd": 2},
    "models": {"base": "gpt-4o-mini"},
}

AT_HOME = {"data_may_leave": "on_premises"}


def changed(**changes: Mapping[str, Any]) -> dict[str, Any]:
    """CASE with some answers of some groups replaced."""
    return {group: {**CASE.get(group, {}), **changes.get(group, {})} for group in {**CASE, **changes}}


def factors(answers: Mapping[str, Any], book: PriceBook = BOOK, day: date = TODAY) -> CaseFactors:
    """The quantities of a case given as nested answers."""
    return CaseFactors(load_case(dict(answers)), book, day, training=load_training_knowledge)


def priced(
    approach: str, answers: Mapping[str, Any] = CASE, what: Trained = OPEN_8B, ends: Ended | None = None
) -> Estimate:
    """The estimate of `approach`, live at once."""
    return estimate(factors(answers), approach, what, ends, Decimal(0))


def points(item: Estimate, kind: str) -> dict[str, str]:
    """The points of the lines of one kind, by item."""
    return {line.item: str(line.point_usd) for line in item.lines if line.kind == kind}


def test_retrieval_by_hand() -> None:
    """Every line of one case, with prices of gpt-4o-mini ($0.15 in, $0.075 cached, $0.60 out) on 2026-11-21."""
    item = priced("rag")
    assert points(item, "one_time") == {
        "engineering: rag": "12000.00",  # 120 h x $100
        "embedding the documents with text-embedding-3-small": "0.02",  # 1,000,000 x $0.02/1M
    }
    assert points(item, "monthly") == {
        "instructions, cached": "0.19",  # 10,000 x 500 x 0.5 x $0.075/1M = 0.1875
        "instructions": "0.38",  # 10,000 x 500 x 0.5 x $0.15/1M = 0.375
        "retrieved passages": "3.00",  # 10,000 x 2,000 x $0.15/1M
        "the user's input": "0.30",  # 10,000 x 200 x $0.15/1M
        "answers": "0.90",  # 10,000 x 150 x $0.60/1M
        "embedding what changed": "0.00",  # 1,000,000 x 1 x 0.05 x $0.02/1M = 0.001
        "upkeep and monitoring": "300.00",  # 3 h x $100
    }
    assert points(item, "return") == {"answers that become right": "2400.00"}  # 10,000 x 0.3 wrong x 0.4 x $2
    assert (item.one_time_usd.point, item.monthly_usd.point) == (Decimal("12000.02"), Decimal("304.77"))


def test_payback_and_value_by_hand() -> None:
    """Today's prompt carries the same lines without embedding, so the gain is the return: 12,000.02 / 2,400 = 5.0."""
    item = priced("rag")
    assert item.payback_months is not None
    assert item.payback_months.point == Decimal("5.00")
    assert item.net_present_value_usd is not None
    monthly = 1.1 ** (-1 / 12)
    worth = sum(2400 * monthly**month for month in range(1, 25)) - 12000.02
    assert float(item.net_present_value_usd.point) == pytest.approx(worth, abs=0.02)
    assert item.totals_usd[12].point == Decimal("15657.26")  # 12,000.02 + 12 x 304.77
    assert item.usd_per_right_answer == Decimal("0.0372")  # 304.77 / (10,000 x (1 - 0.3 x 0.6))


def test_hosted_training_by_hand() -> None:
    """1,200 examples x 850 tokens (500 + 200 + 150) x 3 epochs x 4 runs x $3/1M = $36.72, and tuned prices after it."""
    hosted = trained("gpt-4o-mini-2024-07-18", "api_sft", None)
    item = priced("fine_tune", what=hosted)
    line = next(line for line in item.lines if line.item.startswith("training"))
    assert line.point_usd == Decimal("36.72")
    assert line.formula == "1,200 examples × 850 tokens each × 3 epochs × 4 runs × $3.00/1M"
    assert points(item, "monthly")["answers"] == "1.80"  # 10,000 x 150 x $1.20/1M
    assert points(item, "monthly")["instructions, cached"] == "0.09"  # 10,000 x 500 x 0.25 left x 0.5 x $0.15/1M


def test_a_host_charges_at_least_its_minimum() -> None:
    """1,200 x 850 x 3 x $0.48/1M = $1.47 a run at Together, below the $4 that are said to be its least: 4 runs x $4."""
    line = next(line for line in priced("fine_tune").lines if line.item.startswith("training"))
    assert line.item == "training hf/Qwen/Qwen3-8B at together, the least charge of a job"
    assert line.point_usd == Decimal("16.00")
    many = priced("fine_tune", changed(data={"examples": 100_000}))
    line = next(line for line in many.lines if line.item.startswith("training"))
    assert line.point_usd == Decimal("489.60")  # 100,000 x 850 x 3 x 4 x $0.48/1M


def test_the_documents_totals_are_within_the_ranges() -> None:
    """M-C3: $10K to $50K once for 1,000 expert examples; M-C4: three to six months to break even."""
    answers = changed(
        task={"kind": "generation"},
        need={"gaps": ["domain_language"]},
        data={"examples": 0},
        success={"test_examples": 0},
        economics={"value_per_success_usd": 3},
    )
    item = estimate(factors(answers), "fine_tune", OPEN_8B, None, Decimal("2.3"))
    assert 10_000 <= item.one_time_usd.p10 <= item.one_time_usd.p90 <= 50_000
    assert item.payback_months is not None
    assert item.payback_months.p10 < 13 and item.payback_months.p90 > 3


def test_a_million_tokens_on_ones_own_card_depend_on_how_well_it_is_used() -> None:
    """Three times the use is a third of the price."""
    case = factors(changed(constraints=AT_HOME))
    note = own_card_note(case, "hf/Qwen/Qwen3-8B", Decimal(8))
    words = note.partition("tokens then cost")[2].split()
    low, middle, high = (float(word.strip("$")) for word in words if word.startswith("$"))
    assert low / middle == pytest.approx(3, rel=0.01)
    assert middle / high == pytest.approx(7 / 3, rel=0.01)
    assert "10%" in note and "70%" in note


def test_a_card_is_paid_whether_it_is_used_or_not() -> None:
    """On premises the bill is that of the card, at one request as at a million."""
    few, many = (
        priced(
            "fine_tune", changed(traffic={"requests_per_month": count}, constraints={"data_may_leave": "on_premises"})
        )
        for count in (1, 1_000_000)
    )
    assert few.monthly_usd.point == many.monthly_usd.point > 100


def test_training_at_home_takes_the_hours_of_the_training_estimate() -> None:
    """GPU hours of the estimate for the same run, times the price of an hour; 70B needs several cards."""
    at_home = factors(changed(constraints=AT_HOME))
    line = next(line for line in lines_of(at_home, "fine_tune", OPEN_8B).own if line.item.startswith("training"))
    hours = next(factor for factor in line.factors if factor.name.startswith("gpu_hours"))
    knowledge = load_training_knowledge()
    cells = {"model_arch": "hf/Qwen/Qwen3-8B", "method": "lora", "gpu": "H100 SXM 80GB", **USUAL_RUN}
    expected = hours_range(run_from_cells(cells, knowledge), knowledge, 1e6)
    assert float(hours.middle) * 1e6 == pytest.approx(expected.hours_p50, rel=1e-6)
    assert float(hours.low) * 1e6 < expected.hours_p10 < expected.hours_p90 < float(hours.high) * 1e6
    large = gpu_hours_per_million(at_home, trained("hf/meta-llama/Llama-3.3-70B-Instruct", "lora", Decimal(70)))
    assert "1 x" not in large.source
    assert large.middle > 5 * hours.middle


def test_a_payback_after_the_shutdown_is_none() -> None:
    """The note names model, day and both spans of months."""
    ends = Ended("gpt-4o-mini", date(2027, 1, 14), Decimal("1.8"))
    item = priced("rag", ends=ends)
    assert item.payback_months is None
    assert item.payback_note == (
        "it would pay back after 5.0 months, but gpt-4o-mini is shut down on 2027-01-14, 1.8 months from now, "
        "and a pay-back after that is none"
    )
    assert item.chance_of_payback <= Decimal("0.02")


def test_the_move_after_a_shutdown_is_priced() -> None:
    """A quarter of the engineering and the training again: 0.25 x $12,000 + $36.72."""
    hosted = trained("gpt-4o-mini-2024-07-18", "api_sft", None)
    ends = Ended("gpt-4o-mini-2024-07-18", date(2027, 1, 14), Decimal("1.8"))
    notes = priced("fine_tune", what=hosted, ends=ends).notes
    assert any("takes about $3,036.72 more" in note and "2027-01-14" in note for note in notes)


def test_more_tokens_than_the_window_are_not_priced() -> None:
    """300,000 tokens of passages do not fit gpt-4o-mini; the record says so and prices the rest."""
    answers = changed(traffic={"context_tokens": 300_000}, task={"generic": False}, need={"must_cite": True})
    result = recommend(load_case(answers), as_of=TODAY)
    assert "rag" in result.possible
    assert "rag" not in [cost.approach for cost in result.costs]
    assert any("over the context window of gpt-4o-mini, 128,000" in note for note in result.notes)


@pytest.mark.parametrize("months", [0, 1])
def test_a_use_shorter_than_its_set_up_is_said(months: int) -> None:
    """And never a pay-back within it."""
    item = estimate(factors(changed(horizon={"months": months})), "rag", OPEN_8B, None, Decimal("1.6"))
    assert f"the use of {months} months is shorter than the 1.6 until it is live" in item.payback_note


def test_no_traffic_costs_only_what_does_not_depend_on_it() -> None:
    """Nothing is divided by zero requests."""
    item = priced("rag", changed(traffic={"requests_per_month": 0}))
    assert item.monthly_usd.point == Decimal("300.00")
    assert item.usd_per_right_answer is None
    assert item.payback_months is None


def test_without_a_value_nothing_pays_back_and_it_says_what_to_give() -> None:
    """No return is invented."""
    item = priced("rag", changed(economics={"value_per_success_usd": 0}))
    assert item.payback_months is None
    assert item.net_present_value_usd is None
    assert "economics.value_per_success_usd" in item.payback_note


def test_a_price_of_another_day_is_taken_only_with_a_note() -> None:
    """On 2025-01-01 the price of gpt-4o-mini is not known; the first known is taken, and said."""
    case = factors(CASE, day=date(2025, 1, 1))
    item = estimate(case, "prompt", OPEN_8B, None, Decimal(0))
    assert any("gpt-4o-mini is known for 2025-01-01; that of 2026-10-14 was taken" in note for note in item.notes)


def test_a_model_without_any_price_is_an_error() -> None:
    """Never 0."""
    with pytest.raises(PriceMissingError, match="gpt-99"):
        lines_of(factors(changed(models={"base": "gpt-99"})), "rag", OPEN_8B)


def test_an_approach_that_cannot_be_priced_is_named_in_the_record() -> None:
    """The recommendation stands; the note says which price is missing."""
    result = recommend(load_case(changed(models={"base": "acme/unheard-of"})), as_of=TODAY)
    assert result.costs == ()
    assert any("is not priced" in note and "unheard-of" in note for note in result.notes)


@pytest.mark.slow
@given(
    approach=st.sampled_from(APPROACHES),
    few=st.integers(0, 10**7),
    more=st.integers(0, 10**7),
)
@settings(max_examples=60)
def test_more_traffic_never_lowers_the_monthly_cost(approach: str, few: int, more: int) -> None:
    """Each point and percentile grows with the requests or stays."""
    low, high = (
        priced(approach, changed(traffic={"requests_per_month": count})).monthly_usd for count in sorted((few, more))
    )
    assert all(left <= right for left, right in zip(low, high, strict=True))


@given(approach=st.sampled_from(APPROACHES), place=st.integers(0, 10**6), dearer=st.integers(2, 9))
@settings(max_examples=40)
def test_a_dearer_price_never_lowers_a_total(approach: str, place: int, dearer: int) -> None:
    """One of the prices that the lines rest on, several times as high, with everything else the same."""
    lines = lines_of(factors(CASE), approach, OPEN_8B).own
    used = sorted({factor.name for line in lines for factor in line.factors if factor.price})
    if not used:
        return
    name = used[place % len(used)]
    for line in lines:
        dear = [
            factor._replace(low=factor.low * dearer, middle=factor.middle * dearer, high=factor.high * dearer)
            if factor.name == name
            else factor
            for factor in line.factors
        ]
        assert line._replace(factors=tuple(dear)).point_usd >= line.point_usd


@given(dearer=st.decimals(1, 100, places=2))
@settings(max_examples=30)
def test_a_dearer_model_never_lowers_a_total(dearer: Decimal) -> None:
    """All prices of today's model times the same factor, in a book of its own."""
    prices = [
        price._replace(usd=price.usd * dearer) if price.model == "gpt-4o-mini" else price for price in BOOK.prices
    ]
    dear = PriceBook(prices, BOOK.figures.values(), BOOK.usual_models)
    before, after = (estimate(factors(CASE, book), "rag", OPEN_8B, None, Decimal(0)) for book in (BOOK, dear))
    assert after.monthly_usd.point >= before.monthly_usd.point
    assert after.totals_usd[36].p90 >= before.totals_usd[36].p90
    assert after.one_time_usd == before.one_time_usd


@pytest.mark.parametrize("approach", APPROACHES)
def test_points_of_lines_add_up_and_nothing_is_odd(approach: str) -> None:
    """To the cent; percentiles in order; every number finite; every formula's numbers have an origin."""
    item = priced(approach)
    for kind, total in (("one_time", item.one_time_usd), ("monthly", item.monthly_usd)):
        assert total.point == sum(line.point_usd for line in item.lines if line.kind == kind)
        assert total.p10 <= total.p50 <= total.p90
    for usd in (*item.line_ranges, *item.totals_usd.values()):
        assert all(isfinite(value) for value in map(float, usd))
    for line in item.lines:
        assert line.formula
        assert all(factor.low <= factor.middle <= factor.high for factor in line.factors), line


@pytest.mark.parametrize("approach", APPROACHES)
def test_even_and_random_draws_agree(approach: str) -> None:
    """The ranges of `recommend` lie within 5 % of those of `advisor cost`."""
    even = priced(approach)
    drawn = estimate(factors(CASE), approach, OPEN_8B, None, Decimal(0), random_sampler(40_000, 7))
    for name in ("one_time_usd", "monthly_usd", "payback_months"):
        ours, theirs = getattr(even, name), getattr(drawn, name)
        assert (ours is None) == (theirs is None)
        if ours is not None:
            assert ours.point == theirs.point
            for left, right in zip(ours[1:], theirs[1:], strict=True):
                assert float(left) == pytest.approx(float(right), rel=0.05, abs=0.02), name


def test_the_same_seed_gives_the_same_figures() -> None:
    """And another seed other ones."""
    first, again, other = (
        estimate(factors(CASE), "rag", OPEN_8B, None, Decimal(0), random_sampler(1000, seed)) for seed in (1, 1, 2)
    )
    assert first == again != other


@given(
    one_time=st.floats(0, 1e6),
    fixed=st.floats(-1e4, 1e4),
    growing=st.floats(-1e4, 1e4),
    growth=st.floats(-0.2, 0.2),
)
def test_payback_is_the_month_in_which_the_gains_reach_what_was_paid(
    one_time: float, fixed: float, growing: float, growth: float
) -> None:
    """Counted month by month."""
    months = payback.payback_months(one_time, fixed, growing, growth)
    gained, monthly = 0.0, growing
    for month in range(1, payback.MOST_MONTHS + 1):
        gained += fixed + monthly
        monthly *= 1 + growth
        if gained >= one_time * (1 + 1e-9) + 1e-6:
            assert months <= month + 1e-6
            return
    assert months == inf or one_time <= 1e-6 or months >= payback.MOST_MONTHS - 1 or growth != 0 or one_time < 1


def test_percentiles_interpolate_as_numpy_does() -> None:
    """Between neighbours, in equal parts."""
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5
    assert percentile([10.0], 0.9) == 10.0
    assert percentile([0.0, 10.0], 0.1) == 1.0


ODD: dict[str, list[Any]] = {
    "traffic.requests_per_month": [0, 1, 10**7, 10**13],
    "traffic.instruction_tokens": [0, 500, 10**7],
    "traffic.output_tokens": [0, 300],
    "traffic.growth_per_month": [-1, -0.5, 0, 0.1, 5],
    "traffic.batchable_share": [0, 0.5, 1],
    "economics.value_per_success_usd": [0, 1, 10**6],
    "economics.current_monthly_usd": [0, 5000],
    "economics.hourly_rate_usd": [0, 50],
    "success.baseline": [0, 0.5, 1],
    "success.test_examples": [0, 30, 10**9],
    "horizon.months": [0, 1, 24, 10**6],
    "constraints.budget_usd": [0, 100, 10**6],
    "constraints.monthly_budget_usd": [0, 100],
    "constraints.data_may_leave": ["on_premises", "any_provider"],
    "knowledge.tokens": [0, 10**5, 10**9],
    "models.base": ["gpt-4o-mini", "hf/Qwen/Qwen3-8B", "acme/x", "ft:gpt-4o-mini-2024-07-18:a::b"],
    "models.to_tune": ["hf/meta-llama/Llama-3.3-70B-Instruct", "gpt-4o-mini", "hf/acme/base-400b", "hf/x/y-0.1b"],
}


@pytest.mark.slow
@given(
    answers=st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in ODD.items()}),
    gaps=st.lists(st.sampled_from(["facts", "style", "format", "cost", "new_skill"]), unique=True),
    day=st.sampled_from([TODAY, date(2020, 1, 1), date(2024, 9, 1), date(2028, 1, 1)]),
)
@settings(max_examples=30, deadline=None)
def test_no_case_ends_in_a_wrong_number(answers: dict[str, Any], gaps: list[str], day: date) -> None:
    """Whatever is odd is a note; every number is finite, in order, and adds up."""
    nested: dict[str, Any] = {"need": {"gaps": gaps}}
    for name, value in answers.items():
        group, _, part = name.partition(".")
        nested.setdefault(group, {})[part] = value
    result = recommend(load_case(nested), as_of=day)
    json.dumps(result.model_dump(mode="json"), allow_nan=False)
    for cost in result.costs:
        for usd in (cost.one_time_usd, cost.monthly_usd, *cost.totals_usd.values()):
            assert usd.p10 <= usd.p50 <= usd.p90
        assert cost.monthly_usd.point == sum(line.usd.point for line in cost.lines if line.kind == "monthly")
        assert "NaN" not in str(cost) and "Infinity" not in str(cost)


def test_a_hosted_model_that_is_paid_by_the_hour_by_hand() -> None:
    """Azure's gpt-4.1-mini: hosting used or not, and the prices of a global deployment."""
    item = priced("fine_tune", what=trained("azure/gpt-4.1-mini", "api_sft", None))
    monthly, once = points(item, "monthly"), points(item, "one_time")
    assert monthly["hosting the tuned model, used or not"] == "1241.00"  # 730 h x $1.70
    assert monthly["answers"] == "2.40"  # 10,000 x 150 x $1.60/1M
    assert once["training azure/gpt-4.1-mini at the provider"] == "61.20"  # 1,200 x 850 x 3 x 4 x $5/1M
