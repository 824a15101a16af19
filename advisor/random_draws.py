"""The percentiles of `advisor.cost.sampled` with NumPy: from a seed and as many random draws as are wanted, or from the
same even draws, to the last bit, in a tenth of the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from advisor.cost.amount import Factor, Line
from advisor.cost.draws import COUNT, even_steps, in_order, uncertain
from advisor.cost.payback import MOST_MONTHS, powers
from advisor.cost.sampled import KEPT, SHARES, SPANS, Lines, Percentiles, Sampled, Sampling, Terms

if TYPE_CHECKING:
    from advisor.cost.estimate import Sampler

    Array = np.ndarray[tuple[int], np.dtype[np.float64]]
    Quantity = Callable[[str], Array]
    Percentiles_ = Callable[[Sequence[Array]], list[Percentiles]]

MOST_NUMBERS_KEPT = 10_000_000  # 80 MB of draws of named quantities


def random_sampler(draws: int, seed: int) -> Sampler:
    """A sampler of `draws` random draws; the same `seed` gives the same figures.

    A quantity has the same draws in every estimate, so that approaches and cases differ by what they are, not by luck.
    """

    @lru_cache(max(1, MOST_NUMBERS_KEPT // draws))
    def towards_end(name: str) -> Array:
        share = np.random.default_rng((seed, crc32(name.encode()))).random(draws)
        return np.where(share < 0.5, np.sqrt(2 * share) - 1, 1 - np.sqrt(2 * (1 - share)))

    def sample(lines: Lines, terms: Terms) -> Sampled:
        return _sample(lines, terms, draws, _draws(lines.factors(), towards_end), _percentiles)

    return sample


def even_sampling(*, whole: bool = True) -> Sampling:
    """What `advisor.cost.sampled` does in plain Python, with the same figures: for processes that have NumPy anyway.

    Without `whole` the percentiles of single lines and the totals are left out, for many cases at once.
    """

    def sample(lines: Lines, terms: Terms) -> Sampled:
        return _sample(lines, terms, COUNT, _even_draws(lines.factors()), _percentiles_in_order, whole=whole)

    def low_ends_usd(lines: Lines) -> tuple[float, float]:
        drawn = _even_draws(lines.factors())
        own = [_drawn_usd(line, drawn, COUNT) for line in lines.own]
        bills = _total(lines.own, own, "monthly", COUNT, own_people=False)
        once, monthly = _percentiles_in_order([_total(lines.own, own, "one_time", COUNT), bills])
        return once[0], monthly[0]

    return Sampling(lru_cache(KEPT)(sample), lru_cache(KEPT)(low_ends_usd))


def _even_draws(factors: Sequence[Factor]) -> Mapping[str, Array]:
    named = uncertain(factors)
    step_of = even_steps(named)
    return _draws(factors, lambda name: _even_towards_end(step_of[name]))


@cache
def _even_towards_end(step: int) -> Array:
    return np.array(in_order(step))


def _sample(
    lines: Lines,
    terms: Terms,
    draws: int,
    drawn: Mapping[str, Array],
    percentiles: Percentiles_,
    *,
    whole: bool = True,
) -> Sampled:
    """P10, P50 and P90 of everything, over `draws` draws of every uncertain factor; see `even_sampling` for `whole`."""
    spans = SPANS if whole else ()
    own = [_drawn_usd(line, drawn, draws) for line in lines.own]
    today = [_drawn_usd(line, drawn, draws) for line in lines.today]
    one_time = _total(lines.own, own, "one_time", draws)
    fixed = _total(lines.own, own, "monthly", draws, grows=False)
    growing = _total(lines.own, own, "monthly", draws, grows=True)
    fixed_gain = _total(lines.today, today, "monthly", draws, grows=False) - fixed
    saved = _total(lines.today, today, "monthly", draws, grows=True) - growing
    growing_gain = _total(lines.own, own, "return", draws) + saved
    paid = terms.set_up_months + _payback(one_time, fixed_gain, growing_gain, terms.growth)
    of_fixed, of_growing = terms.present_values()
    totals = [one_time + fixed * months + growing * powers(1 + terms.growth, months) for months in spans]
    value = fixed_gain * of_fixed + growing_gain * of_growing - one_time
    bills = _total(lines.own, own, "monthly", draws, own_people=False)
    rows = [one_time, fixed + growing, bills, np.minimum(paid, MOST_MONTHS), value, *totals, *(own if whole else ())]
    once, monthly, billed, pays_back, worth, *others = percentiles(rows)
    return Sampled(
        tuple(others[len(spans) :]),
        once,
        monthly,
        billed,
        pays_back,
        float(np.mean(np.isinf(paid))),
        float(np.mean(paid <= terms.limit_months)),
        worth,
        dict(zip(spans, others, strict=False)),
    )


def _draws(factors: Sequence[Factor], towards_end: Quantity) -> Mapping[str, Array]:
    drawn: dict[str, Array] = {}
    for name, factor in uncertain(factors).items():
        towards, middle = towards_end(name), float(factor.middle)
        down, up = middle - float(factor.low), float(factor.high) - middle
        drawn[name] = middle + towards * (up if down == up else np.where(towards < 0, down, up))
    for factor in factors:
        if factor.name.startswith("1-") and not factor.certain:
            drawn[factor.name] = 1 - drawn[factor.name.removeprefix("1-")]
    return drawn


def _drawn_usd(line: Line, drawn: Mapping[str, Array], count: int) -> Array:
    certain = 1.0
    for factor in line.factors:
        if factor.certain:
            certain *= float(factor.middle)
    usd = np.full(count, certain)
    for factor in line.factors:
        if not factor.certain:
            usd *= drawn[factor.name]
    return usd


def _total(
    lines: Sequence[Line],
    drawn: Sequence[Array],
    kind: str,
    count: int,
    grows: bool | None = None,
    own_people: bool | None = None,
) -> Array:
    total = np.zeros(count)
    for line, usd in zip(lines, drawn, strict=True):
        if line.kind == kind and grows in (None, line.grows) and own_people in (None, line.own_people):
            total += usd
    return total


def _payback(one_time: Array, fixed: Array, growing: Array, growth: float) -> Array:
    """As `payback_months`, for all draws at once."""
    if growth == 0:
        gain = fixed + growing
        months = np.divide(one_time, gain, out=np.full_like(gain, np.inf), where=gain > 0)
        return np.where(one_time <= 0, 0.0, np.where(months <= MOST_MONTHS, months, np.inf))
    paid = np.where(one_time <= 0, 0.0, np.inf)
    still = np.flatnonzero(one_time > 0)  # the draws that have not been earned back yet
    left, stays, grows = one_time[still], fixed[still], growing[still]
    for month in range(MOST_MONTHS):
        gain = stays + grows
        now = gain >= left
        if now.any():
            paid[still[now]] = month + left[now] / gain[now]
            later = ~now
            still, left, stays, grows, gain = still[later], left[later], stays[later], grows[later], gain[later]
            if not still.size:
                break
        left = left - gain
        grows = grows * (1 + growth)
    return paid


def _percentiles(rows: Sequence[Array]) -> list[Percentiles]:
    """P10, P50 and P90 of each row; all at once, since a call for each takes longer than the draws."""
    found = np.percentile(np.stack(rows), [100 * share for share in SHARES], axis=1, overwrite_input=True)
    return [(float(low), float(middle), float(high)) for low, middle, high in found.T]


def _percentiles_in_order(rows: Sequence[Array]) -> list[Percentiles]:
    """The same by the formula of `advisor.cost.sampled`, to the last bit."""
    table = np.stack(rows)
    last = table.shape[1] - 1
    places = [share * last for share in SHARES]
    pairs = [(int(place), min(int(place) + 1, last)) for place in places]
    ordered = np.partition(table, sorted({end for pair in pairs for end in pair}), axis=1)
    columns = [
        ordered[:, below] + (place - below) * (ordered[:, above] - ordered[:, below])
        for place, (below, above) in zip(places, pairs, strict=True)
    ]
    return [(low, middle, high) for low, middle, high in zip(*(column.tolist() for column in columns), strict=True)]
