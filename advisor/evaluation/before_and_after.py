"""Whether a change is shown: the same items before and after, right or wrong, and the verdict of a gate."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final, Literal, NamedTuple

from advisor.dataset.review import wilson
from advisor.evaluation.estimate import Estimate, share

State = Literal["passed", "failed", "not_shown", "does_not_apply"]
_SURE: Final = 0.05


class Verdict(NamedTuple):
    """`state` of a gate, and why in a sentence."""

    state: State
    why: str


class Change(NamedTuple):
    """Shares right before and after, the loss between them with its interval, and McNemar's exact p-value."""

    before: Estimate
    after: Estimate
    loss: Estimate
    lost: int  # right before, wrong after
    gained: int
    p_value: float


def change(before: Sequence[bool], after: Sequence[bool]) -> Change:
    """Compare the same items in the same order.

    The interval of the loss is Newcombe's hybrid of Wilson's intervals for paired shares (1998, method 10), which keeps
    its width where nothing changes; the test is McNemar's exact one, two-sided.
    """
    from scipy.stats import binomtest

    lost = sum(one and not two for one, two in zip(before, after, strict=True))
    gained = sum(two and not one for one, two in zip(before, after, strict=True))
    first, second = share(sum(before), len(before)), share(sum(after), len(after))
    p_value = float(binomtest(lost, lost + gained).pvalue) if lost + gained else 1.0
    both = sum(one and two for one, two in zip(before, after, strict=True))
    loss = paired_difference(both, lost, gained, len(before) - both - lost - gained)
    return Change(first, second, loss, lost, gained, p_value)


def paired_difference(both: int, first_only: int, second_only: int, neither: int) -> Estimate:
    """The share of the first less that of the second on the same items, with Newcombe's interval (method 10)."""
    items = both + first_only + second_only + neither
    if not items:
        return Estimate(None, None, None, 0)
    first, second = (both + first_only) / items, (both + second_only) / items
    low_1, high_1 = wilson(both + first_only, items)
    low_2, high_2 = wilson(both + second_only, items)
    margins = (both + first_only) * (second_only + neither) * (both + second_only) * (first_only + neither)
    product = both * neither - first_only * second_only
    # The continuity correction of the paper holds for positive products alone.
    corrected = max(product - items / 2, 0) if product > 0 else product
    phi = corrected / sqrt(margins) if margins else 0.0
    down = _distance(first - low_1, high_2 - second, phi)
    up = _distance(second - low_2, high_1 - first, phi)
    difference = first - second
    return Estimate(difference, difference - down, difference + up, items)


def _distance(one: float, other: float, phi: float) -> float:
    return sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def gate(found: Change, most_loss: float, least_right_before: int, what: str) -> Verdict:
    """`passed` where a loss above `most_loss` is ruled out, `failed` where a loss is shown, else `not_shown`."""
    loss, low, high = found.loss[:3]
    right_before = round((found.before.value or 0) * found.before.of)
    if loss is None or low is None or high is None:
        return Verdict("not_shown", f"nothing of {what} was measured")
    told = f"{what}: {found.lost} lost and {found.gained} gained of {found.before.of}, loss {loss:.0%}"
    bounds = f"({low:.0%} to {high:.0%}, p {found.p_value:.2g})"
    if right_before < least_right_before:
        return Verdict(
            "not_shown",
            f"{what}: right on {right_before} of {found.before.of} before, so there is too little that could be lost",
        )
    if high <= most_loss:
        return Verdict("passed", f"{told} {bounds}: a loss above {most_loss:.0%} is ruled out")
    if found.p_value < _SURE and found.lost > found.gained:
        return Verdict("failed", f"{told} {bounds}: the loss is more than chance")
    return Verdict("not_shown", f"{told} {bounds}: neither a loss nor its absence is shown; more items would tell")


def share_gate(found: Estimate, most: float, what: str) -> Verdict:
    """The same for a share that should be small: `passed` where more than `most` is ruled out."""
    if found.value is None or found.low is None or found.high is None:
        return Verdict("not_shown", f"nothing of {what} was measured")
    told = f"{what}: {found.value:.1%} of {found.of} ({found.low:.1%} to {found.high:.1%})"
    if found.high <= most:
        return Verdict("passed", f"{told}: more than {most:.0%} is ruled out")
    if found.low > most:
        return Verdict("failed", f"{told}: it is more than {most:.0%}")
    return Verdict("not_shown", f"{told}: neither more nor less than {most:.0%} is shown")


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Failed where one failed, passed where all that apply passed; the reasons of those that decide."""
    for state in ("failed", "not_shown", "passed", "does_not_apply"):
        deciding = [verdict for verdict in verdicts if verdict.state == state]
        if deciding:
            return Verdict(deciding[0].state, "; ".join(verdict.why for verdict in deciding))
    return Verdict("not_shown", "nothing was measured")
