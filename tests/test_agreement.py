"""Agreement of raters against reference implementations and figures worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.dataset.agreement import agreement, in_words


def test_two_raters_by_hand() -> None:
    """20 agree on yes, 15 on no, 5 and 10 differ: 0.7 observed, 0.5 expected (Cohen's textbook example)."""
    left = ["yes"] * 25 + ["no"] * 25
    right = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    found = agreement([dict(enumerated(left)), dict(enumerated(right))])
    assert found.agreed_share == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)
    assert (found.words, len(found.disputed)) == ("fair", 15)


def enumerated(values: list[str]) -> list[tuple[str, str]]:
    """The values with item ids."""
    return [(str(number), value) for number, value in enumerate(values)]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=40))
def test_two_raters_as_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    """Cohen's kappa."""
    from sklearn.metrics import cohen_kappa_score

    left, right = ([pair[side] for pair in pairs] for side in (0, 1))
    found = agreement([dict(enumerated(left)), dict(enumerated(right))])
    if found.kappa is None:
        assert set(left) == set(right) and len(set(left)) == 1
    else:
        assert found.kappa == pytest.approx(cohen_kappa_score(left, right), abs=1e-12)


def test_fleiss_by_hand() -> None:
    """Fleiss 1971's way on four items by three raters: observed 2/3, expected (7/12)^2 + (5/12)^2."""
    raters = [["a", "a", "b", "b"], ["a", "a", "b", "a"], ["a", "b", "b", "a"]]
    found = agreement([dict(enumerated(rater)) for rater in raters])
    expected = (7 / 12) ** 2 + (5 / 12) ** 2
    assert found.agreed_share == pytest.approx(2 / 3)
    assert found.kappa == pytest.approx((2 / 3 - expected) / (1 - expected))
    assert found.disputed == ("1", "3")


def test_what_cannot_be_said() -> None:
    """Nothing judged twice, or everybody always the same."""
    assert agreement([{"1": "ok"}, {"2": "ok"}]).kappa is None
    same = agreement([{"1": "ok", "2": "ok"}, {"1": "ok", "2": "ok"}])
    assert same.kappa is None and same.agreed_share == 1 and same.words.startswith("undefined")
    assert in_words(-0.2) == "worse than chance"
