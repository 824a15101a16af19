"""Every arm asked the same questions, one arm after the other, within one budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from advisor.evaluation.arm import Arm, Missing
from advisor.evaluation.item import Item, Reply

# Told how many of an arm's items are answered: the arm's name, done, all.
Progress = Callable[[str, int, int], None]
_OUT_OF_BUDGET: Final = "the budget was used up before its first answer"


class BakeOff(NamedTuple):
    """Replies of the arms that ran, by name. `is_partial` where the budget ended an arm before its last item."""

    arms: tuple[Arm, ...]
    replies: Mapping[str, tuple[Reply, ...]]
    missing: tuple[Missing, ...]
    is_partial: bool


def bake_off(arms: Sequence[Arm], items: Sequence[Item], progress: Progress) -> BakeOff:
    """Ask every arm. One whose every answer failed, as with a wrong key, did not run, and says why."""
    replies: dict[str, tuple[Reply, ...]] = {}
    missing: list[Missing] = []
    partial = False
    for arm in arms:
        done = 0

        def answered(arm: Arm = arm) -> None:
            nonlocal done
            done += 1
            progress(arm.name, done, len(items))

        progress(arm.name, 0, len(items))
        found = arm.replies(items, answered)
        partial = partial or len(found) < len(items)
        if not found:
            missing.append(Missing(arm.name, arm.kind, arm.what, _OUT_OF_BUDGET))
        elif all(reply.error for reply in found):
            missing.append(Missing(arm.name, arm.kind, arm.what, f"every answer failed: {found[0].error}"))
        else:
            replies[arm.name] = found
    return BakeOff(tuple(arm for arm in arms if arm.name in replies), replies, tuple(missing), partial)
