"""Conditions: Kleene's tables, and evaluation, `needed` and `settled_by` held against an independent reading."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.decision import conditions
from advisor.decision.condition_reader import ConditionReader
from advisor.decision.conditions import Condition, needed, settled_by
from advisor.decision.fields import Fields
from advisor.decision.slots import NA, State_
from advisor.errors import RuleBookError
from advisor.question import NOT_APPLICABLE
from advisor.strict_yaml import BareWord, Document
from tests.strategies import (
    SMALL,
    SMALL_SLOTS,
    SMALL_VALUES,
    Answers,
    completions,
    repeatable,
    small_answers,
    small_conditions,
    truth,
)

T, F, U = True, False, None
FLAG = {"q.flag": True}


def read(plain: Any) -> Condition:
    """A plain condition read by the engine."""
    return ConditionReader(SMALL_SLOTS).read(Fields(Document("test", {"when": plain}, {}), (), "a rule"), "when")


def with_values(*values: bool | None) -> tuple[list[Condition], State_]:
    """A condition for each of `values`, and the state in which each has its value."""
    slots = SMALL_SLOTS.all[: len(values)]
    state = SMALL_SLOTS.state({})
    for slot, value in zip(slots, values, strict=True):
        state[slot.index] = value
    return [conditions.Test(slot, "eq", True) for slot in slots], state


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (T, T, T, T),
        (T, F, F, T),
        (T, U, U, T),
        (F, T, F, T),
        (F, F, F, F),
        (F, U, F, U),
        (U, T, U, T),
        (U, F, F, U),
        (U, U, U, U),
    ],
)
def test_all_and_any_follow_kleene(
    left: bool | None, right: bool | None, both: bool | None, either: bool | None
) -> None:
    """`all` and `any` of two parts have Kleene's strong tables."""
    parts, state = with_values(left, right)
    assert conditions.Some(2, tuple(parts)).evaluate(state) is both
    assert conditions.Some(1, tuple(parts)).evaluate(state) is either


@pytest.mark.parametrize(("value", "negated"), [(T, F), (F, T), (U, U)])
def test_not_follows_kleene(value: bool | None, negated: bool | None) -> None:
    """`not` turns true and false round and leaves what is open open."""
    parts, state = with_values(value)
    assert conditions.Not(parts[0]).evaluate(state) is negated
    assert conditions.Not(conditions.Not(parts[0])).evaluate(state) is value


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_at_least_is_open_exactly_while_the_missing_parts_matter(count: int) -> None:
    """`at_least` is true with enough true parts, false once too few can be, and open in between."""
    for values in product((T, F, U), repeat=4):
        parts, state = with_values(*values)
        true, open_ = values.count(T), values.count(U)
        expected = T if true >= count else F if true + open_ < count else U
        assert conditions.Some(count, tuple(parts)).evaluate(state) is expected


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_parts_that_settle_a_number_of_parts_are_enough_and_no_more(count: int) -> None:
    """Just so many parts of `at_least` are named that the others may turn out as they like."""
    for values in product((T, F, U), repeat=4):
        parts, state = with_values(*values)
        condition = conditions.Some(count, tuple(parts))
        value = condition.evaluate(state)
        if value is None:
            continue
        settling = settled_by(condition, state)
        assert len(settling) == (count if value else 4 - count + 1)
        assert all(state[slot.index] is value for slot in settling)


OPERANDS: list[tuple[str, list[tuple[str, Any]]]] = [
    ("q.flag", [(op, value) for op in ("eq", "ne") for value in (True, False)]),
    ("q.kind", [(op, value) for op in ("eq", "ne") for value in "abc"]),
    ("q.kind", [("in", list(chosen)) for size in (1, 2, 3) for chosen in product("abc", repeat=size)]),
    ("q.count", [(op, value) for op in ("eq", "ne", "lt", "lte", "gt", "gte") for value in range(4)]),
    (
        "q.share",
        [(op, v) for op in ("eq", "ne", "lt", "lte", "gt", "gte") for v in (0, Decimal("0.3"), Decimal("0.5"), 1)],
    ),
    ("q.tags", [("has", option) for option in "xy"]),
    ("q.tags", [(op, chosen) for op in ("eq", "ne") for chosen in ([], ["x"], ["y"], ["x", "y"])]),
]


@pytest.mark.parametrize(("name", "operands"), OPERANDS)
def test_every_operator_on_every_value(name: str, operands: list[tuple[str, Any]]) -> None:
    """Each operator says of each value, of `n/a` and of a missing answer what its name says."""
    for op, operand in operands:
        plain = {name: {op: operand}}
        condition = read(plain)
        assert condition.evaluate(SMALL_SLOTS.state({})) is None
        for value in SMALL_VALUES[name]:
            answers: Answers = {name: value}
            assert condition.evaluate(SMALL_SLOTS.state(answers)) is truth(plain, answers, SMALL, {}), (plain, value)


def test_all_of_nothing_is_true() -> None:
    """`all: []` always holds."""
    assert read({"all": []}).evaluate(SMALL_SLOTS.state({})) is True


@given(small_conditions(), small_answers(missing=True))
@repeatable(120)
def test_a_condition_says_what_the_independent_reading_says(plain: dict[str, Any], answers: Answers) -> None:
    """Reading and evaluating a condition gives what its plain text says, for given, n/a, unknown and absent answers."""
    assert read(plain).evaluate(SMALL_SLOTS.state(answers)) is truth(plain, answers, SMALL, {})


@given(small_conditions(), small_answers(missing=True), st.data())
@repeatable(120)
def test_an_unknown_never_acts_as_false(plain: dict[str, Any], answers: Answers, data: st.DataObject) -> None:
    """What is true or false with answers missing stays so however they are answered."""
    condition = read(plain)
    value = condition.evaluate(SMALL_SLOTS.state(answers))
    missing = data.draw(st.sets(st.sampled_from(sorted(SMALL_VALUES)))) & {
        name for name in SMALL_VALUES if name not in answers
    }
    for full in completions(answers, missing):
        if value is not None:
            assert condition.evaluate(SMALL_SLOTS.state(full)) is value


@given(small_conditions(), small_answers(missing=True), st.data())
@repeatable(120)
def test_answering_what_is_needed_decides(plain: dict[str, Any], answers: Answers, data: st.DataObject) -> None:
    """`needed` is None exactly when the condition is decided; else it is a missing slot that the condition tests."""
    condition = read(plain)
    tested = {test.slot.index for test in conditions.tests(condition)}
    state = SMALL_SLOTS.state(answers)
    for _ in range(len(tested) + 1):
        slot = needed(condition, state)
        assert (slot is None) == (condition.evaluate(state) is not None)
        if slot is None:
            return
        assert state[slot.index] is None and slot.index in tested
        values = [True, False] if slot.option else [NA if v is NOT_APPLICABLE else v for v in SMALL_VALUES[slot.answer]]
        state[slot.index] = data.draw(st.sampled_from(values))
    raise AssertionError("every slot that is tested was given a value, and the condition is still open")


@given(small_conditions(), small_answers(missing=True))
@repeatable(120)
def test_what_settles_a_condition_is_enough_by_itself(plain: dict[str, Any], answers: Answers) -> None:
    """A decided condition keeps its truth when everything but the slots of `settled_by` is forgotten."""
    condition, state = read(plain), SMALL_SLOTS.state(answers)
    value = condition.evaluate(state)
    if value is None:
        return
    settling = settled_by(condition, state)
    assert len(settling) == len(set(settling))
    alone = SMALL_SLOTS.state({})
    for slot in settling:
        assert state[slot.index] is not None
        alone[slot.index] = state[slot.index]
    assert condition.evaluate(alone) is value


@pytest.mark.parametrize("op", ["eq", "lt", "lte", "gt", "gte"])
def test_not_applicable_is_equal_to_nothing_and_neither_above_nor_below(op: str) -> None:
    """`n/a` meets no test but `ne`, and so is different from `unknown`, which leaves the test open."""
    state = SMALL_SLOTS.state({"q.count": NOT_APPLICABLE})
    assert read({"q.count": {op: 1}}).evaluate(state) is False
    assert read({"q.count": {"ne": 1}}).evaluate(state) is True
    assert read({"q.count": {op: 1}}).evaluate(SMALL_SLOTS.state({})) is None


@pytest.mark.parametrize("chosen", [["x"], ["x", "y"], []])
def test_a_set_that_does_not_apply_equals_no_set(chosen: list[str]) -> None:
    """`n/a` is equal to nothing, not even to the empty set: `{eq: []}` means that none of the options was chosen."""
    state = SMALL_SLOTS.state({"q.tags": NOT_APPLICABLE})
    assert read({"q.tags": {"eq": chosen}}).evaluate(state) is False
    assert read({"q.tags": {"ne": chosen}}).evaluate(state) is True


def test_equal_sets_have_the_same_options_whatever_their_order() -> None:
    """`{eq: [y, x]}` means exactly x and y."""
    condition = read({"q.tags": {"eq": ["y", "x"]}})
    assert condition.evaluate(SMALL_SLOTS.state({"q.tags": ("x", "y")})) is True
    assert condition.evaluate(SMALL_SLOTS.state({"q.tags": ("x",)})) is False


@pytest.mark.parametrize(
    ("plain", "names"),
    [
        ({"q.flagg": True}, "q.flag"),
        ({"q.flag": {"equal": True}}, "equal"),
        ({"q.flag": {"gte": True}}, "gte"),
        ({"q.flag": {}}, "operator"),
        ({"q.flag": "true"}, "q.flag"),
        ({"q.flag": None}, "q.flag"),
        ({"q.kind": "d"}, "d"),
        ({"q.kind": None}, "q.kind"),
        ({"q.kind": {"in": []}}, "in"),
        ({"q.kind": {"in": "a"}}, "in"),
        ({"q.kind": {"in": ["a", None]}}, "q.kind"),
        ({"q.kind": "unknown"}, "unknown"),
        ({"q.kind": "n/a"}, "n/a"),
        ({"q.count": {"gte": "1"}}, "q.count"),
        ({"q.count": {"gte": None}}, "q.count"),
        ({"q.count": {"gte": 4}}, "4"),
        ({"q.count": {"gte": -1}}, "-1"),
        ({"q.tags": {"has": "z"}}, "z"),
        ({"q.tags": {"has": None}}, "q.tags"),
        ({"q.tags": {"has": ["x"]}}, "q.tags"),
        ({"q.tags": {"eq": ["z"]}}, "z"),
        ({"q.tags": {"gte": ["x"]}}, "q.tags"),
        ({"q.tags": "x"}, "q.tags"),
        ({"any": []}, "list of conditions"),
        ({"any": FLAG}, "list of conditions"),
        ({"all": None}, "list of conditions"),
        ({"all": [None]}, "condition"),
        ({"not": []}, "condition"),
        ({"not": {}}, "condition"),
        ({"is": "nowhere"}, "nowhere"),
        ({"is": None}, "condition"),
        ({"is": ["first"]}, "condition"),
        ({"is": {"q.flag": True}}, "condition"),
        ({"at_least": 2}, "at_least"),
        ({"at_least": {"count": 3, "of": [FLAG, FLAG]}}, "at_least"),
        ({"at_least": {"count": 0, "of": [FLAG]}}, "at_least"),
        ({"at_least": {"count": "1", "of": [FLAG]}}, "at_least"),
        ({"at_least": {"count": True, "of": [FLAG]}}, "at_least"),
        ({"at_least": {"count": 1}}, "at_least"),
        ({}, "condition"),
        ([], "condition"),
        (True, "condition"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(plain: Any, names: str) -> None:
    """A misspelt name, a wrong type, operator or option, or an empty value is refused, never read as false."""
    with pytest.raises(RuleBookError) as caught:
        read(plain)
    assert names in str(caught.value)


@pytest.mark.parametrize(
    "plain",
    [
        {"all": None},
        {"not": None},
        {"is": None},
        {"q.flag": {"eq": []}},
        {"q.kind": {"in": BareWord("no", False)}},
        {"q.kind": {"in": None}},
        {"q.tags": {"has": None}},
        {"q.tags": {"has": BareWord("no", False)}},
        {"q.tags": {"eq": [None]}},
        {"q.tags": {"eq": [BareWord("no", False)]}},
        {"at_least": {"count": 1, "of": None}},
    ],
)
def test_a_refused_condition_is_named_as_it_is_written(plain: Any) -> None:
    """The message speaks of what stands in the file; names of Python's types do not appear in it."""
    with pytest.raises(RuleBookError) as caught:
        read(plain)
    for leaked in ("None", "BareWord(", "[]"):
        assert leaked not in caught.value.problem
