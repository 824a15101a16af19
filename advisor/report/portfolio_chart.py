"""Value against cost of the cases of a portfolio, and which of them are funded."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, log10
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from advisor.portfolio.portfolio import Portfolio, Ranked
from advisor.report.section import Figure
from advisor.report.svg import COLOURS, GREY, INK, WIDTH, as_svg, draw_line, draw_text, new_picture

_LEFT: Final = 70.0
_RIGHT: Final = WIDTH - 20.0
_TOP: Final = 30.0
_BOTTOM: Final = 330.0
_MOST_DOTS: Final = 1_000
_NAMED: Final = 8  # the greatest have their number beside them


def portfolio_chart(found: Portfolio) -> Figure | None:
    """A dot for each case on logarithmic scales: full where funded, hollow where not; None where there is none."""
    shown = [one for one in found.ranked if _cost(one) > 0 and _value(one) > 0]
    if not shown:
        return None
    shown = [*[one for one in shown if one.funded][:_MOST_DOTS], *[one for one in shown if not one.funded][:_MOST_DOTS]]
    picture = new_picture(_BOTTOM + 40)
    across = _axis([_cost(one) for one in shown], _LEFT, _RIGHT)
    up = _axis([_value(one) for one in shown], _BOTTOM, _TOP)
    _grid(picture, shown, across, up)
    for one in reversed(shown):  # the funded ones on top
        _dot(picture, across(_cost(one)), up(_value(one)), funded=one.funded)
    for one in shown[:_NAMED]:
        draw_text(picture, across(_cost(one)) + 7, up(_value(one)) - 5, str(one.rank))
    funded = sum(one.funded for one in found.ranked)
    says = (
        f"{funded:,} funded cases (full dots) and {len(found.ranked) - funded:,} others (hollow), from "
        f"{_short(min(map(_cost, shown)))} to {_short(max(map(_cost, shown)))} once and from "
        f"{_short(min(map(_value, shown)))} to {_short(max(map(_value, shown)))} of value; numbers are ranks."
    )
    return Figure("Net present value against one-time cost, both P50, logarithmic", as_svg(picture), says)


def _axis(values: list[float], start: float, end: float) -> Callable[[float], float]:
    low, high = floor(log10(min(values))), floor(log10(max(values))) + 1
    return lambda value: start + (end - start) * (log10(value) - low) / (high - low)


def _grid(
    picture: Element, shown: list[Ranked], across: Callable[[float], float], up: Callable[[float], float]
) -> None:
    marks = _powers([_cost(one) for one in shown])
    for mark in marks:
        draw_line(picture, across(mark), _TOP, across(mark), _BOTTOM)
        draw_text(picture, across(mark), _BOTTOM + 18, _short(mark), anchor="end" if mark == marks[-1] else "middle")
    for mark in _powers([_value(one) for one in shown]):
        draw_line(picture, _LEFT, up(mark), _RIGHT, up(mark))
        draw_text(picture, _LEFT - 6, up(mark) + 5, _short(mark), anchor="end")
    draw_text(picture, _RIGHT, _BOTTOM + 36, "one-time cost", anchor="end", colour=GREY)
    draw_text(picture, _LEFT, _TOP - 12, "net present value", colour=GREY)


def _powers(values: list[float]) -> list[float]:
    low, high = floor(log10(min(values))), floor(log10(max(values))) + 1
    return [10.0**power for power in range(low, high + 1)]


def _dot(picture: Element, x: float, y: float, *, funded: bool) -> None:
    colours = {"fill": COLOURS[0], "stroke": INK} if funded else {"fill": "#fff", "stroke": GREY}
    SubElement(picture, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "4.5", **colours, "fill-opacity": "0.8"})


def _cost(one: Ranked) -> float:
    return float(one.candidate.one_time_usd.p50) if one.candidate.one_time_usd else 0.0


def _value(one: Ranked) -> float:
    return float(one.candidate.value_usd.p50) if one.candidate.value_usd else 0.0


def _short(value: float) -> str:
    for size, sign in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"${value / size:,.3g}{sign}"
    return f"${value:.3g}"
