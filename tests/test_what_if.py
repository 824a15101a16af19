"""What a report's page computes is what the cost engine computes, to the cent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

from advisor.budget import Prices
from advisor.cost.amount import CENT, WIDE, Line
from advisor.cost.estimate import Estimate, sum_of_kind
from advisor.cost.payback import rounded_months
from advisor.cost.sampled import Lines, Sums
from advisor.cost.what_if import knobs
from advisor.files import content, load_case, read_text
from advisor.question import Answer
from advisor.report.what_if_data import what_if_data
from tests.report_cases import DAY, market, report, rules

CASES = ("medical-notes", "hydrocore-error-codes", "saas-support", "cost-gap-distillation", "iot-log-classifier")


@cache
def engine() -> MiniRacer:
    """V8 with the page's script, which touches no document."""
    racer = MiniRacer()
    racer.eval(read_text(content("web") / "templates" / "what_if.js"))
    return racer


def in_page(data: Mapping[str, Any], values: list[str]) -> list[dict[str, Any]]:
    """What the script makes of `values`."""
    found = engine().eval(f"JSON.stringify(outcomes({json.dumps(data)}, {json.dumps(values)}))")
    result: list[dict[str, Any]] = json.loads(str(found))
    return result


def in_python(item: Estimate) -> dict[str, Any]:
    """The same of an estimate."""
    months = item.at_middles.payback_months(item.terms)
    never = not item.is_priced or months == float("inf") or (item.ends is not None and item.ends.months < months)
    return {
        "one_time_usd": f"{sum_of_kind(item.lines, 'one_time').quantize(CENT, context=WIDE)}",
        "monthly_usd": f"{sum_of_kind(item.lines, 'monthly').quantize(CENT, context=WIDE)}",
        "total_usd": f"{item.totals_usd[12].point}",
        "payback_months": None if never else f"{rounded_months(months):.2f}",
    }


@pytest.mark.parametrize("name", CASES)
def test_the_case_itself_comes_out_the_same(name: str) -> None:
    """With every input as in the case each approach has the figures of its estimate."""
    estimates = report(name).estimates
    data = what_if_data(estimates, ())
    shown = in_page(data, [knob["value"] for knob in data["knobs"]])
    assert [one["approach"] for one in shown] == [item.approach for item in estimates]
    for one, item in zip(shown, estimates, strict=True):
        assert {name: one[name] for name in in_python(item)} == in_python(item)
        paid = item.payback_months
        assert one["payback_months"] == (f"{paid.point:.2f}" if paid else None)


_MONEY = st.decimals("0.01", 5000, places=2)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(
    name=st.sampled_from(CASES),
    requests=st.integers(1, 5_000_000),
    right=st.decimals(0, 1, places=3),
    value=_MONEY,
    error=_MONEY,
)
def test_other_answers_come_out_as_if_the_case_said_them(
    name: str, requests: int, right: Decimal, value: Decimal, error: Decimal
) -> None:
    """Traffic and quality set in the page, and the case estimated anew with these answers: equal to the cent."""
    book, prices = rules(), market()
    case = load_case(content("examples") / f"{name}.yaml", book.questions)
    answers: dict[str, Answer] = {
        "traffic.requests_per_month": requests,
        "success.baseline": right,
        "economics.value_per_success_usd": value,
        "economics.cost_per_error_usd": error,
    }
    here = case.with_answers({**answers, "traffic.requests_per_month": 100, "success.baseline": Decimal("0.5")})
    there = case.with_answers(answers)
    approaches = [item.approach for item in report(name).estimates]
    data = what_if_data(Prices(here, book, prices, DAY).of(*approaches).estimates, ())
    wanted = {"Requests a month": requests, "Share of answers that is right today": right}
    values = [str(wanted.get(knob["label"], knob["value"])) for knob in data["knobs"]]
    for one, item in zip(
        in_page(data, values), Prices(there, book, prices, DAY).of(*approaches).estimates, strict=True
    ):
        assert {name: one[name] for name in in_python(item)} == in_python(item)


@settings(max_examples=10, deadline=None)
@given(name=st.sampled_from(CASES), times=st.decimals("0.1", 10, places=3))
def test_other_prices_are_every_price_times_the_input(name: str, times: Decimal) -> None:
    """Prices of the price book are multiplied, and nothing else."""
    estimates = report(name).estimates
    data = what_if_data(estimates, ())
    values = [str(times) if knob["how"] == "times" else knob["value"] for knob in data["knobs"]]

    def dearer(line: Line) -> Line:
        factors = (one._replace(middle=one.middle * times) if one.price else one for one in line.factors)
        return line._replace(factors=tuple(factors))

    for one, item in zip(in_page(data, values), estimates, strict=True):
        lines = Lines(tuple(map(dearer, item.lines)), tuple(map(dearer, item.today)))
        sums = Sums.at_middles(lines)
        assert Decimal(one["one_time_usd"]) == sum_of_kind(lines.own, "one_time")
        assert Decimal(one["monthly_usd"]) == sum_of_kind(lines.own, "monthly")
        assert Decimal(one["total_usd"]) == Decimal(repr(sums.total(item.terms, 12))).quantize(CENT)
        if one["payback_months"]:
            assert Decimal(one["payback_months"]) == rounded_months(sums.payback_months(item.terms))


@settings(max_examples=50)
@given(st.lists(st.decimals("1e-12", "1e9", allow_nan=False), min_size=1, max_size=6))
def test_products_are_those_of_decimal(factors: list[Decimal]) -> None:
    """Rounded to 28 digits after each factor, halves to even, then to cents, halves up."""
    usd = Decimal(1)
    for factor in factors:
        usd *= factor
    said = json.dumps([[f"{factor:f}", None] for factor in factors])
    found = engine().eval(f"shown(lineCents({said}, [], []), 2)")
    assert found == f"{usd.quantize(CENT, context=WIDE):f}"


def test_inputs_are_those_that_move_a_line() -> None:
    """A case without a value of an answer has no input for it; each has its value in the case."""
    labels = {knob.id: knob.value for knob in knobs(report("medical-notes").estimates)}
    assert labels == {"requests": 20000, "prices": 1, "right": Decimal("0.52"), "value": 3, "error": 12}
    assert knobs(()) == ()
