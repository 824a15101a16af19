"""The money of a recommendation as text: totals with ranges, pay-back, and each line with its formula."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from advisor.record import Cost, CostLine, MonthRange, UsdRange
from advisor.report.section import Item, Section

_KINDS = {"one_time": "once", "monthly": "a month", "return": "a month, return"}


def money_sections(costs: Sequence[Cost], chosen: str) -> list[Section]:
    """The approaches side by side where there are several, then the chosen one in detail."""
    found = [money_section(cost) for cost in costs if cost.approach == chosen]
    if len(costs) > 1:
        items = tuple(compared(cost, "*" if cost.approach == chosen else "-") for cost in costs)
        found.insert(0, Section("What each costs that is still possible", (), items))
    return found


def money_section(cost: Cost) -> Section:
    """What one approach costs and brings, and what that rests on."""
    paragraphs = [
        f"Once {usd_range(cost.one_time_usd)}. Each month {usd_range(cost.monthly_usd)}.",
        *_payback(cost),
        "Ranges are P10 to P90 of the draws; the first figure of a range is the middle (P50). Each line below is "
        "computed with every input at its middle.",
    ]
    items = [_line(line) for line in cost.lines if line.usd.point or line.usd.p90]
    if cost.sensitivity:
        widest = cost.sensitivity[0]
        items.append(
            Item(
                f"Moves it most: {widest.input}, from {short(widest.low.value)} to {short(widest.high.value)}",
                "~",
                tuple(
                    f"then {swing.input}, from {short(swing.low.value)} to {short(swing.high.value)}"
                    for swing in cost.sensitivity[1:3]
                ),
            )
        )
    assumed = [item for item in cost.assumptions if item.source.startswith("assumption")]
    if assumed:
        items.append(Item("Assumed: " + "; ".join(f"{item.name}: {item.value}" for item in assumed), "?"))
    return Section(f"What {cost.approach.replace('_', ' ')} costs", tuple(paragraphs), tuple(items))


def compared(cost: Cost, mark: str) -> Item:
    """One approach in three lines: once, a month, pay-back, ranges, and a year in all."""
    once, monthly, year = cost.one_time_usd, cost.monthly_usd, cost.totals_usd["12_months"]
    paid = short_months(cost.payback_months) if cost.payback_months else "no pay-back"
    name = cost.approach.replace("_", " ")
    right = "" if cost.usd_per_right_answer is None else f"; ${cost.usd_per_right_answer} a right answer"
    return Item(
        f"{name}: {usd(once.p50)} once, {usd(monthly.p50)} a month, {paid}",
        mark,
        (
            f"once {usd(once.p10)} to {usd(once.p90)}, a month {usd(monthly.p10)} to {usd(monthly.p90)}",
            f"12 months in all {usd(year.p50)} ({usd(year.p10)} to {usd(year.p90)}){right}",
        ),
    )


def _payback(cost: Cost) -> list[str]:
    if cost.payback_months is None:
        return [f"No pay-back: {cost.payback_note}."]
    chance = f"it does so within the use in {cost.chance_of_payback:.0%} of the draws"
    said = f"Pays back after {month_range(cost.payback_months)}, set-up included; {chance}."
    if cost.payback_note:
        said += f" {cost.payback_note[0].upper()}{cost.payback_note[1:]}."
    if cost.net_present_value_usd:
        said += f" Net present value over the use: {usd_range(cost.net_present_value_usd)}."
    return [said]


def _line(line: CostLine) -> Item:
    dated = tuple(
        f"{price.id}: ${price.usd:f} {price.unit}, read {price.as_of}, {price.source}" for price in line.prices
    )
    return Item(f"{usd(line.usd.point)} {_KINDS[line.kind]}: {line.item}", "-", (f"= {line.formula}", *dated))


def usd_range(value: UsdRange) -> str:
    """`$10,878 ($8,891 to $20,927)`: the median, then P10 and P90."""
    return f"{usd(value.p50)} ({usd(value.p10)} to {usd(value.p90)})"


def month_range(value: MonthRange) -> str:
    """`4.2 months (2.0 to 9.1)`."""
    return f"{value.p50:.1f} months ({value.p10:.1f} to {value.p90:.1f})"


def short_months(value: MonthRange) -> str:
    """`pays back in 4.2 months`."""
    return f"pays back in {value.p50:.1f} months"


def usd(value: Decimal) -> str:
    """Cents below 100 dollars, whole dollars above: `$0.69`, `$12,012`, `-$340`."""
    quantum = Decimal("0.01") if abs(value) < 100 else Decimal(1)
    rounded = value.quantize(quantum, ROUND_HALF_UP)
    return f"-${-rounded:,f}" if rounded < 0 else f"${rounded:,f}"


def short(value: Decimal | float) -> str:
    """`0.2`, `16,000`, without trailing zeros."""
    return f"{Decimal(str(value)).normalize():,f}"
