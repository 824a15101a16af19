"""Even draws in NumPy give the figures of plain Python to the last bit, so that the service says what the CLI says."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.cost.amount import Factor, Line
from advisor.cost.sampled import IN_PLAIN_PYTHON, Lines, Terms
from advisor.random_draws import even_sampling

IN_NUMPY = even_sampling()
NUMBERS = st.decimals(0, 10**6, places=3)


@st.composite
def factors(draw: st.DrawFn) -> Factor:
    """A factor, certain or not; of a name that others may share."""
    low, middle, high = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
    if draw(st.booleans()):
        low = high = middle
    name = f"{draw(st.sampled_from('abcdefgh'))} {low} {middle} {high}"  # one name is one quantity
    return Factor(name, "", low, middle, high)


LINES = st.lists(
    st.builds(
        Line,
        st.just("item"),
        st.sampled_from(["one_time", "monthly", "return"]),
        st.lists(factors(), min_size=1, max_size=4).map(tuple),
        st.booleans(),
        st.booleans(),
    ),
    max_size=5,
).map(tuple)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LINES, LINES, st.sampled_from([0.0, 0.03, -0.1]), st.floats(1, 60))
def test_numpy_says_the_same(own: tuple[Line, ...], today: tuple[Line, ...], growth: float, months: float) -> None:
    """Every percentile, share and total."""
    lines, terms = Lines(own, today), Terms(growth, 0.08, months, 1.5, months + 1.5)
    assert IN_NUMPY.sample(lines, terms) == IN_PLAIN_PYTHON.sample(lines, terms)
    assert IN_NUMPY.low_ends_usd(lines) == IN_PLAIN_PYTHON.low_ends_usd(lines)


def test_a_share_and_what_it_leaves_are_drawn_together() -> None:
    """One less a share goes down as the share goes up, in both."""
    share = Factor("kept", "", Decimal("0.2"), Decimal("0.5"), Decimal("0.7"))
    rest = Factor("1-kept", "", Decimal("0.3"), Decimal("0.5"), Decimal("0.8"))
    lines = Lines((Line("a", "one_time", (share,)), Line("b", "one_time", (rest,))), ())
    found = IN_NUMPY.sample(lines, Terms(0.0, 0.08, 12, 0, 12))
    assert found == IN_PLAIN_PYTHON.sample(lines, Terms(0.0, 0.08, 12, 0, 12))
    assert [round(usd, 12) for usd in found.one_time] == [1, 1, 1]
