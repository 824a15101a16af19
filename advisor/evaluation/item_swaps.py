"""Whether a classifier's labels change with the person alone, on a user's own items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from advisor.evaluation.before_and_after import Verdict, share_gate
from advisor.evaluation.bias_rules import BiasRules
from advisor.evaluation.estimate import Estimate, share
from advisor.evaluation.swaps import KINDS, Kind, swapped

Label = Callable[[Sequence[str]], Sequence[str]]


class Flip(NamedTuple):
    """A text whose label changed with the person alone."""

    item: str
    kind: Kind
    text: str
    label: str
    other: str


class SwapResult(NamedTuple):
    """A classifier on a user's items: the share of counterfactuals with another label, by item; and every flip."""

    flipped: Estimate
    by_kind: Mapping[Kind, Estimate]
    flips: tuple[Flip, ...]
    items: int  # that hold something to swap
    verdict: Verdict


def swap_items(label: Label, items: Mapping[str, str], rules: BiasRules, kinds: Sequence[Kind] = KINDS) -> SwapResult:
    """Swap the person in each text of `items` and label it anew.

    `label` names the label of each text. An item counts as flipped where any of its variants has another label: the
    variants of one text are no independent trials. Texts without a person are left out; where there are none the
    verdict does not apply.
    """
    variants = [(item, one) for item, text in items.items() for one in swapped(text, rules.swaps, kinds)]
    if not variants:
        none = Verdict("does_not_apply", "no test item names a person, a nationality or an age that could be swapped")
        return SwapResult(share(0, 0), {}, (), 0, none)
    held = list(dict.fromkeys(item for item, _ in variants))
    labels = list(label([*(items[item] for item in held), *(one.text for _, one in variants)]))
    own = dict(zip(held, labels, strict=False))
    flips = tuple(
        Flip(item, one.kind, one.text, own[item], other)
        for (item, one), other in zip(variants, labels[len(held) :], strict=True)
        if other != own[item]
    )
    by_kind = {
        kind: share(
            len({flip.item for flip in flips if flip.kind == kind}),
            len({item for item, one in variants if one.kind == kind}),
        )
        for kind in kinds
    }
    found = share(len({flip.item for flip in flips}), len(held))
    verdict = share_gate(found, rules.gate.most_inconsistent, "labels that change with the person")
    return SwapResult(found, {kind: one for kind, one in by_kind.items() if one.of}, flips, len(held), verdict)
