"""What an arm took: time, tokens, dollars, and dollars for each correct answer."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Final, NamedTuple

import numpy as np

from advisor.evaluation.item import Reply

_SIGNIFICANT: Final = Context(prec=6)


class ArmCost(NamedTuple):
    """Latencies are in milliseconds, of the items that did not fail; None where all failed.

    `usd_total` is None where the price of an answer is unknown; `usd_per_correct` also where no answer is correct.
    Failed items cost what they cost and are wrong.
    """

    latency_ms_p50: float | None
    latency_ms_p95: float | None
    input_tokens: int
    output_tokens: int
    usd_total: Decimal | None
    usd_per_correct: Decimal | None
    correct_items: int
    failed_items: int


def cost_of(replies: Sequence[Reply], correct: Sequence[bool]) -> ArmCost:
    """What the replies of one arm took; `correct` has one entry for each of them, in the same order."""
    latencies = [reply.latency_ms for reply in replies if reply.error is None]
    middle, slow = np.percentile(latencies, (50, 95)) if latencies else (None, None)
    right = sum(bool(one) for one, reply in zip(correct, replies, strict=True) if reply.error is None)
    total: Decimal | None = Decimal(0)
    for reply in replies:
        total = None if total is None or reply.usd is None else total + reply.usd
    return ArmCost(
        None if middle is None else float(middle),
        None if slow is None else float(slow),
        sum(reply.input_tokens for reply in replies),
        sum(reply.output_tokens for reply in replies),
        total,
        _SIGNIFICANT.divide(total, Decimal(right)) if total is not None and right else None,
        right,
        len(replies) - len(latencies),
    )
