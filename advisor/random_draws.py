"""Draws with NumPy: percentiles as of `advisor.cost.sampled`, from as many draws as are wanted, or from its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from advisor.cost.amount import Factor, Line
from advisor.cost.draws import COUNT, lattice, uncertain
from advisor.cost.payback import MOST_MONTHS, powers
from advisor.cost.sampled import SHARES, SPANS, Lines, Percentiles, Sampled, Terms

if TYPE_CHECKING:
    from advisor.cost.estimate import Sampler

    Array = np.ndarray[tuple[int], np.dtype[np.float64]]
    Quantity = Callable[[str], Array]

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
        return _sample(lines, terms, draws, towards_end)

    return sample


def even_sampler() -> Sampler:
    """The draws of `advisor.cost.sampled.sample_evenly`, several times as fast, for many cases at once.

    The percentiles of single lines and the totals are left out.
    """

    def sample(lines: Lines, terms: Terms) -> Sampled:
        towards = _even_ends(tuple(uncertain(lines.factors())))
        return _sample(lines, terms, COUNT, towards.__getitem__, spans=(), each_line=False)

    return sample


def even_low_ends(lines: Lines) -> tuple[float, float]:
    """As `advisor.cost.sampled.low_ends_usd`, several times as fast: P10 of what is paid once and of monthly bills."""
    towards = _even_ends(tuple(uncertain(lines.factors())))
    drawn = _draws(lines.factors(), towards.__getitem__)
    own = [_drawn_usd(line, drawn, COUNT) for line in lines.own]
    one_time = _total(lines.own, own, "one_time", COUNT)
    bills = _total(lines.own, own, "monthly", COUNT, own_people=False)
    (once, _, _), (monthly, _, _) = _percentiles([one_time, bills])
    return once, monthly


@lru_cache(1024)
def _even_ends(names: tuple[str, ...]) -> Mapping[str, Array]:
    return {name: np.asarray(ends) for name, ends in lattice(names).items()}


def _sample(
    lines: Lines,
    terms: Terms,
    draws: int,
    towards_end: Quantity,
    *,
    spans: Sequence[int] = SPANS,
    each_line: bool = True,
) -> Sampled:
    """P10, P50 and P90 of everything, over `draws` draws of every uncertain factor."""
    drawn = _draws(lines.factors(), towards_end)
    own = [_drawn_usd(line, drawn, draws) for line in lines.own]
    today = [_drawn_usd(line, drawn, draws) for line in lines.today]
    one_time = _total(lines.own, own, "one_time", draws)
    fixed = _total(lines.own, own, "monthly", draws, grows=False)
    growing = _total(lines.own, own, "monthly", draws, grows=True)
    fixed_gain = _total(lines.today, today, "monthly", draws, grows=False) - fixed
    growing_gain = (
        _total(lines.own, own, "return", draws) + _total(lines.today, today, "monthly", draws, grows=True) - growing
    )
    paid = terms.set_up_months + _payback(one_time, fixed_gain, growing_gain, terms.growth)
    of_fixed, of_growing = terms.present_values()
    totals = [one_time + fixed * months + growing * powers(1 + terms.growth, months) for months in spans]
    value = fixed_gain * of_fixed + growing_gain * of_growing - one_time
    bills = _total(lines.own, own, "monthly", draws, own_people=False)
    rows = [
        one_time,
        fixed + growing,
        bills,
        np.minimum(paid, MOST_MONTHS),
        value,
        *totals,
        *(own if each_line else ()),
    ]
    once, monthly, billed, pays_back, worth, *others = _percentiles(rows)
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
