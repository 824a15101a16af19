"""Splitting: nothing related on two sides, labels keep their shares, a locked test set stays as it is."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from advisor.dataset.split import LEFT_OUT, PARTS, Row, Shares, related_groups, split_rows

EIGHTY = Shares(0.8, 0.1, 0.1)
rows_of_groups = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["billing", "shipping", ""])), min_size=1, max_size=120
).map(lambda pairs: [Row(line, group, label) for line, (group, label) in enumerate(pairs, start=1)])


@given(rows_of_groups, st.integers(0, 5))
def test_every_row_has_one_part_and_groups_stay_together(rows: list[Row], seed: int) -> None:
    """And the same seed deals the same way."""
    parts = split_rows(rows, EIGHTY, seed)
    assert set(parts) == {row.line for row in rows} and set(parts.values()) <= set(PARTS)
    for group in {row.group for row in rows}:
        assert len({parts[row.line] for row in rows if row.group == group}) == 1
    assert parts == split_rows(rows, EIGHTY, seed)


@given(rows_of_groups, st.integers(0, 5))
def test_no_part_is_empty_where_there_are_groups_enough(rows: list[Row], seed: int) -> None:
    """Three groups are enough for three parts."""
    if len({row.group for row in rows}) >= 3:
        assert set(split_rows(rows, EIGHTY, seed).values()) == set(PARTS)


def test_labels_keep_their_shares() -> None:
    """1,000 rows of their own, 90 % and 10 %: each part has each label within one row of its share."""
    rows = [Row(line, line, "rare" if line % 10 == 0 else "usual") for line in range(1, 1001)]
    parts = split_rows(rows, EIGHTY, 7)
    counts = Counter((parts[row.line], row.label) for row in rows)
    for part, share in zip(PARTS, EIGHTY, strict=True):
        assert abs(counts[part, "rare"] - 100 * share) <= 1
        assert abs(counts[part, "usual"] - 900 * share) <= 1
    assert parts != split_rows(rows, EIGHTY, 8)


@given(rows_of_groups, st.integers(0, 5), st.data())
def test_a_locked_test_set_neither_grows_nor_shrinks(rows: list[Row], seed: int, data: st.DataObject) -> None:
    """Rows related to it are left out of training, never taken into it."""
    locked = frozenset(data.draw(st.lists(st.sampled_from([row.line for row in rows]), max_size=10)))
    parts = split_rows(rows, EIGHTY, seed, locked)
    if locked:
        assert {line for line, part in parts.items() if part == "test"} == locked
    of_group = {row.line: row.group for row in rows}
    tested = {of_group[line] for line in locked}
    assert all((part in ("test", LEFT_OUT)) == (of_group[line] in tested) for line, part in parts.items() if locked)


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), max_size=30))
def test_groups_are_the_connected_rows(pairs: list[tuple[int, int]]) -> None:
    """As found by walking from row to row."""
    groups = related_groups(range(1, 21), pairs)
    for line in range(1, 21):
        reached, todo = {line}, [line]
        while todo:
            here = todo.pop()
            near = {b if a == here else a for a, b in pairs if here in (a, b)} - reached
            reached |= near
            todo += near
        assert {other for other, group in groups.items() if group == groups[line]} == reached
        assert groups[line] == min(reached)
