"""Which of many indivisible things to take under a budget so that they are worth most: the 0/1 knapsack problem.

Exact, in whole cents, by the core algorithm of Pisinger (A minimal algorithm for the 0-1 knapsack problem, Operations
Research 45(5), 1997): from the things of most value for a cent, others are added and removed around the edge of the
budget, and partial choices are dropped once a bound shows that they cannot win. HiGHS took 28 s for 10,000 cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Cents = NDArray[np.int64]

MOST_STATES: Final = 4_000_000  # looked at in all: the same on every machine, unlike a limit of time


class Offer(NamedTuple):
    """Something that costs and is worth so many cents; it is taken as a whole or not at all."""

    cost_cents: int
    value_cents: int


class Choice(NamedTuple):
    """Places of the offers that are taken, in order; `gap_cents` is what a better choice could be worth more at most.

    0 where the choice is proved to be the best.
    """

    taken: tuple[int, ...]
    gap_cents: int


def choose(offers: Sequence[Offer], budget_cents: int) -> Choice:
    """The offers of a value above 0 that are worth most together and cost no more than the budget."""
    free = [place for place, one in enumerate(offers) if one.value_cents > 0 and one.cost_cents <= 0]
    left = [place for place, one in enumerate(offers) if one.value_cents > 0 and 0 < one.cost_cents <= budget_cents]
    if sum(offers[place].cost_cents for place in left) <= budget_cents:
        return Choice(tuple(sorted([*free, *left])), 0)
    left.sort(key=lambda place: (-offers[place].value_cents / offers[place].cost_cents, place))
    found = _Core([offers[place] for place in left], budget_cents).solved()
    return Choice(tuple(sorted([*free, *(left[place] for place in found.taken)])), found.gap_cents)


class _Layer(NamedTuple):
    """One thing decided for every partial choice: which choice each came from, and whether it was changed."""

    item: int
    parent: NDArray[Any]
    changed: NDArray[Any]


class _Core:
    """Things in falling order of value for a cent, more of them than the budget carries."""

    def __init__(self, offers: Sequence[Offer], budget_cents: int) -> None:
        import numpy as np

        self._np = np
        self._costs = np.array([one.cost_cents for one in offers], np.int64)
        self._values = np.array([one.value_cents for one in offers], np.int64)
        self._budget = budget_cents
        # As many of the best as fit one after the other; the next does not.
        self._edge = int(np.searchsorted(np.cumsum(self._costs), budget_cents, side="right"))
        self._cost: Cents = self._costs[: self._edge].sum(keepdims=True)
        self._value: Cents = self._values[: self._edge].sum(keepdims=True)
        self._layers: list[_Layer] = []
        self._best = int(self._value[0])
        self._best_at = (0, 0)  # how many layers, and which choice in the last of them
        self._greedy = self._filled()

    def solved(self) -> Choice:
        """The best choice, proved where the limit of states was not reached."""
        right, left, seen, gap = self._edge, self._edge - 1, 0, 0
        count = len(self._costs)
        while self._cost.size and (right < count or left >= 0):
            if right < count:
                self._decide(right, 1)
                right += 1
                self._drop(left, right)
            if left >= 0 and self._cost.size:
                self._decide(left, -1)
                left -= 1
                self._drop(left, right)
            seen += 2 * self._cost.size
            if seen > MOST_STATES and self._cost.size:
                gap = max(0, int(self._bounds(left, right).max()) + 1 - self._best)
                break
        return Choice(self._traced(), gap)

    def _decide(self, item: int, sign: int) -> None:
        """Every partial choice without a change, and with `item` added (1) or removed (-1); dominated ones dropped."""
        np = self._np
        size = self._cost.size
        cost = np.concatenate([self._cost, self._cost + sign * self._costs[item]])
        value = np.concatenate([self._value, self._value + sign * self._values[item]])
        order = np.lexsort((-value, cost))
        best_before = np.maximum.accumulate(value[order])
        keep = order[np.concatenate([[True], value[order][1:] > best_before[:-1]])]
        self._cost, self._value = cost[keep], value[keep]
        self._layers.append(_Layer(item, (keep % size).astype(np.int32), keep >= size))
        within = int(np.searchsorted(self._cost, self._budget, side="right")) - 1
        if within >= 0 and self._value[within] > self._best:  # of what fits, the dearest is worth most
            self._best, self._best_at = int(self._value[within]), (len(self._layers), within)
            self._greedy = None

    def _drop(self, left: int, right: int) -> None:
        """Leave out the partial choices that cannot become better than the best so far."""
        keep = self._bounds(left, right) > self._best
        if keep.all():
            return
        np = self._np
        last = self._layers[-1]
        places = np.flatnonzero(keep)
        if self._best_at[0] == len(self._layers):  # the best itself is remembered by a layer of its own
            at = self._best_at[1]
            places = np.union1d(places, [at])
            self._best_at = (len(self._layers), int(np.searchsorted(places, at)))
        self._layers[-1] = _Layer(last.item, last.parent[places], last.changed[places])
        self._cost, self._value = self._cost[places], self._value[places]

    def _bounds(self, left: int, right: int) -> NDArray[Any]:
        """What each partial choice can be worth at most if parts of the next things could be taken or given back."""
        np = self._np
        room = (self._budget - self._cost).astype(float)
        after = self._values[right] / self._costs[right] if right < len(self._costs) else 0.0
        before = self._values[left] / self._costs[left] if left >= 0 else np.inf
        with np.errstate(invalid="ignore"):
            part = np.where(room >= 0, room * after, room * before)
            found: NDArray[Any] = np.floor(self._value + part + 1e-3)  # values are whole cents
        return found

    def _filled(self) -> tuple[int, ...] | None:
        """What fits one after the other: a first choice, which is kept while nothing better is found."""
        taken = list(range(self._edge))
        room = self._budget - int(self._cost[0])
        for item in range(self._edge, len(self._costs)):
            if self._costs[item] <= room:
                taken.append(item)
                room -= int(self._costs[item])
                self._best += int(self._values[item])
        return tuple(taken)

    def _traced(self) -> tuple[int, ...]:
        if self._greedy is not None:
            return self._greedy
        taken = set(range(self._edge))
        depth, place = self._best_at
        for layer in reversed(self._layers[:depth]):
            if layer.changed[place]:
                taken ^= {layer.item}
            place = int(layer.parent[place])
        return tuple(taken)
