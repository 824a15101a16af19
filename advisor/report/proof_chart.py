"""Scores with their intervals as an SVG picture: a point on a line for each arm, with the figures in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

_WIDTH: Final = 480  # in units of the picture, whose text is then readable on a narrow screen as well
_LEFT: Final = 14
_RIGHT: Final = 466
_ROW: Final = 40
_MOST_TICKS: Final = 6


class ScoreInterval(NamedTuple):
    """A named score with the ends of its interval."""

    name: str
    value: float
    low: float
    high: float


def interval_chart(title: str, rows: Sequence[ScoreInterval]) -> str:
    """An `<svg>` to stand in a page, without styles or scripts; its text may be anything. Empty without rows."""
    if not rows:
        return ""
    first = math.floor(min(row.low for row in rows) * 10)  # in tenths
    last = max(math.ceil(max(row.high for row in rows) * 10), first + 1)
    low, high = first / 10, last / 10
    height = _ROW * len(rows) + 28

    def at(value: float) -> str:
        return f"{_LEFT + (_RIGHT - _LEFT) * (value - low) / (high - low):.1f}"

    attributes = {"viewBox": f"0 0 {_WIDTH} {height}", "role": "img", "aria-labelledby": "chart-title chart-says"}
    svg = Element("svg", attributes)
    SubElement(svg, "title", id="chart-title").text = title
    said = [f"{row.name} {row.value:.3f} ({row.low:.3f} to {row.high:.3f})" for row in rows]
    SubElement(svg, "desc", id="chart-says").text = "; ".join(said)
    for tick in range(first, last + 1, math.ceil((last - first) / (_MOST_TICKS - 1))):
        x, anchor = at(tick / 10), "start" if tick == first else "end" if tick == last else "middle"
        _line(svg, x, x, 4, height - 20, "#b1b4b6", 1)
        _text(svg, x, height - 6, f"{tick / 10:.1f}", anchor)
    for place, row in enumerate(rows):
        y = _ROW * place + 30
        shortened = row.name if len(row.name) <= 30 else f"{row.name[:29]}…"
        _text(svg, str(_LEFT), y - 10, f"{shortened}  {row.value:.3f} ({row.low:.3f} to {row.high:.3f})", "start")
        _line(svg, at(row.low), at(row.high), y, y, "#1d70b8", 3)
        for end in (row.low, row.high):
            _line(svg, at(end), at(end), y - 5, y + 5, "#1d70b8", 3)
        SubElement(svg, "circle", cx=at(row.value), cy=str(y), r="5", fill="#0b0c0c")
    return tostring(svg, encoding="unicode")


def _line(svg: Element, x1: str, x2: str, y1: int, y2: int, colour: str, width: int) -> None:
    SubElement(svg, "line", x1=x1, x2=x2, y1=str(y1), y2=str(y2), stroke=colour, attrib={"stroke-width": str(width)})


def _text(svg: Element, x: str, y: int, text: str, anchor: str) -> None:
    # A white rim keeps the text readable where it crosses a line.
    rim = {"stroke": "#fff", "stroke-width": "4", "paint-order": "stroke", "fill": "#0b0c0c"}
    said = SubElement(svg, "text", {"x": x, "y": str(y), "font-size": "14", "text-anchor": anchor, **rim})
    said.text = text
