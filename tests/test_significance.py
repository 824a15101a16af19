"""Statistics: against scipy and statsmodels on random inputs, by hand, by laws, and (slow) by simulation."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.evaluation.detectable import (
    mcnemar_detectable,
    mcnemar_items,
    mcnemar_power,
    mean_detectable,
    mean_items,
)
from advisor.evaluation.intervals import PairedCells, paired_difference, paired_ratio, percentile, wilson
from advisor.evaluation.label_scores import label_scores
from advisor.evaluation.measure import Measure, Values, mean_measure
from advisor.evaluation.resampling import resampled
from advisor.evaluation.scores import Scored
from advisor.evaluation.significance import BOOTSTRAP, MCNEMAR, Comparison, bootstrap_p, holm, mcnemar_p
from advisor.evaluation.statistics import Pair, pairs_to_compare, run_statistics

SHARES = st.floats(0, 1)


def an_arm(measure: Measure) -> Scored:
    """An arm with one metric."""
    return Scored(measure.metric, {measure.metric: measure}, measure.per_item >= 1, None, 0, 0)


def compared(first: Values, second: Values, *, binary: bool = False, draws: int = 500, seed: int = 1) -> Comparison:
    """Two arms by their values on the same items."""
    arms = {name: an_arm(mean_measure("m", values, binary=binary)) for name, values in (("a", first), ("b", second))}
    return run_statistics(arms, [Pair("a", "b")], seed, draws).comparisons[0]


@given(st.integers(0, 300), st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_mcnemar_is_the_sign_test(first: int, second: int) -> None:
    """The p-value of scipy's exact binomial test."""
    from scipy.stats import binomtest

    if first + second:
        assert mcnemar_p(first, second) == pytest.approx(binomtest(first, first + second, 0.5).pvalue)


def test_holm_by_hand() -> None:
    """Times 4, 3, 2, 1 from the least on, never falling; ties share the larger factor's value."""
    assert holm([0.03, 0.01, 0.02, 0.9]) == pytest.approx([0.06, 0.04, 0.06, 0.9])
    assert holm([0.02, 0.02]) == pytest.approx([0.04, 0.04])
    assert holm([0.9, 0.8]) == (1, 1)
    assert holm([]) == ()


@given(st.lists(st.floats(0, 1), max_size=12))
def test_laws_of_holm(p_values: list[float]) -> None:
    """Never below the raw p, at most 1, order kept."""
    adjusted = holm(p_values)
    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    assert all(after <= 1 for after in adjusted)
    by_raw = sorted(zip(p_values, adjusted, strict=True))
    assert [after for _, after in by_raw] == sorted(adjusted)


@pytest.mark.slow
def test_statsmodels_agrees() -> None:
    """McNemar's test and Holm's adjustment on random inputs."""
    from statsmodels.stats.contingency_tables import mcnemar
    from statsmodels.stats.multitest import multipletests

    random = np.random.default_rng(1)
    for _ in range(200):
        first, second = map(int, random.integers(0, 60, 2))
        assert mcnemar_p(first, second) == pytest.approx(mcnemar([[5, first], [second, 5]], exact=True).pvalue)
        p_values = list(random.random(random.integers(1, 12)) ** 3)
        assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


@given(st.integers(0, 200), st.integers(1, 200))
@settings(deadline=None)
def test_wilson(right: int, items: int) -> None:
    """The interval of scipy, and the value inside it."""
    from scipy.stats import binomtest

    right = min(right, items)
    found = wilson(right / items, items)
    assert (found.low, found.high) == pytest.approx(binomtest(right, items).proportion_ci(method="wilson"), abs=1e-9)
    assert found.low <= found.value <= found.high


@pytest.mark.slow
def test_paired_difference_without_correlation_is_newcombes_for_two_samples() -> None:
    """Cells whose correlation is 0: 12, 8, 18, 12 of 50."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    found = paired_difference(PairedCells(12, 8, 18, 12))
    reference = confint_proportions_2indep(20, 50, 30, 50, compare="diff", method="newcomb")
    assert (found.low, found.high) == pytest.approx(reference)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_paired_intervals_hold_their_value_and_turn_round(both: int, first: int, second: int, neither: int) -> None:
    """The value lies inside; with the arms swapped the difference changes its sign, the ratio is turned over."""
    if not both + first + second + neither:
        return
    cells, swapped = PairedCells(both, first, second, neither), PairedCells(both, second, first, neither)
    one, other = paired_difference(cells), paired_difference(swapped)
    assert one.low <= one.value <= one.high
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    times, turned = paired_ratio(cells), paired_ratio(swapped)
    assert 0 <= times.low <= times.value <= times.high
    if turned.low > 0:
        assert times.high == pytest.approx(1 / turned.low)


def test_ratio_by_hand() -> None:
    """Bonett and Price's interval for 10 right by both, 4 and 1 by one alone, worked through by hand."""
    found = paired_ratio(PairedCells(10, 4, 1, 5))
    z = 1.959964 * math.sqrt(7 / (15 * 12)) / (math.sqrt((1 - 15 / 17) / 15) + math.sqrt((1 - 12 / 17) / 12))

    def end(right: int, sign: int) -> float:
        return (2 * right + z * z + sign * z * math.sqrt(z * z + 4 * right * (1 - right / 15))) / (2 * (15 + z * z))

    assert found.value == pytest.approx(14 / 11)
    assert (found.low, found.high) == pytest.approx((end(14, -1) / end(11, 1), end(14, 1) / end(11, -1)), rel=1e-5)
    nothing = paired_ratio(PairedCells(0, 0, 0, 9))
    assert (nothing.low, nothing.high) == (0, math.inf)


def test_bootstrap_agrees_with_students_t_on_many_items() -> None:
    """Interval and p-value of a mean difference, where both are known to agree."""
    from scipy.stats import ttest_rel

    random = np.random.default_rng(5)
    first, second = random.beta(4, 2, 400), random.beta(4, 2.3, 400)
    found = compared(first, second, draws=10_000)
    reference = ttest_rel(first, second)
    low, high = reference.confidence_interval()
    assert found.test == BOOTSTRAP
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.002)
    assert found.p_value == pytest.approx(reference.pvalue, abs=0.01)
    assert found.standard_error == pytest.approx((first - second).std(ddof=1) / 20, rel=0.03)


def test_resamples_are_those_of_the_seed_whatever_stands_beside() -> None:
    """The same seed gives the same draws, for a mean and for a macro score; another seed gives others."""
    random = np.random.default_rng(2)
    mean = mean_measure("m", random.random(50))
    labels = label_scores(list(random.choice(list("abc"), 50)), list(random.choice(list("abc"), 50)))
    macro = labels.macro_measures()[2]
    alone, together = resampled([mean], 7, 300), resampled([macro, mean], 7, 300)
    assert np.array_equal(alone[:, 0], together[:, 1])
    assert not np.array_equal(alone, resampled([mean], 8, 300))
    taken = np.random.default_rng(7).integers(0, 50, (300, 50), dtype=np.int32)
    assert alone[:, 0] == pytest.approx(mean.per_item[taken].mean(axis=1), abs=1e-6)
    from sklearn.metrics import f1_score

    golds, answers = (np.array(labels.labels.names)[places] for places in (labels.wanted, labels.said))
    assert together[5, 0] == pytest.approx(f1_score(golds[taken[5]], answers[taken[5]], average="macro"), abs=1e-6)


@given(st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=15), st.booleans())
@settings(max_examples=30, deadline=None)
def test_comparisons_hold_together(pairs: list[tuple[float, float]], binary: bool) -> None:
    """The value is inside its interval, p within 0 and 1, and nobody is better than himself."""
    both = np.array(pairs)
    if binary:
        both = np.round(both)
    found = compared(both[:, 0], both[:, 1], binary=binary, draws=200)
    assert found.low - 1e-9 <= found.difference <= found.high + 1e-9
    assert 0 <= found.p_value <= found.p_adjusted <= 1
    assert found.relative.low <= found.relative.value <= found.relative.high
    same = compared(both[:, 0], both[:, 0], binary=binary, draws=200)
    assert same.p_value == 1
    assert not same.is_better()
    assert same.low <= 0 <= same.high


def test_few_items_show_nothing() -> None:
    """Equal answers on three items refute no improvement, and five wins prove none."""
    ones = np.ones(3)
    for binary in (True, False):
        same = compared(ones, ones, binary=binary)
        assert same.improvement_shown(0.2) is None
        won = compared(np.ones(5), np.zeros(5), binary=binary)
        assert not won.is_better()
        assert won.detectable is None or not binary
    single = compared(np.array([0.9]), np.array([0.1]))
    assert single.p_value == 1
    assert (single.low, single.high) == (-1, 1)


def test_a_lone_arm_of_equal_values_keeps_an_interval() -> None:
    """Ten answers that all score 1 do not make the mean certain."""
    result = run_statistics({"a": an_arm(mean_measure("token_f1", np.ones(10)))}, [], 1, 200).scores["a"][0]
    assert result.value == result.high == 1
    assert result.low == pytest.approx(wilson(1, 10).low)
    assert run_statistics({"a": an_arm(mean_measure("m", np.ones(0)))}, [], 1).scores == {"a": ()}


def test_the_twenty_percent_rule_asks_the_interval() -> None:
    """A point of 30 % more is not enough on few items; on many it is; 10 % more is refuted there."""
    few = compared(np.repeat([1.0, 1, 0], [10, 3, 7]), np.repeat([1.0, 0, 0], [10, 3, 7]), binary=True)
    assert few.relative.value == pytest.approx(0.3)
    assert few.improvement_shown(0.2) is None
    assert (few.items_to_show_improvement(0.2) or 0) > 20
    many = compared(np.repeat([1.0, 1, 0], [1000, 300, 700]), np.repeat([1.0, 0, 0], [1000, 300, 700]), binary=True)
    assert many.improvement_shown(0.2) is True
    assert many.test == MCNEMAR
    little = compared(np.repeat([1.0, 1, 0], [1000, 100, 900]), np.repeat([1.0, 0, 0], [1000, 100, 900]), binary=True)
    assert little.is_better()
    assert little.improvement_shown(0.2) is False
    assert little.items_to_show_improvement(0.2) is None


def test_pairs_are_chosen_by_kind_not_by_score() -> None:
    """Trained arms against all that need no training, tuned ones against the linear head as well."""
    kinds = {"base": "zero_shot", "docs": "rag", "head": "linear", "mine": "tuned", "both": "tuned_rag"}
    pairs = set(pairs_to_compare(kinds))
    assert pairs == {
        *(Pair(arm, other) for arm in ("head", "mine", "both") for other in ("base", "docs")),
        *(Pair(arm, "head") for arm in ("mine", "both")),
    }


def test_p_values_are_adjusted_by_metric() -> None:
    """Three comparisons of one metric are one family, whichever arms they are of."""
    random = np.random.default_rng(3)
    base = (random.random(200) < 0.5).astype(float)
    arms = {"base": an_arm(mean_measure("accuracy", base, binary=True))}
    for name, share in (("x", 0.6), ("y", 0.65), ("z", 0.55)):
        arms[name] = an_arm(mean_measure("accuracy", (random.random(200) < share).astype(float), binary=True))
    found = run_statistics(arms, [Pair(name, "base") for name in "xyz"], 1, 200).comparisons
    assert [item.p_adjusted for item in found] == pytest.approx(holm([item.p_value for item in found]))


def test_power_of_mcnemar_by_hand() -> None:
    """Ten items, all discordant and all won with chance 0.9: at least nine of ten must be won."""
    assert mcnemar_power(10, 1.0, 0.8) == pytest.approx(10 * 0.9**9 * 0.1 + 0.9**10)
    assert mcnemar_power(5, 1.0, 1.0) == 0
    for items in (6, 17, 200, 999):
        fewest = next(won for won in range(items + 1) if won * 2 > items and mcnemar_p(won, items - won) <= 0.05)
        chance = sum(math.comb(items, won) * 0.6**won * 0.4 ** (items - won) for won in range(fewest, items + 1))
        assert mcnemar_power(items, 1.0, 0.2) == pytest.approx(chance)
    assert mcnemar_detectable(5, 0.5) is None


@given(st.integers(8, 3000), st.floats(0.01, 1), st.floats(0.01, 0.5))
@settings(max_examples=12, deadline=None)
def test_detectable_differences(items: int, discordant: float, difference: float) -> None:
    """What is called detectable has its power; more items find less; the items asked for are enough."""
    least = mcnemar_detectable(items, discordant)
    if least is not None:
        assert mcnemar_power(items, discordant, least) >= 0.8 - 1e-6
        assert mcnemar_power(items, discordant, least * 0.9) < 0.8
    needed = mcnemar_items(discordant, difference)
    assert needed is not None
    assert mcnemar_power(needed, discordant, difference) >= 0.8
    of_means = mean_items(items, 0.02, difference)
    assert of_means is not None
    assert (mean_detectable(of_means, 0.02 * math.sqrt(items / of_means)) or 1) <= difference * 1.001
    assert mean_items(items, 0.02, 0.0) is None


def simulated(random: np.random.Generator, items: int, share: float, gain: float) -> tuple[Values, Values]:
    """Two arms right or wrong on the same items, with a difficulty in common."""
    hard = random.random(items)
    second = hard < share
    first = np.where(random.random(items) < 0.3, random.random(items) < share + gain / 0.3, second)
    return first.astype(float), second.astype(float)


@pytest.mark.slow
def test_power_is_what_a_simulation_finds() -> None:
    """The power worked out exactly, beside 4,000 simulated tests."""
    random = np.random.default_rng(11)
    for items, discordant, difference in ((60, 0.3, 0.15), (200, 0.2, 0.1), (500, 0.1, 0.04)):
        won = (discordant + difference) / 2
        cells = random.multinomial(items, [won, discordant - won, 1 - discordant], 4000)
        found = np.mean([mcnemar_p(a, b) <= 0.05 and a > b for a, b, _ in cells])
        assert found == pytest.approx(mcnemar_power(items, discordant, difference), abs=0.025)


@pytest.mark.slow
@pytest.mark.parametrize("items", [25, 60, 200])
def test_intervals_cover(items: int) -> None:
    """95 % intervals hold the truth in about 95 % of 1,500 simulated runs."""
    random = np.random.default_rng(items)
    held: Mapping[str, list[bool]] = {name: [] for name in ("wilson", "difference", "ratio", "mean", "mean difference")}
    for _ in range(1500):
        first, second = simulated(random, items, 0.6, 0.1)
        cells = PairedCells(*(float(((first == a) & (second == b)).sum()) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))))
        share = wilson(second.mean(), items)
        held["wilson"].append(share.low <= 0.6 <= share.high)
        span, times = paired_difference(cells), paired_ratio(cells)
        held["difference"].append(span.low <= 0.1 <= span.high)
        held["ratio"].append(times.low <= 0.7 / 0.6 <= times.high)
        scores, others = random.beta(2, 1, items), random.beta(1, 1, items)
        drawn = resampled([mean_measure("a", scores), mean_measure("b", others)], 1, 1000)
        mean = percentile(scores.mean(), drawn[:, 0], items)
        held["mean"].append(mean.low <= 2 / 3 <= mean.high)
        gap = percentile(scores.mean() - others.mean(), drawn[:, 0] - drawn[:, 1], items)
        held["mean difference"].append(gap.low <= 2 / 3 - 1 / 2 <= gap.high)
    coverage = {name: float(np.mean(each)) for name, each in held.items()}
    print(items, coverage)
    assert all(0.93 <= share <= 0.985 for share in coverage.values()), coverage


@pytest.mark.slow
@pytest.mark.parametrize("binary", [True, False])
def test_type_one_error_of_the_whole_run(binary: bool) -> None:
    """Three arms that are as good as each of three others: any is called better in at most 5 % of runs."""
    random = np.random.default_rng(17)
    wrong = 0
    for run in range(600):
        hard = random.random(40)
        arms = {}
        for name in ("t1", "t2", "t3", "u1", "u2", "u3"):
            values = random.beta(2, 2, 40) * 0.5 + hard * 0.5
            arms[name] = an_arm(mean_measure("m", (values > 0.5).astype(float) if binary else values, binary=binary))
        pairs = [Pair(arm, other) for arm in ("t1", "t2", "t3") for other in ("u1", "u2", "u3")]
        wrong += any(item.p_adjusted < 0.05 for item in run_statistics(arms, pairs, run, 2000).comparisons)
    print("share of runs with a false difference", wrong / 600)
    assert wrong / 600 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 600)


def test_bootstrap_p_by_hand() -> None:
    """Two of four draws lie as far off as the difference from 0: (1 + 2) / 5, nearly so on many items."""
    draws = np.array([0.1, 0.3, 0.5, 0.3])
    assert bootstrap_p(0.2, draws - 0.1, 10**9) == pytest.approx(3 / 5, abs=1e-6)
    assert bootstrap_p(0.0, draws, 100) == 1
