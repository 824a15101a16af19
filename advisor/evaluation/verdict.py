"""Is training worth it? Worth it, not worth it, or not shown yet, with the best arm, the reason and the next step.

A trained arm must beat every arm that needs no training, not one picked afterwards: being better than each is then
tested as it stands (Berger 1982), and no choice among them can flatter it. The linear head is trained, but nearly for
nothing: it can carry the verdict itself, and a tuned language model must beat it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from advisor.evaluation.cost_per_correct import ArmCost
from advisor.evaluation.significance import Comparison
from advisor.evaluation.statistics import LINEAR, UNTRAINED
from advisor.evaluation.verdict_rules import VerdictRules

WORTH_IT: Final = "worth_it"
NOT_WORTH_IT: Final = "not_worth_it"
NOT_SHOWN_YET: Final = "not_shown_yet"
GATES: Final = ("passed", "failed", "not_shown", "not_run", "does_not_apply")


class Money(NamedTuple):
    """When an arm has paid back: `months` is None where it never does; `life_months` is None where no end is known."""

    months: Decimal | None
    life_months: Decimal | None = None

    @property
    def pays_back(self) -> bool:
        """Whether it pays back while its model lives."""
        return self.months is not None and (self.life_months is None or self.months <= self.life_months)


class ProvenArm(NamedTuple):
    """An arm that ran: its value of the primary metric, its cost, and the results of its gates (words of GATES).

    `money` is None where the case does not say what answers are worth.
    """

    name: str
    kind: str
    value: float
    cost: ArmCost
    forgetting: str = "not_run"
    bias_and_safety: str = "not_run"
    money: Money | None = None


class Evidence(NamedTuple):
    """All that the verdict rests on: `comparisons` by `metric`, the primary one, adjusted over the run.

    Comparisons by other metrics may stand among them; they are not looked at. `items` are those that every arm was
    asked; questions that also stand in the training rows are not among them.
    """

    metric: str
    items: int
    is_partial: bool
    arms: Sequence[ProvenArm]
    comparisons: Sequence[Comparison]


class Verdict(NamedTuple):
    """`answer` is worth_it, not_worth_it or not_shown_yet. `source` names the rules' sources."""

    answer: str
    best_arm: str | None
    why: str
    next_step: str
    source: tuple[str, ...] = ()


class _Found(NamedTuple):
    """One requirement for one arm: True holds, False fails, None is not shown; `says` fills the texts."""

    name: str
    holds: bool | None
    says: Mapping[str, str]


class _Judged(NamedTuple):
    """A trained arm with all its requirements, in the order in which they are named."""

    arm: ProvenArm
    found: tuple[_Found, ...]

    @property
    def rank(self) -> int:
        """2 where all requirements hold, 0 where one fails, else 1."""
        if any(found.holds is False for found in self.found):
            return 0
        return 2 if all(found.holds for found in self.found) else 1


def verdict(evidence: Evidence, rules: VerdictRules) -> Verdict:
    """The verdict on a run; every text and threshold is of `rules`."""
    untrained = [arm for arm in evidence.arms if arm.kind in UNTRAINED]
    trained = [arm for arm in evidence.arms if arm.kind not in UNTRAINED]
    best = max(evidence.arms, key=lambda arm: arm.value, default=None)
    for missing, empty in (
        ("no_items", not evidence.items),
        ("no_trained_arm", not trained),
        ("no_untrained_arm", not untrained),
    ):
        if empty:
            named = best.name if best and evidence.items else None
            return Verdict(NOT_SHOWN_YET, named, rules.texts[missing], rules.texts[f"next_if_{missing}"])
    linear = [arm for arm in trained if arm.kind == LINEAR]
    judged = [_judged(arm, untrained, linear, evidence, rules) for arm in trained]
    # Of arms that hold, a tuned one has beaten the linear head, so it goes first.
    chosen = max(judged, key=lambda one: (one.rank, one.arm.kind != LINEAR if one.rank == 2 else False, one.arm.value))
    best_untrained = max(untrained, key=lambda arm: arm.value)
    if chosen.rank == 2:
        return _worth_it(chosen, best_untrained, evidence, rules)
    lacking = next(found for found in chosen.found if found.holds is (False if chosen.rank == 0 else None))
    rule = rules.requirements[lacking.name]
    if chosen.rank == 0:
        why = rule.fails
        if lacking.name == "improvement" and best_untrained.value * (1 + rules.least_improvement) > 1:
            why = f"{why} {rules.texts['out_of_reach']}"
        cheap = _better_head(judged)
        next_step = rules.texts["next_if_linear_is_better"] if cheap else rule.next_if_fails
        return Verdict(
            NOT_WORTH_IT,
            cheap.name if cheap else best_untrained.name,
            why.format_map(lacking.says),
            next_step.format_map({**lacking.says, "arm": cheap.name} if cheap else lacking.says),
            rule.source,
        )
    return Verdict(
        NOT_SHOWN_YET,
        best.name if best else None,
        rule.unknown.format_map(lacking.says),
        rule.next_if_unknown.format_map(lacking.says),
        rule.source,
    )


def _better_head(judged: Sequence[_Judged]) -> ProvenArm | None:
    """The best linear head that is shown to be better than every untrained arm, and lacks nothing but the size of that.

    It costs next to nothing, so it is the arm to use, though it does not show that training a model would be worth it.
    """
    heads = [
        one.arm
        for one in judged
        if one.arm.kind == LINEAR
        and all(found.holds for found in one.found if found.name == "better")
        and all(found.holds is not False for found in one.found if found.name != "improvement")
    ]
    return max(heads, key=lambda arm: arm.value, default=None)


def _worth_it(chosen: _Judged, untrained: ProvenArm, evidence: Evidence, rules: VerdictRules) -> Verdict:
    arm = chosen.arm
    against = _comparisons(evidence, arm)[untrained.name]
    says = _says(against, rules) | {
        "value": f"{arm.value:.3f}",
        "low": f"{untrained.value:.3f}",
        "high": f"{against.relative.low:.0%}",
    }
    why = [rules.texts["worth_it"]]
    why += [rules.texts["linear_is_enough"]] if arm.kind == LINEAR else []
    why += [rules.texts["money_not_weighed"]] if arm.money is None else []
    sources = dict.fromkeys(source for rule in rules.requirements.values() for source in rule.source)
    return Verdict(
        WORTH_IT,
        arm.name,
        " ".join(why).format_map(says),
        rules.texts["next_if_worth_it"].format_map(says),
        tuple(sources),
    )


def _judged(
    arm: ProvenArm,
    untrained: Sequence[ProvenArm],
    linear: Sequence[ProvenArm],
    evidence: Evidence,
    rules: VerdictRules,
) -> _Judged:
    by_other = _comparisons(evidence, arm)
    found = [_better("better", arm, other, by_other.get(other.name), rules) for other in untrained]
    found += [_improvement(arm, other, by_other.get(other.name), rules) for other in untrained]
    if arm.kind != LINEAR:
        found += [_better("linear", arm, other, by_other.get(other.name), rules) for other in linear]
    says = _blank(arm.name, max(untrained, key=lambda other: other.value).name)
    for gate, result in (("forgetting", arm.forgetting), ("bias_and_safety", arm.bias_and_safety)):
        found.append(_Found(gate, {"passed": True, "does_not_apply": True, "failed": False}.get(result), says))
    asked = says | {"n": str(evidence.items)}
    found.append(_Found("complete", None if evidence.is_partial else True, asked))
    found.append(_money(arm, untrained, says))
    return _Judged(arm, tuple(found))


def _comparisons(evidence: Evidence, arm: ProvenArm) -> dict[str, Comparison]:
    """Those of the arm by the primary metric, by the name of the other."""
    return {
        item.against: item for item in evidence.comparisons if item.arm == arm.name and item.metric == evidence.metric
    }


def _better(name: str, arm: ProvenArm, other: ProvenArm, comparison: Comparison | None, rules: VerdictRules) -> _Found:
    if comparison is None:
        return _Found(name, None, _blank(arm.name, other.name))
    holds = True if comparison.is_better(rules.alpha) else False if comparison.high < 0 else None
    items = comparison.items_to_show(comparison.difference) if comparison.difference > 0 else None
    return _Found(name, holds, _says(comparison, rules) | {"n": _count(items, comparison.items)})


def _improvement(arm: ProvenArm, other: ProvenArm, comparison: Comparison | None, rules: VerdictRules) -> _Found:
    if comparison is None:
        return _Found("improvement", None, _blank(arm.name, other.name))
    value, low, high = comparison.relative
    says = _says(comparison, rules) | {"value": f"{value:+.0%}", "low": f"{low:+.0%}", "high": f"{high:+.0%}"}
    items = comparison.items_to_show_improvement(rules.least_improvement)
    says["n"] = _count(items, comparison.items)
    return _Found("improvement", comparison.improvement_shown(rules.least_improvement), says)


def _money(arm: ProvenArm, untrained: Sequence[ProvenArm], says: Mapping[str, str]) -> _Found:
    """By the pay-back where it is known, else by the cost of a correct answer."""
    if arm.money is not None:
        return _Found("money", arm.money.pays_back, says)
    ours = arm.cost.usd_per_correct
    dearer = [other for other in untrained if not _as_cheap(ours, other.cost)]
    return _Found("money", None if dearer else True, {**says, "against": dearer[0].name} if dearer else says)


def _as_cheap(ours: Decimal | None, other: ArmCost) -> bool:
    """Whether a correct answer costs no more; an arm that has none right is beaten at any price that is known."""
    if ours is None:
        return False
    if other.usd_per_correct is None:
        return other.usd_total is not None
    return ours <= other.usd_per_correct


def _says(comparison: Comparison, rules: VerdictRules) -> dict[str, str]:
    return _blank(comparison.arm, comparison.against) | {
        "metric": comparison.metric,
        "value": f"{comparison.difference:+.3f}",
        "low": f"{comparison.low:+.3f}",
        "high": f"{comparison.high:+.3f}",
        "p": f"{comparison.p_adjusted:.3g}",
        "least": f"{rules.least_improvement:.0%}",
    }


def _blank(arm: str, against: str) -> dict[str, str]:
    return {
        "arm": arm,
        "against": against,
        **dict.fromkeys(("metric", "value", "low", "high", "p", "n", "least"), "unknown"),
    }


def _count(items: int | None, now: int) -> str:
    """Items to test on, never fewer than there are now."""
    return f"{max(items, now + 1):,}" if items is not None else "a great many more"
