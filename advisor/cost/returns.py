"""What an approach brings each month: fewer wrong answers, handling that falls away. From the case's own numbers."""

from decimal import Decimal

from advisor.cost.amount import Factor, Line, fixed
from advisor.cost.case_factors import CaseFactors

# Which gaps an approach closes; elsewhere it hardly helps. From the ladder (M-D2, M-D4, M-D8).
CLOSES = {
    "prompt": (),
    "few_shot": ("format", "style", "complex_format"),
    "rag": ("facts",),
    "assistant": ("facts", "style", "format"),
    "fine_tune": ("format", "complex_format", "style", "domain_language", "new_skill"),
    "fine_tune_rag": ("facts", "complex_format", "style", "domain_language", "new_skill"),
    "preference_tune": ("style", "complex_format", "domain_language", "new_skill", "format"),
    "reinforcement_tune": ("new_skill", "complex_format", "domain_language"),
    "pretrain": ("domain_language", "new_skill"),
    "distil": ("cost", "latency"),
}
NO_VALUE = (
    "no return is priced: give economics.value_per_success_usd, economics.cost_per_error_usd or "
    "economics.current_monthly_usd"
)


def return_lines(case: CaseFactors, approach: str) -> list[Line]:
    """Every monthly return of `approach`; empty where the case gives no value."""
    lines: list[Line] = []
    wrong, effect = _wrong_share(case), share_turned_right(case, approach)
    for answer, item in (
        ("economics.value_per_success_usd", "answers that become right"),
        ("economics.cost_per_error_usd", "errors that fall away"),
    ):
        usd = case.number(answer)
        if usd:
            spread = case.book.figure("spread_of_forecasts").middle
            value = Factor(answer, f"${usd:f}", usd * (1 - spread), usd, usd * (1 + spread), None, "the case")
            lines.append(Line(item, "return", (case.requests(), wrong, effect, value), grows=True))
    handling = case.number("economics.current_monthly_usd")
    if handling and not case.number("economics.value_per_success_usd"):
        today = fixed("economics.current_monthly_usd", handling, source="the case")._replace(shown=f"${handling:,f}")
        freed = case.figure("automated_share", "of the handling")
        lines.append(Line("handling that falls away", "return", (today, wrong, effect, freed), grows=True))
    return lines


def _wrong_share(case: CaseFactors) -> Factor:
    """The share of wrong answers today."""
    baseline = case.number("success.baseline")
    if baseline is not None:
        return fixed("wrong_today", 1 - baseline, "wrong today", "success.baseline")
    figure = case.book.figure("baseline_quality")
    return Factor(
        "wrong_today",
        f"{1 - figure.middle} wrong today",
        1 - figure.high,
        1 - figure.middle,
        1 - figure.low,
        None,
        figure.source,
        assumption=True,
    )


def share_turned_right(case: CaseFactors, approach: str) -> Factor:
    """The share of today's wrong answers that `approach` turns right, measured where that is known."""
    if approach in case.effects:
        return case.effects[approach]
    fits = case.has_gap(*CLOSES.get(approach, ())) or approach in ("prompt", "distil")
    return case.figure(f"{approach}_effect" if fits else "effect_elsewhere", "of them turned right")


def share_right(case: CaseFactors, approach: str) -> Decimal:
    """The share of right answers to expect, at the middles: for the cost of a correct answer."""
    return 1 - _wrong_share(case).middle * (1 - share_turned_right(case, approach).middle)
