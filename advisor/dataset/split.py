"""Training, validation and test rows: related rows stay on one side, and labels keep their shares."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

PARTS: Final = ("train", "validation", "test")
LEFT_OUT: Final = "left_out"  # related to a row of a locked test set, so that neither side may hold it


class Row(NamedTuple):
    """A row to be split: rows of one `group` stay together; `label` is "" where there is none."""

    line: int
    group: Hashable
    label: str


class Shares(NamedTuple):
    """The share of the rows that each part should get; together 1."""

    train: float
    validation: float
    test: float


class _Group(NamedTuple):
    rows: tuple[Row, ...]
    labels: Counter[str]


def related_groups(lines: Iterable[int], pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The first line of the group of each line: lines of a pair, and of pairs that share a line, are one group."""
    first = {line: line for line in lines}

    def root(line: int) -> int:
        while first[line] != line:
            first[line] = first[first[line]]
            line = first[line]
        return line

    for left, right in pairs:
        if left in first and right in first:
            low, high = sorted((root(left), root(right)))
            first[high] = low
    return {line: root(line) for line in first}


def split_rows(rows: Sequence[Row], shares: Shares, seed: int, locked: frozenset[int] = frozenset()) -> dict[int, str]:
    """The part of each row by its line.

    Groups are dealt out so that each part comes as near as it can to its share of every label. `locked` are lines of a
    test set that was made before: they stay in it, nothing is added to it, and what is related to them is left out.
    """
    groups = _groups(rows)
    parts: dict[int, str] = {}
    free: list[_Group] = []
    for group in groups:
        held = [row for row in group.rows if row.line in locked]
        if not held:
            free.append(group)
            continue
        parts.update((row.line, "test" if row.line in locked else LEFT_OUT) for row in group.rows)
    wanted = dict(zip(PARTS, shares, strict=True))
    if locked:
        rest = shares.train + shares.validation
        wanted = {"train": shares.train / rest, "validation": shares.validation / rest, "test": 0.0}
    for name, dealt in _deal(free, wanted, seed).items():
        parts.update((row.line, name) for group in dealt for row in group.rows)
    return parts


def _groups(rows: Sequence[Row]) -> list[_Group]:
    found: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.group].append(row)
    return [_Group(tuple(held), Counter(row.label for row in held)) for held in found.values()]


def _deal(groups: list[_Group], wanted: Mapping[str, float], seed: int) -> dict[str, list[_Group]]:
    """Large groups first, each to the part that lacks most of its labels (iterative stratification)."""
    order = sorted(groups, key=lambda group: (-len(group.rows), _shuffled(seed, group.rows[0].line)))
    total = sum((group.labels for group in groups), Counter[str]())
    lacking = {name: {label: share * count for label, count in total.items()} for name, share in wanted.items()}
    dealt: dict[str, list[_Group]] = {name: [] for name in wanted}

    def need(name: str, group: _Group) -> tuple[float, float]:
        of_labels = sum(lacking[name][label] * count / total[label] for label, count in group.labels.items())
        return of_labels, sum(lacking[name].values())

    open_parts = [name for name, share in wanted.items() if share > 0]
    for group in order:
        name = max(open_parts, key=lambda part: need(part, group))
        dealt[name].append(group)
        for label, count in group.labels.items():
            lacking[name][label] -= count
    _fill_empty(dealt, open_parts)
    return dealt


def _shuffled(seed: int, line: int) -> bytes:
    return blake2b(f"{seed} {line}".encode(), digest_size=8).digest()


def _fill_empty(dealt: dict[str, list[_Group]], wanted: Sequence[str]) -> None:
    """Give a part that got nothing the smallest group of the part with most groups, where that keeps one."""
    for name in wanted:
        largest = max(wanted, key=lambda part: len(dealt[part]))
        if not dealt[name] and len(dealt[largest]) > 1:
            smallest = min(dealt[largest], key=lambda group: len(group.rows))
            dealt[largest].remove(smallest)
            dealt[name].append(smallest)
