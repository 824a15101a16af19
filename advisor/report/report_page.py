"""A report as one HTML page that needs nothing else, prints well, and computes costs again for other inputs."""

from __future__ import annotations

from typing import Any

from advisor.report.brand import Brand
from advisor.report.cost_parts import COSTS
from advisor.report.full_report import Report
from advisor.report.marks import WORDS
from advisor.report.section import Section
from advisor.report.self_contained_page import self_contained_page, within_script
from advisor.report.visible_text import visible
from advisor.report.what_if_data import what_if_data


def report_page(report: Report, brand: Brand | None = None) -> str:
    """The page. All texts are escaped, only its own script may run, and nothing is loaded from elsewhere."""
    from markupsafe import Markup

    brand = brand or Brand()
    data = what_if_data(report.estimates, report.possible)
    parts = [*report.parts]
    split = next((place for place, part in enumerate(parts, 1) if part.title == COSTS), len(parts))
    return self_contained_page(
        "report",
        scripts=("what_if",),
        more_style=_own_style(report, brand),
        title=visible(report.title),
        kind=visible(report.kind),
        client=visible(report.client),
        as_of=report.as_of.isoformat(),
        brand=brand,
        logo=brand.logo.data_uri if brand.logo else "",
        memo=[_shown(section) for section in report.memo],
        before=[_shown(section) for section in parts[:split]],
        after=[_shown(section) for section in parts[split:]],
        what_if=data,
        words=WORDS,
        data=Markup(within_script(data)),  # noqa: S704  escaped there
    )


def _own_style(report: Report, brand: Brand) -> str:
    """Colours, and what stands in the margins of printed pages."""
    about = f"{report.title}{f', for {report.client}' if report.client else ''}"
    boxes = {
        "top-left": _quoted(about),
        "top-right": _quoted(report.as_of.isoformat()),
        "bottom-left": _quoted(brand.footer),
        "bottom-right": 'counter(page) " / " counter(pages)',
    }
    margins = " ".join(
        f"@{name} {{ content: {said}; font: 8pt serif; color: #505a5f; }}" for name, said in boxes.items()
    )
    return (
        f":root {{ --colour: {brand.colour}; --accent: {brand.accent}; }}\n"
        f"@page {{ margin: 22mm 18mm 18mm; {margins} }}\n"
        "@page :first { @top-left { content: none; } @top-right { content: none; } }\n"
    )


def _quoted(text: str) -> str:
    """A CSS string of any text: every sign but letters and digits is written as its number."""
    signs = (sign if sign.isascii() and sign.isalnum() else f"\\{ord(sign):x} " for sign in visible(text))
    return '"' + "".join(signs) + '"'


def _shown(section: Section) -> dict[str, Any]:
    """The section with what steers or reorders made visible, and its pictures as markup."""
    from markupsafe import Markup

    return {
        "heading": visible(section.heading),
        "paragraphs": [visible(text) for text in section.paragraphs],
        "figures": [
            {
                "title": visible(one.title),
                "says": visible(one.says),
                "svg": Markup(one.svg),  # noqa: S704  made as XML, which escapes
            }
            for one in section.figures
        ],
        "tables": [
            one._replace(
                title=visible(one.title),
                note=visible(one.note),
                columns=tuple(map(visible, one.columns)),
                rows=tuple(tuple(map(visible, row)) for row in one.rows),
            )
            for one in section.tables
        ],
        "entries": [
            item._replace(text=visible(item.text), details=tuple(map(visible, item.details))) for item in section.items
        ],
        "ordered": bool(section.items) and all(item.mark.rstrip(".").isdigit() for item in section.items),
    }
