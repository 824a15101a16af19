"""A sweep as text with bars, and as a chart: what each approach costs, and where the cheapest changes."""

from decimal import Decimal
from typing import Any

from advisor.cost.sweep import Sweep
from advisor.report.money import short, usd

BAR = 24


def sweep_text(found: Sweep) -> str:
    """The crossovers, then the totals of each step with the cheapest marked and drawn as a bar."""
    lines = [f"In all over {short(found.months)} months, by {found.answer}", ""]
    if found.crossovers:
        lines += [
            f"From {_value(item.value)} on {_words(item.after)} is cheaper than {_words(item.before)} "
            f"({usd(item.total_usd)} in all)."
            for item in found.crossovers
        ]
    else:
        lines.append(f"{_words(found.steps[0].cheapest)} is the cheapest throughout.")
    names = list(found.steps[0].totals_usd)
    most = max(max(step.totals_usd.values()) for step in found.steps)
    for step in found.steps:
        lines += ["", f"{_value(step.value)}"]
        for name in names:
            total = step.totals_usd[name]
            mark = "*" if name == step.cheapest else " "
            bar = "#" * max(1, int(BAR * total / most)) if most else ""
            lines.append(f"  {mark} {_words(name):<20} {usd(total):>14}  {bar}")
    return "\n".join(lines)


def sweep_chart(found: Sweep) -> dict[str, Any]:
    """A Vega-Lite chart: a line for each approach, and a rule with the value at each change of the cheapest."""
    low, high = found.steps[0].value, found.steps[-1].value
    scale = "log" if low > 0 and high / low >= 10 else "linear"
    rows = [
        {"value": float(step.value), "usd": float(usd), "approach": _words(name)}
        for step in found.steps
        for name, usd in step.totals_usd.items()
    ]
    changes = [
        {"value": float(item.value), "label": f"{_words(item.after)} from {_value(item.value)}"}
        for item in found.crossovers
    ]
    x = {"field": "value", "type": "quantitative", "scale": {"type": scale}, "title": found.answer}
    y = {
        "field": "usd",
        "type": "quantitative",
        "title": f"USD in all over {short(found.months)} months",
        "scale": {"type": "log" if min(map(min, (step.totals_usd.values() for step in found.steps))) > 0 else "linear"},
        "axis": {"format": "$,.0f"},
    }
    colour = {"field": "approach", "type": "nominal", "title": None, "scale": {"scheme": "tableau10"}}
    dash = {"field": "approach", "type": "nominal", "title": None}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": 560,
        "height": 320,
        "background": "white",
        "title": f"What each approach costs, by {found.answer}",
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "line", "strokeWidth": 2},
                "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash},
            },
            {"data": {"values": changes}, "mark": {"type": "rule", "color": "#555"}, "encoding": {"x": x}},
            {
                "data": {"values": changes},
                "mark": {"type": "text", "angle": 270, "align": "right", "dy": -6, "color": "#333"},
                "encoding": {"x": x, "y": {"value": 6}, "text": {"field": "label"}},
            },
        ],
    }


def _value(value: Decimal) -> str:
    return f"{value.quantize(Decimal(1)):,f}" if value >= 100 else short(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
