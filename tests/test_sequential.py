"""Sequential tests: false alarms stay below the level however often one looks, effects are found, intervals cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.operation.sequential import interval, is_above, log_capital
from advisor.operation.stage_evidence import Sides, blocks

ALPHA = 0.05


def test_by_hand() -> None:
    """One bet on one gain: capital 1 + size * gain / most_lost, averaged over the twelve sizes."""
    sizes = np.geomspace(0.01, 0.95, 12)
    assert math.isclose(log_capital(np.array([0.5]), 1.0), math.log(np.mean(1 + sizes * 0.5)))
    assert log_capital(np.array([-1.0, -1.0]), 1.0) == 0.0
    assert log_capital(np.array([]), 1.0) == 0.0


@settings(max_examples=15)
@given(st.lists(st.floats(-1, 1), max_size=60), st.integers(0, 60))
def test_capital_only_grows_with_more_to_see(gains: list[float], cut: int) -> None:
    """What was shown once stays shown, as the highest capital on the way counts."""
    assert log_capital(np.array(gains), 1.0) >= log_capital(np.array(gains[:cut]), 1.0)


@settings(max_examples=15)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0.05, 0.95))
def test_intervals_are_tests(values: list[float], bound: float) -> None:
    """The interval's ends are just what the test shows, to within the last halving."""
    found = interval(np.array(values), 0.0, 1.0, ALPHA)
    assert 0.0 <= found.low <= found.mean + 1e-9 and found.mean - 1e-9 <= found.high <= 1.0
    if found.low > bound + 1e-3:
        assert is_above(np.array(values), bound, 0.0, ALPHA / 2)


def test_blocks_compare_what_came_together() -> None:
    """At a share of a quarter each request of the candidate is compared with three of the incumbent."""
    found = blocks(Sides([1, 0, 1], [0, 1, 1, 0, 0, 0, 1]), 0.25)
    assert found.tolist() == pytest.approx([1 - 2 / 3, 0])
    assert blocks(Sides([0.5], [0.25]), 0.0, 1.2).tolist() == pytest.approx([0.2])  # in the shadow both answer


def alarms(rate: float, base: float, tolerance: float, size: int, seed: int, runs: int, looks: int) -> float:
    """The share of runs in which `looks` requests of the candidate ever raise an alarm, each of them a look."""
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(runs):
        candidate = rng.random(looks) < rate
        incumbent = (rng.random((looks, size)) < base).mean(axis=1)
        found += is_above(candidate - incumbent, tolerance, -1.0, ALPHA)
    return found / runs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "base"), [(0.01, 0.01), (0.03, 0.01), (0.52, 0.5), (0.3, 0.28), (0.12, 0.1), (0.02, 0.0)]
)
@pytest.mark.parametrize("size", [1, 3, 19])
def test_false_alarms_stay_below_the_level(rate: float, base: float, size: int) -> None:
    """At the worst that is allowed, and below it, with a look after each of 2,000 requests, in 2,000 runs."""
    most = ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / 2_000)
    assert alarms(rate, base, 0.02, size, 7, 2_000, 2_000) <= most


@pytest.mark.slow
def test_false_alarms_where_the_world_changes() -> None:
    """Errors of both that rise and fall together, such as an outage of the network, are no alarm."""
    rng, found, runs, looks = np.random.default_rng(5), 0, 2_000, 2_000
    rates = 0.1 + 0.4 * (np.sin(np.arange(looks) / 100) > 0.8)
    for _ in range(runs):
        candidate = rng.random(looks) < rates
        incumbent = (rng.random((looks, 3)) < rates[:, None]).mean(axis=1)
        found += is_above(candidate - incumbent, 0.02, -1.0, ALPHA)
    assert found / runs <= ALPHA


@pytest.mark.slow
def test_latencies_with_heavy_tails() -> None:
    """Dollars or seconds of a heavy tail, cut at 1: equal means raise no more alarms than allowed."""
    rng, found, runs = np.random.default_rng(9), 0, 2_000
    for _ in range(runs):
        values = np.minimum(rng.lognormal(-3, 1.5, (1_000, 4)), 1.0)
        found += is_above(values[:, 0] - 1.0 * values[:, 1:].mean(axis=1), 0.0, -1.0, ALPHA)
    assert found / runs <= ALPHA


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "base", "looks", "least"), [(0.3, 0.01, 60, 0.99), (0.1, 0.01, 300, 0.9), (0.05, 0.01, 1_500, 0.8)]
)
def test_effects_are_found(rate: float, base: float, looks: int, least: float) -> None:
    """A candidate that fails far more often than allowed is found in that many of its requests."""
    assert alarms(rate, base, 0.02, 19, 3, 400, looks) >= least


@pytest.mark.slow
def test_intervals_cover_at_all_times() -> None:
    """The mean is within the interval at every one of 20 looks, in 95 of 100 runs or more."""
    rng, missed, runs = np.random.default_rng(11), 0, 150
    for _ in range(runs):
        values = (rng.random(1_000) < 0.2).astype(float)
        looks = [interval(values[:count], 0.0, 1.0, ALPHA) for count in range(50, 1_001, 50)]
        missed += any(not one.low <= 0.2 <= one.high for one in looks)
    assert missed / runs <= ALPHA
