"""The few parts that charts are drawn from, as SVG that renders alike in a browser and in typst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

WIDTH: Final = 640  # in units of the picture
INK, GREY, PALE = "#0b0c0c", "#505a5f", "#b1b4b6"
# Told apart without colour as well: each has a dash of its own. Contrast to white is at least 4.5.
COLOURS: Final = ("#1d70b8", "#b5400a", "#00703c", "#6f3fa0", "#8a1538", "#4d5a0b")
DASHES: Final = ("", "8 4", "2 4", "10 3 2 3", "4 2", "12 6")
_FONT: Final = "Libertinus Serif, serif"


def new_picture(height: float) -> Element:
    """An empty picture. What it shows in words stands beside it, so it has no text alternative of its own."""
    return Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height:g}",
            "width": str(WIDTH),
            "height": f"{height:g}",
            "font-family": _FONT,
        },
    )


def draw_line(svg: Element, x1: float, y1: float, x2: float, y2: float, colour: str = PALE, width: float = 1) -> None:
    """A straight line."""
    SubElement(svg, "line", {**_at(x1=x1, y1=y1, x2=x2, y2=y2), "stroke": colour, "stroke-width": f"{width:g}"})


def draw_box(svg: Element, x: float, y: float, width: float, height: float, colour: str, opacity: float = 1) -> None:
    """A filled rectangle."""
    more = {} if opacity == 1 else {"fill-opacity": f"{opacity:g}"}
    SubElement(svg, "rect", {**_at(x=x, y=y, width=max(width, 0.5), height=height), "fill": colour, **more})


def draw_path(svg: Element, points: Sequence[tuple[float, float]], colour: str, dash: str = "") -> None:
    """A broken line through `points`."""
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    attributes = {"points": drawn, "fill": "none", "stroke": colour, "stroke-width": "2"}
    SubElement(svg, "polyline", {**attributes, **({"stroke-dasharray": dash} if dash else {})})


def draw_text(svg: Element, x: float, y: float, said: str, *, anchor: str = "start", colour: str = INK) -> None:
    """Text on one line; a white rim keeps it readable where it crosses a line."""
    attributes = {**_at(x=x, y=y), "font-size": "14", "text-anchor": anchor, "fill": colour}
    attributes |= {"stroke": "#fff", "stroke-width": "4", "paint-order": "stroke"}
    SubElement(svg, "text", attributes).text = said


def as_svg(svg: Element) -> str:
    """The picture as text."""
    return tostring(svg, encoding="unicode")


def round_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round values from at most `low` to at least `high`, `most` steps or fewer."""
    from math import ceil, floor, log10

    span = max(high - low, 1e-9)
    power = 10.0 ** floor(log10(span / most))
    step = next(power * times for times in (1, 2, 5, 10, 20) if span / (power * times) <= most)
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    return [number * step for number in range(first, last + 1)]


def _at(**places: float) -> dict[str, str]:
    return {name: f"{value:.1f}" for name, value in places.items()}
