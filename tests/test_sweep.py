"""Varying one answer: the values, the totals and where the cheapest approach changes."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from advisor.cli import advisor
from advisor.cost.sweep import spread_evenly, sweep
from advisor.errors import InputError, PriceMissingError
from advisor.files import content

CASE = str(content("examples") / "cost-gap-distillation.yaml")
VARY = ["--vary", "traffic.requests_per_month=1e3..1e7", "--as-of", "2026-11-21"]


def run(*words: str) -> str:
    """`advisor cost sweep` of the case; what it prints."""
    result = CliRunner().invoke(advisor, ["cost", "sweep", CASE, *words], catch_exceptions=False)
    return result.output


def test_a_crossover_worked_by_hand() -> None:
    """100 + 1 x against 1,000 + 0.1 x: they meet at 900 / 0.9 = 1,000."""

    def totals(value: Decimal) -> dict[str, Decimal]:
        return {"prompt": 100 + value, "distil": 1000 + value / 10}

    found = sweep("traffic.requests_per_month", Decimal(24), spread_evenly(Decimal(10), Decimal(10**6), 6), totals)
    (crossover,) = found.crossovers
    assert (crossover.before, crossover.after) == ("prompt", "distil")
    assert float(crossover.value) == pytest.approx(1000, rel=0.002)


@given(slopes=st.lists(st.integers(0, 50), min_size=2, max_size=5), starts=st.lists(st.integers(0, 5000), min_size=5))
def test_between_crossovers_the_cheapest_stays(slopes: list[int], starts: list[int]) -> None:
    """Each crossover leads from the approach before it to the one after, in order."""

    def totals(value: Decimal) -> dict[str, Decimal]:
        return {str(place): starts[place] + slope * value for place, slope in enumerate(slopes)}

    found = sweep("x", Decimal(12), spread_evenly(Decimal(1), Decimal(10**4), 9), totals)
    cheapest = found.steps[0].cheapest
    for crossover in found.crossovers:
        assert crossover.before == cheapest
        cheapest = crossover.after
    assert cheapest == found.steps[-1].cheapest
    values = [crossover.value for crossover in found.crossovers]
    assert values == sorted(values)


def test_the_values_reach_both_ends() -> None:
    """In equal ratios over decades, in equal steps otherwise."""
    assert spread_evenly(Decimal(1000), Decimal(10**7), 5) == [1000, 10000, 100000, 1000000, 10000000]
    assert spread_evenly(Decimal(0), Decimal(10), 3) == [0, 5, 10]


def test_a_smaller_model_pays_from_some_volume_on() -> None:
    """The text names the volume; the table and the JSON hold the same steps."""
    text = run(*VARY, "--points", "5")
    assert "on distil is cheaper than prompt" in text
    assert max(map(len, text.splitlines())) <= 80
    rows = list(csv.DictReader(io.StringIO(run(*VARY, "--points", "5", "--format", "csv"))))
    listed = json.loads(run(*VARY, "--points", "5", "--format", "json"))
    assert [row["cheapest"] for row in rows] == [step["cheapest"] for step in listed["steps"]]
    assert [row["cheapest"] for row in rows] == ["prompt", "prompt", "prompt", "distil", "distil"]
    prompt = [Decimal(row["prompt_usd"]) for row in rows]
    assert prompt == sorted(prompt)


@pytest.mark.parametrize(
    ("vary", "says"),
    [
        ("traffic.requests=1..10", "there is no answer named traffic.requests"),
        ("task.kind=1..10", "task.kind is no number"),
        ("traffic.requests_per_month=1000", "names no range"),
        ("traffic.requests_per_month=10..1", "10 is not below 1"),
        ("traffic.requests_per_month=a..b", "no range of numbers"),
        ("traffic.requests_per_month=0..nan", "is not below"),
    ],
)
def test_a_range_that_is_none(vary: str, says: str) -> None:
    """A sentence, and what to write."""
    with pytest.raises(InputError, match=says):
        run("--vary", vary)


def test_growth_beyond_all_bounds_is_refused() -> None:
    """Not an overflow."""
    with pytest.raises(PriceMissingError, match=r"0\.05 is 5 % a month"):
        run(*VARY, "--set", "traffic.growth_per_month=5")


@pytest.mark.slow
def test_the_chart_is_a_picture_with_every_approach_and_the_crossover(tmp_path: Path) -> None:
    """SVG and PNG; another suffix is refused before anything is written."""
    drawn = tmp_path / "sweep.svg"
    run(*VARY, "--points", "5", "--chart", str(drawn))
    text = drawn.read_text(encoding="utf-8")
    assert text.startswith("<svg") and all(name in text for name in ("prompt", "distil from", "$100,000"))
    run(*VARY, "--points", "5", "--chart", str(tmp_path / "sweep.png"))
    assert (tmp_path / "sweep.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match=r"end it with \.svg or \.png"):
        run(*VARY, "--points", "5", "--chart", str(tmp_path / "sweep.gif"))
    assert not (tmp_path / "sweep.gif").exists()
