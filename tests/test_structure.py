"""The structure check finds every planted mistake in its line and column, and flags nothing else."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.dataset.example import Place
from advisor.dataset.file_parts import Lines, Part
from advisor.dataset.formats import row_format
from advisor.dataset.json_lines import line_parts
from advisor.dataset.structure import StructureCheck
from tests.chat_rows import clean_row, json_values, plain_chats, planted_file


def checked(parts: Iterable[Part], form: str = "openai_chat") -> StructureCheck:
    """The check after all parts."""
    structure = StructureCheck(row_format(form))
    for part in parts:
        structure.check(part)
    return structure


def places_of(text: str | bytes, form: str = "openai_chat") -> dict[str, list[Place]]:
    """What is found in the lines of `text`."""
    raw = text.encode() if isinstance(text, str) else text
    return dict(checked(line_parts([raw]), form).places)


def by_line(places: dict[str, list[Place]]) -> dict[int, set[str]]:
    """The findings of each line."""
    found: dict[int, set[str]] = {}
    for name, lines in places.items():
        for place in lines:
            found.setdefault(place.line, set()).add(name)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_every_planted_mistake_is_found_and_nothing_else(seed: int) -> None:
    """Recall and precision are 1, by line and by kind."""
    planted = planted_file(seed, 600)
    found = by_line(places_of(planted.text))
    assert set(found) == set(planted.found)
    assert {line: name for line, name in planted.found.items() if name not in found[line]} == {}


@pytest.mark.parametrize("seed", range(3))
def test_reading_rows_finds_the_same(seed: int) -> None:
    """With and without the rows themselves the places are the same, and rows without mistakes are all there."""
    planted = planted_file(seed, 300)
    structure = StructureCheck(row_format("openai_chat"))
    rows = [row for part in line_parts([planted.text.encode()]) for row in structure.read(part)]
    assert dict(structure.places) == places_of(planted.text)
    assert structure.rows == 300
    assert {row.line for row in rows} >= set(range(1, 301)) - set(planted.found)


@pytest.mark.parametrize(
    ("line", "finding", "column", "detail"),
    [
        ('{"messages" [1]}', "json_error", 13, "a colon is missing after the key"),
        ('{"messages": [1 , ]}', "json_error", 17, "a comma stands before the closing bracket"),
        ("{'messages': 1}", "json_error", 2, "single quotes stand where JSON needs double quotes"),
        ('{"messages": "a\tb"}', "json_error", 16, "the control character U+0009 stands unescaped inside a text"),
        ('["a"]', "not_an_object", 1, "the row is a list, not an object"),
        (' {"a": 1}', "missing_key", 2, 'the row has no "messages"; its keys are a'),
        ('{"messages": [{"content": "é", "role": "human"}]}', "unknown_role", 40, None),
        ('{"messages": [{"role": "user", "ts": 1, "content": "a"}]}', "unknown_key", 32, None),
        ('{"messages": [], "messages": []}', "duplicate_key", 18, "the row has the key \"messages\" twice"),
        ('{"messages": [{"role": "user", "content": "a", "role": "user"}]}', "duplicate_key", 48, None),
    ],
)  # fmt: skip
def test_columns_are_where_the_mistake_is(line: str, finding: str, column: int, detail: str | None) -> None:
    """Columns count characters from 1 and point at the wrong value or key."""
    place = places_of(f"{line}\n{{}}\n")[finding][0]
    assert (place.line, place.column) == (1, column)
    assert detail is None or place.detail == detail


def test_bytes_that_are_not_utf8_are_found_in_their_column() -> None:
    """The column counts characters, not bytes, and the other lines are read."""
    row = json.dumps(clean_row(random.Random(1)))
    found = places_of(row.encode() + b"\n" + '{"é": "'.encode() + b'\xe9"}\n' + row.encode() + b"\n")
    assert found == {"encoding_error": [Place(2, 8, "byte 0xe9 is not UTF-8")]}


def test_a_last_line_that_is_cut_is_truncated() -> None:
    """Only where the file ends inside the row; a missing line feed alone is no mistake."""
    row = json.dumps(clean_row(random.Random(1)))
    assert places_of(f"{row}\n{row}") == {}
    assert by_line(places_of(f"{row}\n{row[:-9]}\n")) == {2: {"json_error"}}
    assert by_line(places_of(f"{row}\n{row} x")) == {2: {"json_error"}}


@given(plain_chats(), st.booleans(), st.booleans(), st.data())
def test_a_file_cut_anywhere_is_truncated(
    row: dict[str, Any], ascii_only: bool, flag: bool, data: st.DataObject
) -> None:
    """After whatever byte the last row is cut, it is one finding: the file ends inside the row."""
    raw = json.dumps({**row, "parallel_tool_calls": flag}, ensure_ascii=ascii_only).encode()
    cut = data.draw(st.integers(1, len(raw) - 1))
    assert by_line(places_of(raw + b"\n" + raw[:cut])) == {2: {"truncated"}}


def test_empty_lines_are_a_mistake_only_between_rows() -> None:
    """At the end of the file they are none; carriage returns are none anywhere."""
    row = json.dumps(clean_row(random.Random(1)))
    assert places_of(f"{row}\r\n{row}\r\n\r\n\n") == {}
    assert by_line(places_of(f"{row}\n\n \n{row}\n")) == {2: {"json_error"}, 3: {"json_error"}}


@given(st.binary(max_size=200), st.sampled_from(["openai_chat", "alpaca", "sharegpt", "trl_preference", "table"]))
def test_random_bytes_are_findings(raw: bytes, form: str) -> None:
    """Whatever stands in a line, it is told and nothing is raised."""
    structure = checked(line_parts([raw]), form)
    assert structure.rows <= raw.count(b"\n") + 1
    assert all(place.column is None or place.column >= 1 for places in structure.places.values() for place in places)


@given(
    st.dictionaries(
        st.sampled_from(
            "messages input preferred_output non_preferred_output prompt completion chosen rejected instruction output "
            "history conversations tools metadata system".split()
        ),
        json_values,
        min_size=1,
    ),
    st.sampled_from(
        "openai_chat openai_preference trl_preference reinforcement prompt_completion alpaca sharegpt table".split()
    ),
)
def test_any_json_is_judged_and_what_is_right_is_read(row: dict[str, Any], form: str) -> None:
    """No shape of JSON makes the rules raise, and rows that pass them can be read."""
    structure = StructureCheck(row_format(form))
    rows = list(structure.read(Lines(1, json.dumps(row).encode() + b"\n")))
    assert structure.rows == 1
    assert bool(rows) or structure.places
