"""What a plan expected of a run beside what the run took."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from advisor.tuning.plan import CostRange, RangeOf, TunePlan


class Compared(NamedTuple):
    """One figure: the plan's range, what it was, and whether that is `within`, `below` or `above` the range."""

    name: str  # time, memory or cost
    unit: str
    p10: float
    p50: float
    p90: float
    actual: float
    place: str


def compared(plan: TunePlan, *, seconds: float, memory_gib: float | None, usd: Decimal) -> tuple[Compared, ...]:
    """Every figure that the plan has a range for and the run a value: time in the plan's unit, memory in GiB, USD."""
    found: list[Compared] = []
    if plan.time:
        found.append(_one("time", plan.time, seconds / (3600 if plan.time.unit == "hours" else 1)))
    if plan.memory and memory_gib is not None:
        found.append(_one("memory", plan.memory, memory_gib))
    if plan.cost:
        cost = RangeOf(
            unit="USD",
            p10=float(plan.cost.p10),
            p50=float(plan.cost.p50),
            p90=float(plan.cost.p90),
            because=plan.cost.formula,
        )
        found.append(_one("cost", cost, float(usd)))
    return tuple(found)


def paid_usd(cost: CostRange | None, trained_tokens: int) -> Decimal:
    """What a host takes for so many tokens at the plan's price, at least its minimum; 0 on one's own machine."""
    if cost is None:
        return Decimal(0)
    return max(cost.least_usd, (cost.usd_per_mtok * trained_tokens / 1_000_000).quantize(Decimal("0.01")))


def sentence(figures: tuple[Compared, ...]) -> str:
    """All figures in one line, such as `time 3.1 seconds, planned 80 (20 to 400): below`."""
    return "; ".join(
        f"{one.name} {one.actual:,.4g} {one.unit}, planned {one.p50:,.4g} ({one.p10:,.4g} to {one.p90:,.4g}):"
        f" {one.place}"
        for one in figures
    )


def lineage_of(plan: TunePlan, run: str, figures: tuple[Compared, ...]) -> Mapping[str, Any]:
    """What a model's lineage keeps of the plan: the source file by its hash, its split, and the figures."""
    return {
        "run": run,
        "made_on": plan.made_on.isoformat(),
        "approach": plan.approach,
        "data": plan.data.model_dump(mode="json"),
        "figures": [figure._asdict() for figure in figures],
    }


def _one(name: str, planned: RangeOf, actual: float) -> Compared:
    place = "below" if actual < planned.p10 else "above" if actual > planned.p90 else "within"
    return Compared(name, planned.unit, planned.p10, planned.p50, planned.p90, actual, place)
