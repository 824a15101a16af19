"""Money as pictures, each with the same in words: costs compared, what is gained month by month, a tornado."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element

from advisor.cost.estimate import Estimate
from advisor.cost.payback import total_cost
from advisor.record import Cost, Sensitivity, SwingEnd
from advisor.report.content import in_words
from advisor.report.money import short, usd, usd_range
from advisor.report.section import Figure
from advisor.report.svg import (
    COLOURS,
    DASHES,
    GREY,
    INK,
    PALE,
    WIDTH,
    as_svg,
    draw_box,
    draw_line,
    draw_path,
    draw_text,
    new_picture,
    round_ticks,
)

_LEFT: Final = 16.0
_RIGHT: Final = WIDTH - 24.0
_ROW: Final = 46.0
_LEAST_MOVE: Final = 0.05  # months
_MOST_LINES: Final = len(COLOURS)
_SHORT: Final = ((1_000_000, "M"), (1_000, "k"))


def compared_chart(costs: Sequence[Cost], chosen: str, months: int = 12) -> Figure | None:
    """What each approach costs in all in `months`: a bar to the median, a line from P10 to P90."""
    if not costs:
        return None
    totals = [(cost.approach, cost.totals_usd[f"{months}_months"]) for cost in costs]
    marks = round_ticks(0, float(max(total.p90 for _, total in totals)))
    at = _scale(marks, _LEFT, _RIGHT)
    height = _ROW * len(totals) + 30
    picture = new_picture(height)
    _dollars_below(picture, marks, at, height)
    for row, (name, total) in enumerate(totals):
        y = _ROW * row + 6
        said = f"{in_words(name)}{' (recommended)' if name == chosen else ''}: {usd_range(total)}"
        draw_text(picture, _LEFT, y + 12, said)
        colour = COLOURS[0] if name == chosen else GREY
        draw_box(picture, at(0), y + 18, at(float(total.p50)) - at(0), 14, colour)
        _whisker(picture, at(float(total.p10)), at(float(total.p90)), y + 25)
    says = "; ".join(f"{in_words(name)} {usd_range(total)}" for name, total in totals)
    return Figure(f"Costs in all in {months} months, P50 (P10 to P90)", as_svg(picture), f"{says}.")


def break_even_chart(estimates: Sequence[Estimate], chosen: str, possible: Sequence[str]) -> Figure | None:
    """What each approach has brought less what it has cost, month by month, every input at its middle.

    Only approaches that are `possible` and have a gain to speak of; None where there is none.
    """
    shown = sorted(
        (item for item in estimates if item.is_priced and item.approach in possible),
        key=lambda item: item.approach != chosen,
    )
    shown = shown[:_MOST_LINES]
    if not shown:
        return None
    months = _months_shown(shown)
    curves = [[gained(item, month) for month in range(months + 1)] for item in shown]
    values = [value for curve in curves for value in curve]
    marks = round_ticks(min(0.0, *values), max(0.0, *values))
    months_marks = [month for month in round_ticks(0, months, 6) if month <= months]
    top, bottom = 12.0, 252.0
    across = _scale([0, months], 78, _RIGHT)
    up = _scale(marks, bottom, top)
    picture = new_picture(bottom + 40 + 20 * len(shown))
    for mark in marks:
        draw_line(picture, 78, up(mark), _RIGHT, up(mark), INK if mark == 0 else PALE)
        draw_text(picture, 72, up(mark) + 5, _short_usd(mark), anchor="end")
    for month in months_marks:
        anchor = "end" if month > 0.9 * months else "middle"
        draw_text(
            picture,
            across(month),
            bottom + 18,
            f"{month:g}",
            anchor=anchor,
        )
    for place, (item, curve) in enumerate(zip(shown, curves, strict=True)):
        draw_path(
            picture, [(across(month), up(value)) for month, value in enumerate(curve)], COLOURS[place], DASHES[place]
        )
        y = bottom + 40 + 20 * place
        draw_path(picture, [(78, y - 5), (118, y - 5)], COLOURS[place], DASHES[place])
        draw_text(picture, 126, y, _paid(item))
    for day, model in sorted({(float(item.ends.months), item.ends.model) for item in shown if item.ends}):
        if day <= months:
            draw_line(picture, across(day), top, across(day), bottom, "#942514", 2)
            anchor = "end" if across(day) > WIDTH / 2 else "start"
            draw_text(
                picture,
                across(day) + (-6 if anchor == "end" else 6),
                top + 10,
                f"{model} ends",
                anchor=anchor,
                colour="#942514",
            )
    says = "; ".join(map(_paid, shown))
    return Figure(
        "Break-even: gained less paid, in USD by month from today, inputs at their middle",
        as_svg(picture),
        f"{says}.",
    )


def tornado(swings: Sequence[Sensitivity], cost: Cost) -> Figure | None:
    """How far one input at a time, from its low to its high end, moves the pay-back, or else the cost of a year."""
    by_month = _moves_payback(swings, cost)
    rows = [(swing, _measure(swing.low, by_month), _measure(swing.high, by_month)) for swing in swings]
    rows = [row for row in rows if row[1] != row[2]]
    if not rows:
        return None
    rows.sort(key=lambda row: -abs(row[2] - row[1]))
    middle = cost.payback_months.point if by_month and cost.payback_months else _year(cost)
    unit = _in_months if by_month else _short_usd
    ends = [value for _, low, high in rows for value in (low, high)]
    marks = round_ticks(min(*ends, middle), max(*ends, middle))
    at = _scale(marks, _LEFT, _RIGHT)
    height = _ROW * len(rows) + 30
    picture = new_picture(height)
    for mark in marks:
        draw_line(picture, at(mark), 0, at(mark), height - 20)
        draw_text(picture, at(mark), height - 4, unit(mark), anchor=_anchor(mark, marks))
    draw_line(picture, at(middle), 0, at(middle), height - 20, INK, 1.5)
    said = []
    for row, (swing, low, high) in enumerate(rows):
        y = _ROW * row + 6
        moved = f"from {short(swing.low.value)} to {short(swing.high.value)}"
        words = f"{in_words(swing.input)} {moved}: {unit(low)} to {unit(high)}"
        said.append(words)
        draw_text(picture, _LEFT, y + 12, words)
        for value, colour in ((low, COLOURS[1]), (high, COLOURS[0])):
            draw_box(picture, min(at(value), at(middle)), y + 18, abs(at(value) - at(middle)), 14, colour)
    what = "pay-back in months" if by_month else "cost of the first year"
    return Figure(
        f"What moves the {what} most (orange: the input at its low end, blue: at its high end)",
        as_svg(picture),
        f"{'; '.join(said)}.",
    )


def _moves_payback(swings: Sequence[Sensitivity], cost: Cost) -> bool:
    """Whether the pay-back is there at both ends of every input, and moves by enough to be seen."""
    months = [end.payback_months for swing in swings for end in (swing.low, swing.high)]
    known = [one for one in months if one is not None]
    if cost.payback_months is None or len(known) < len(months):
        return False
    return max(known) - min(known) >= _LEAST_MOVE


def _measure(end: SwingEnd, by_month: bool) -> float:
    if by_month and end.payback_months is not None:
        return end.payback_months
    return float(end.one_time_usd + 12 * end.monthly_usd)


def _year(cost: Cost) -> float:
    return float(cost.one_time_usd.point + 12 * cost.monthly_usd.point)


def gained(item: Estimate, month: float) -> float:
    """USD gained less paid in all until `month` from today, inputs at their middle; before it is live only paid."""
    sums = item.at_middles
    live = month - item.terms.set_up_months
    if live <= 0:
        return -sums.one_time
    whole = int(live)
    so_far = [
        -total_cost(sums.one_time, -sums.fixed_gain, -sums.growing_gain, item.terms.growth, months)
        for months in (whole, whole + 1)
    ]
    return so_far[0] + (live - whole) * (so_far[1] - so_far[0])


def _months_shown(shown: Sequence[Estimate]) -> int:
    """Somewhat past the latest pay-back, a year at least, three years at most."""
    latest = max((float(item.payback_months.point) for item in shown if item.payback_months), default=0.0)
    return max(12, min(36, int(latest * 1.5) + 1))


def _paid(item: Estimate) -> str:
    name = in_words(item.approach)
    if item.payback_months is None:
        return f"{name}: no pay-back"
    paid = item.payback_months
    return f"{name}: pays back after {paid.point:.1f} months ({paid.p10:.1f} to {paid.p90:.1f})"


def _scale(marks: Sequence[float], start: float, end: float) -> Callable[[float], float]:
    low, high = marks[0], marks[-1]
    return lambda value: start + (end - start) * (value - low) / (high - low)


def _dollars_below(picture: Element, marks: Sequence[float], at: Callable[[float], float], height: float) -> None:
    for mark in marks:
        draw_line(picture, at(mark), 0, at(mark), height - 20)
        draw_text(picture, at(mark), height - 4, _short_usd(mark), anchor=_anchor(mark, marks))


def _anchor(mark: float, marks: Sequence[float]) -> str:
    return "start" if mark == marks[0] else "end" if mark == marks[-1] else "middle"


def _whisker(picture: Element, low: float, high: float, y: float) -> None:
    draw_line(picture, low, y, high, y, INK, 1.5)
    for end in (low, high):
        draw_line(picture, end, y - 5, end, y + 5, INK, 1.5)


def _short_usd(value: float) -> str:
    """`$1.2k`."""
    for size, sign in _SHORT:
        if abs(value) >= size:
            return f"{'-' if value < 0 else ''}${abs(value) / size:.3g}{sign}"
    return usd(Decimal(repr(value))).removesuffix(".00")


def _in_months(value: float) -> str:
    return f"{value:.2f}".removesuffix("0")
