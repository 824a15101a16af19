"""Kappa and rank correlations: the same as the libraries', by hand, and with intervals that hold them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.evaluation.estimate import mean, share, weighted_share
from advisor.evaluation.rater_agreement import cohen, fleiss, rank_correlation

PAIRS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=40)


@settings(max_examples=40)
@given(PAIRS, st.booleans())
def test_cohen_is_scikit_learns(pairs: list[tuple[int, int]], weighted: bool) -> None:
    """Nominal and weighted by the squared distance; undefined in the same cases."""
    from sklearn.metrics import cohen_kappa_score

    first, second = [one for one, _ in pairs], [two for _, two in pairs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = cohen_kappa_score(first, second, labels=[1, 2, 3, 4], weights="quadratic" if weighted else None)
    ours = cohen(first, second, [1, 2, 3, 4], 0, weighted=weighted)
    if np.isnan(theirs):
        assert ours.kappa.value is None
        return
    assert ours.kappa.value == pytest.approx(theirs)
    assert ours.agreed_share == pytest.approx(np.mean([one == two for one, two in pairs]))
    if ours.kappa.low is not None and ours.kappa.high is not None:
        assert ours.kappa.low - 1e-9 <= ours.kappa.high


def test_fleiss_by_hand() -> None:
    """Thirty things, five values, up to six raters: the formula written out, inside its own interval."""
    table = (
        "00060 03003 01401 00006 03030 20400 00402 20301 20040 00006 10050 11040 03030 10005 02130 00015 30012 50010 "
        "02040 10203 00006 01050 02013 20040 10410 00510 40020 02040 10500 00042"
    ).split()
    things = {f"{number}": f"{number}" for number in range(len(table))}
    judged: list[dict[str, str]] = [{} for _ in range(6)]
    for number, row in enumerate(table):
        said = [str(value) for value, count in enumerate(row) for _ in range(int(count))]
        for rater, value in zip(judged, said, strict=False):
            rater[str(number)] = value
    found = fleiss(judged, things, 0)
    counts = np.array([[int(count) for count in row] for row in table])
    raters = counts.sum(axis=1)
    agreed = ((counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))).mean()
    expected = ((counts.sum(axis=0) / counts.sum()) ** 2).sum()
    assert found.kappa.value == pytest.approx((agreed - expected) / (1 - expected))
    kappa, low, high, items = found.kappa
    assert kappa is not None and low is not None and high is not None and low < kappa < high and items == 30


def test_answers_to_one_question_are_drawn_together() -> None:
    """Ten things of one item are one item: its interval is that of one, so it has no width."""
    judged = [{str(thing): "yes" if thing % 2 else "no" for thing in range(10)} for _ in range(3)]
    one = fleiss(judged, dict.fromkeys(map(str, range(10)), "item"), 0)
    assert one.kappa.of == 1 and one.kappa.value == 1


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=3, max_size=12))
def test_spearman_is_scipys(pairs: list[tuple[int, int]]) -> None:
    """Or undefined where one side never varies."""
    from scipy.stats import spearmanr

    first, second = [float(one) for one, _ in pairs], [float(two) for _, two in pairs]
    found = rank_correlation(first, second, 0)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert found.value is None
    else:
        assert found.value == pytest.approx(spearmanr(first, second).statistic)


def test_kendall_of_an_order_and_its_reverse() -> None:
    """1 and -1."""
    rising = [1.0, 2.0, 3.0, 4.0]
    assert rank_correlation(rising, rising, 0, "kendall").value == pytest.approx(1)
    assert rank_correlation(rising, rising[::-1], 0, "kendall").value == pytest.approx(-1)


def test_shares_and_means_by_hand() -> None:
    """Equal weights are Wilson's interval; unequal ones are fewer items by Kish; nothing is nothing."""
    assert weighted_share([1.0] * 3 + [0.0] * 7, [2.0] * 10) == pytest.approx(share(3, 10))
    uneven = weighted_share([1.0, 0.0], [3.0, 1.0])
    assert uneven.value == 0.75
    assert uneven.low is not None and uneven.low < (weighted_share([1.0, 0.0], [1.0, 1.0]).low or 0) + 0.25
    assert weighted_share([], []).value is None and mean([], None, [], 0).value is None
    found = mean([1.0, 1.0, -1.0, -1.0], ["a", "a", "b", "b"], [1.0] * 4, 0)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_what_all_say_is_not_certain() -> None:
    """Thirty wins of thirty: up to a tenth of all may be losses (rule of three), so the net is 80 % or more."""
    found = mean([1.0] * 30, None, [1.0] * 30, 0, (-1, 1))
    assert found.value == 1 and found.low == pytest.approx(0.8) and found.high == 1
