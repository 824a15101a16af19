"""The percentiles of an estimate from draws, in plain Python: for start-up time. `advisor.random_draws` is the same in
NumPy with random draws."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import inf
from operator import add, sub
from typing import NamedTuple

from advisor.cost import payback
from advisor.cost.amount import Factor, Line
from advisor.cost.draws import COUNT, even_draws

SPANS = (12, 24, 36)  # months whose totals are shown
SHARES = (0.1, 0.5, 0.9)
KEPT = 256  # results, a few kilobytes each: of the same lines, which most changes of a case leave as they are

Percentiles = tuple[float, float, float]


class Lines(NamedTuple):
    """The lines of an approach, and the monthly ones of today's way, against which it is compared."""

    own: tuple[Line, ...]
    today: tuple[Line, ...]

    def factors(self) -> list[Factor]:
        """Every factor of every line."""
        return [factor for line in (*self.own, *self.today) for factor in line.factors]


class Terms(NamedTuple):
    """What a pay-back depends on besides the lines: shares a month and a year, and months."""

    growth: float
    discount_a_year: float
    horizon_months: float  # of use, from the day it is live
    set_up_months: float  # until it is live
    limit_months: float  # from today to the end of the use, or the model's shutdown where that comes first

    def present_values(self) -> tuple[float, float]:
        """What a dollar a month of use is worth today: one that stays, and one that grows."""
        until_live = (1 + self.discount_a_year) ** (-self.set_up_months / 12)
        of_fixed, of_growing = payback.present_values(self.growth, self.horizon_months, self.discount_a_year)
        return of_fixed * until_live, of_growing * until_live


class Sampled(NamedTuple):
    """P10, P50 and P90 of everything that is drawn, in USD and months."""

    lines: tuple[Percentiles, ...]
    one_time: Percentiles
    monthly: Percentiles
    bills: Percentiles  # monthly, without the hours of one's own people
    payback: Percentiles  # never is MOST_MONTHS
    never: float  # share of draws that never pay back
    in_time: float  # share of draws that pay back within the limit
    value: Percentiles
    totals: Mapping[int, Percentiles]


class Sums(NamedTuple):
    """What one draw adds up to: paid once; each month what stays and what grows, of one's own and today's; returned."""

    one_time: float
    fixed: float
    growing: float
    today_fixed: float
    today_growing: float
    returned: float

    @classmethod
    def at_middles(cls, lines: Lines) -> "Sums":
        """The sums with every input at its middle."""
        sums = [0.0] * len(cls._fields)
        for line, place in cls._places(lines):
            sums[place] += float(line.point_usd)
        return cls(*sums)

    @classmethod
    def by_factor(cls, lines: Lines) -> Mapping[str, "Sums"]:
        """The sums of only those lines that have a factor, by the name of each uncertain factor."""
        found: dict[str, list[float]] = {}
        for line, place in cls._places(lines):
            usd = float(line.point_usd)
            for factor in line.factors:
                if not factor.certain:
                    found.setdefault(factor.name, [0.0] * len(cls._fields))[place] += usd
        return {name: cls(*sums) for name, sums in found.items()}

    @classmethod
    def _places(cls, lines: Lines) -> Iterator[tuple[Line, int]]:
        """Each line with the place of the sum that it belongs to."""
        place = {name: number for number, name in enumerate(cls._fields)}
        of_kind = {"one_time": place["one_time"], "return": place["returned"]}
        for line in lines.own:
            yield line, of_kind.get(line.kind, place["growing" if line.grows else "fixed"])
        for line in lines.today:
            yield line, place["today_growing" if line.grows else "today_fixed"]

    def plus(self, other: "Sums", times: float) -> "Sums":
        """These sums and `times` the other."""
        return Sums(*(own + times * more for own, more in zip(self, other, strict=True)))

    @property
    def monthly(self) -> float:
        """What is paid in the first month."""
        return self.fixed + self.growing

    @property
    def fixed_gain(self) -> float:
        """What is gained each month against today, whatever the traffic."""
        return self.today_fixed - self.fixed

    @property
    def growing_gain(self) -> float:
        """What is gained in the first month with the traffic."""
        return self.returned + self.today_growing - self.growing

    def payback_months(self, terms: Terms) -> float:
        """Months from today until it is earned back, set-up included; infinity for never."""
        live = payback.payback_months(self.one_time, self.fixed_gain, self.growing_gain, terms.growth)
        return terms.set_up_months + live

    def value(self, terms: Terms) -> float:
        """The net present value over the use."""
        of_fixed, of_growing = terms.present_values()
        return self.fixed_gain * of_fixed + self.growing_gain * of_growing - self.one_time

    def total(self, terms: Terms, months: int) -> float:
        """What is paid in `months`."""
        return payback.total_cost(self.one_time, self.fixed, self.growing, terms.growth, months)


@lru_cache(KEPT)
def sample_evenly(lines: Lines, terms: Terms) -> Sampled:
    """The percentiles over evenly spread draws; the same every time."""
    draws = even_draws(lines.factors())
    own = [line.drawn_usd(draws, COUNT) for line in lines.own]
    today = [line.drawn_usd(draws, COUNT) for line in lines.today]
    one_time = _total(lines.own, own, "one_time")
    fixed = _total(lines.own, own, "monthly", grows=False)
    growing = _total(lines.own, own, "monthly", grows=True)
    fixed_gain = list(map(sub, _total(lines.today, today, "monthly", grows=False), fixed))
    saved = map(sub, _total(lines.today, today, "monthly", grows=True), growing)
    growing_gain = list(map(add, _total(lines.own, own, "return"), saved))
    gains = list(zip(one_time, fixed_gain, growing_gain, strict=True))
    costs = list(zip(one_time, fixed, growing, strict=True))
    paid = [
        terms.set_up_months + payback.payback_months(once, stays, grows, terms.growth) for once, stays, grows in gains
    ]
    of_fixed, of_growing = terms.present_values()
    return Sampled(
        tuple(map(_percentiles, own)),
        _percentiles(one_time),
        _percentiles(map(add, fixed, growing)),
        _percentiles(_total(lines.own, own, "monthly", own_people=False)),
        _percentiles(min(months, payback.MOST_MONTHS) for months in paid),
        paid.count(inf) / COUNT,
        sum(months <= terms.limit_months for months in paid) / COUNT,
        _percentiles(of_fixed * stays + of_growing * grows - once for once, stays, grows in gains),
        {
            months: _percentiles(once + stays * months + grows * grown for once, stays, grows in costs)
            for months, grown in ((months, payback.powers(1 + terms.growth, months)) for months in SPANS)
        },
    )


@lru_cache(KEPT)
def low_ends_usd(lines: Lines) -> tuple[float, float]:
    """P10 of what is paid once and of the monthly bills, the same as those of `sample_evenly`."""
    draws = even_draws(lines.factors())
    own = [line.drawn_usd(draws, COUNT) for line in lines.own]
    one_time = sorted(_total(lines.own, own, "one_time"))
    bills = sorted(_total(lines.own, own, "monthly", own_people=False))
    return percentile(one_time, SHARES[0]), percentile(bills, SHARES[0])


def _total(
    lines: Sequence[Line],
    drawn: Sequence[list[float]],
    kind: str,
    *,
    grows: bool | None = None,
    own_people: bool | None = None,
) -> list[float]:
    wanted = [
        usd
        for line, usd in zip(lines, drawn, strict=True)
        if line.kind == kind and grows in (None, line.grows) and own_people in (None, line.own_people)
    ]
    total = [0.0] * COUNT
    for usd in wanted:  # in this order, as NumPy adds them; `sum` rounds otherwise from Python 3.12 on
        total = list(map(add, total, usd))
    return total


def _percentiles(drawn: Iterable[float]) -> Percentiles:
    ordered = sorted(drawn)
    low, middle, high = (percentile(ordered, share) for share in SHARES)
    return low, middle, high


class Sampling(NamedTuple):
    """How estimates are drawn, and P10 of what is paid once and of the monthly bills alone."""

    sample: Callable[[Lines, Terms], Sampled]
    low_ends_usd: Callable[[Lines], tuple[float, float]]


IN_PLAIN_PYTHON = Sampling(sample_evenly, low_ends_usd)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value at `share` of `ordered` (ascending), interpolated, as NumPy's default does."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
