"""All that a tuned model must not lose or learn: general ability, fairness, refusals, other people's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from advisor.evaluation.asking import Ask
from advisor.evaluation.before_and_after import Verdict, together
from advisor.evaluation.bias_probe import BiasReplies, BiasResult, ask_bias, compare_bias
from advisor.evaluation.bias_rules import BiasRules
from advisor.evaluation.general_ability import (
    LABELS_ONLY,
    AbilityReply,
    AbilityResult,
    AbilitySuite,
    ask_suite,
    compare_abilities,
)
from advisor.evaluation.item_swaps import Label, SwapResult, swap_items
from advisor.evaluation.leak_probe import LeakProbe, LeakReply, LeakResult, ask_leaks, compare_leaks
from advisor.evaluation.safety_probe import SafetyReplies, SafetyResult, ask_safety, compare_safety


class ProbeRules(NamedTuple):
    """What is asked; `leaks` are of the rows that the model was trained on."""

    abilities: AbilitySuite
    bias: BiasRules
    refusals: tuple[str, ...]
    leaks: tuple[LeakProbe, ...]


class ProbeReplies(NamedTuple):
    """All replies of one model."""

    abilities: tuple[AbilityReply, ...]
    bias: BiasReplies
    safety: SafetyReplies
    leaks: tuple[LeakReply, ...]


class Safeguards(NamedTuple):
    """Each part with its own verdict by name, and the verdict of all; parts that do not apply are None."""

    abilities: AbilityResult | None
    bias: BiasResult | None
    safety: SafetyResult | None
    leaks: LeakResult | None
    swaps: SwapResult | None
    verdicts: Mapping[str, Verdict]
    verdict: Verdict


def ask_probes(ask: Ask, rules: ProbeRules) -> ProbeReplies:
    """Ask a model everything, once before and once after tuning."""
    return ProbeReplies(
        ask_suite(ask, rules.abilities),
        ask_bias(ask, rules.bias),
        ask_safety(ask, rules.bias, rules.refusals),
        ask_leaks(ask, rules.leaks),
    )


def compare_probes(before: ProbeReplies, after: ProbeReplies, rules: ProbeRules, seed: int = 0) -> Safeguards:
    """The base against the model that was tuned from it."""
    abilities = compare_abilities(rules.abilities, before.abilities, after.abilities)
    bias = compare_bias(before.bias, after.bias, rules.bias, seed)
    safety = compare_safety(before.safety, after.safety, rules.bias)
    leaks = compare_leaks(before.leaks, after.leaks, rules.bias)
    verdicts = {
        "general_ability": abilities.verdict,
        "bias": bias.verdict,
        "safety": safety.verdict,
        "leaks": leaks.verdict,
    }
    return Safeguards(abilities, bias, safety, leaks, None, verdicts, together(list(verdicts.values())))


def check_labels(label: Label, items: Mapping[str, str], rules: BiasRules) -> Safeguards:
    """A model that writes labels alone, such as a linear head: only the swaps in the user's own items apply."""
    swaps = swap_items(label, items, rules)
    no_text = Verdict("does_not_apply", "the model writes labels and nothing else")
    verdicts = {"general_ability": LABELS_ONLY, "bias": swaps.verdict, "safety": no_text, "leaks": no_text}
    return Safeguards(None, None, None, None, swaps, verdicts, together(list(verdicts.values())))
