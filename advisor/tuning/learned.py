"""What the ledger of earlier runs teaches about a plan's ranges, and what a plan and its run leave in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from advisor.ledger.correction import Correction, corrected, in_words
from advisor.ledger.entry import Spread
from advisor.ledger.kept import Foreseen, load_ledger_rules
from advisor.tuning.plan import CostRange, Learned, RangeOf, TunePlan
from advisor.tuning.prediction import Compared

_KINDS: Final = {
    ("linear", "time"): "tune_time_linear_seconds",
    ("lora", "time"): "tune_time_lora_hours",
    ("lora", "memory"): "tune_memory_gib",
    ("openai_api", "cost"): "tune_cost_usd",
}


def learned_range(
    back_end: str, name: str, found: RangeOf | None, ledger: Mapping[str, Correction]
) -> tuple[RangeOf | None, Sequence[Learned]]:
    """The range of `time` or `memory` with what was learned, and what that was."""
    kind = _KINDS.get((back_end, name))
    if found is None or kind is None or kind not in ledger:
        return found, ()
    changed, learned = _changed(kind, Spread(found.p10, found.p50, found.p90), ledger[kind])
    p10, p50, p90 = (float(f"{value:.4g}") for value in changed)
    return RangeOf(unit=found.unit, p10=p10, p50=p50, p90=p90, because=f"{found.because}; {learned.says}"), (learned,)


def learned_cost(
    back_end: str, found: CostRange | None, ledger: Mapping[str, Correction]
) -> tuple[CostRange | None, Sequence[Learned]]:
    """The cost with what was learned, never below the least charge, and what that was."""
    kind = _KINDS.get((back_end, "cost"))
    if found is None or kind is None or kind not in ledger:
        return found, ()
    changed, learned = _changed(kind, Spread(*map(float, (found.p10, found.p50, found.p90))), ledger[kind])
    p10, p50, p90 = (max(found.least_usd, Decimal(repr(usd)).quantize(Decimal("0.01"))) for usd in changed)
    return found.model_copy(update={"p10": p10, "p50": p50, "p90": p90}), (learned,)


def foreseen(plan: TunePlan) -> list[Foreseen]:
    """The ranges of a plan as the ledger keeps them."""
    raw = {one.kind: Spread(one.p10, one.p50, one.p90) for one in plan.learned}
    found = []
    for name, one in (("time", plan.time), ("memory", plan.memory), ("cost", plan.cost)):
        kind = _KINDS.get((plan.back_end, name))
        if one is not None and kind is not None:
            shown = Spread(float(one.p10), float(one.p50), float(one.p90))
            found.append(Foreseen(kind, shown, raw.get(kind, shown)))
    return found


def happened(back_end: str, figures: Sequence[Compared]) -> Mapping[str, float]:
    """What a run took, by kind of the ledger."""
    return {_KINDS[back_end, one.name]: one.actual for one in figures if (back_end, one.name) in _KINDS}


def _changed(kind: str, raw: Spread, found: Correction) -> tuple[Spread, Learned]:
    rule = load_ledger_rules().kinds[kind]
    says = in_words(found, rule)
    return corrected(raw, rule, found), Learned(kind=kind, p10=raw.p10, p50=raw.p50, p90=raw.p90, says=says)
