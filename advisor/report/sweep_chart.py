"""A sweep as text: where the cheapest approach changes, a table, and a bar per approach."""

from decimal import Decimal

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


def _value(value: Decimal) -> str:
    return f"{value.quantize(Decimal(1)):,f}" if value >= 100 else short(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
