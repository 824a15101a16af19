"""What can still come out: `possible` is exact, on the shipped rule book and on random tables against brute force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.case import as_mapping, case_from_document
from advisor.decision.decide import decide
from advisor.decision.possible import Possibilities
from advisor.question import NOT_APPLICABLE, UNKNOWN, Answer
from advisor.strict_yaml import Document
from tests.strategies import (
    SMALL,
    SMALL_SLOTS,
    Answers,
    Table,
    approach_table,
    built,
    case_of,
    completions,
    decided,
    full_cases,
    partial_cases,
    possible,
    repeatable,
    shipped_book,
    shipped_values,
    small_answers,
    small_tables,
)


def completed(partial: Answers, full: Answers) -> Answers:
    """`partial` with every missing answer taken from `full`."""
    return {**full, **{name: value for name, value in partial.items() if value is not UNKNOWN}}


def outcome_of(answers: Mapping[str, Answer]) -> str:
    """The approach that `approach.yaml` names for a full case, in the independent reading."""
    found = approach_table().decider(answers)
    assert found is not None
    return found[2]


# ---------------------------------------------------------------------------------------------- the shipped rule book


@given(full_cases())
@repeatable(60)
def test_a_full_case_gets_what_the_rule_file_says(full: Answers) -> None:
    """With every answer there, the approach and the rule that decides are those of `approach.yaml` as read."""
    decision = decided(full)
    assert decision.possible == (decision.approach,) == (outcome_of(full),)
    rule, decider, _ = approach_table().decider(full) or ("", "", "")
    last = decision.trace.last
    assert last.rule.id == rule
    assert last.id == decider if last.value is False else rule == decider


@given(full_cases())
@repeatable(50)
def test_the_last_step_of_a_trace_is_the_one_that_decided(full: Answers) -> None:
    """`Trace.last` is the rule where all its gates hold, and else the gate that failed."""
    assert decided(full).trace.last.id == (approach_table().decider(full) or ("", ""))[1]


@pytest.mark.slow
@given(partial_cases(), st.lists(full_cases(), min_size=3, max_size=3))
@repeatable(60)
def test_every_completion_is_among_the_possible(partial: Answers, fulls: list[Answers]) -> None:
    """However the missing answers turn out, the approach is one of `possible`."""
    expected = possible(partial)
    for full in fulls:
        assert outcome_of(completed(partial, full)) in expected


def check_reached(partial: Answers) -> None:
    """For each possible approach: find a witness, write it as a case file would hold it, and decide that case."""
    book = shipped_book()
    state = book.slots.state(partial)
    for approach in possible(partial):
        witnesses = (
            book.possibilities.witness(state, position, place)
            for position, rule in enumerate(book.approach.rules)
            for place, outcome in enumerate(rule.outcomes)
            if outcome == approach
        )
        witness = next(found for found in witnesses if found is not None)
        full = dict(partial)
        for name, values in shipped_values().items():
            if partial.get(name, UNKNOWN) is UNKNOWN:
                # What the witness leaves open does not matter: no option of a set, any value of another answer.
                for slot in book.slots.of[name]:
                    if slot.option is not None and witness[slot.index] is None:
                        witness[slot.index] = False
                answer = book.slots.answer(name, witness)
                full[name] = values[-1] if answer is None else answer
        case = case_from_document(Document("case", as_mapping(case_of(full)), {}), book.questions)
        decision = decide(book, case)
        assert decision.possible == (approach,) == (outcome_of(case.answers),)


@given(partial_cases())
@repeatable(40)
def test_every_possible_approach_is_reached_by_a_real_case(partial: Answers) -> None:
    """Nothing is listed that no completion leads to, written and checked as a user's case."""
    check_reached(partial)


def test_with_nothing_known_every_approach_of_the_table_is_possible_and_reached() -> None:
    """The empty case leaves open exactly the approaches that the table can lead to, each with a real case."""
    assert possible({}) == set(shipped_book().approach.outcomes)
    check_reached({})


@given(partial_cases(), st.data())
@repeatable(60)
def test_possible_is_the_union_over_the_values_of_any_missing_answer(partial: Answers, data: st.DataObject) -> None:
    """One more answer only takes approaches away, and every approach is left by some value of it."""
    missing = [
        name for name, values in shipped_values().items() if partial.get(name, UNKNOWN) is UNKNOWN and values[0] != ()
    ]
    if not missing:
        return
    name = data.draw(st.sampled_from(missing))
    each = [possible({**partial, name: value}) for value in (*shipped_values()[name], NOT_APPLICABLE)]
    assert frozenset.union(*each) == possible(partial)


@given(partial_cases(), st.randoms(use_true_random=False))
@repeatable(40)
def test_the_order_of_answers_never_matters(partial: Answers, random: object) -> None:
    """Answers given in another order lead to the same approach and the same possible outcomes."""
    items = list(partial.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    one, other = decided(partial), decided(dict(items))
    assert (one.approach, one.possible, one.assumed) == (other.approach, other.possible, other.assumed)


@given(partial_cases())
@repeatable(50)
def test_unknown_leaves_open_what_absent_leaves_open(partial: Answers) -> None:
    """`unknown` and not asked yet differ in what is asked next, never in what is possible."""
    absent = {name: value for name, value in partial.items() if value is not UNKNOWN}
    unknown = {**dict.fromkeys(shipped_values(), UNKNOWN), **absent}
    assert decided(absent).possible == decided(partial).possible == decided(unknown).possible


@given(partial_cases())
@repeatable(50)
def test_a_provisional_approach_is_one_of_the_possible(partial: Answers) -> None:
    """The approach named while answers are missing is possible; what it rests on was really missing."""
    decision = decided(partial)
    assert decision.approach in decision.possible
    assert all(partial.get(name, UNKNOWN) is UNKNOWN for name in decision.assumed)
    assert decision.decided or decision.assumed


# ------------------------------------------------------------------------------------------------------ random tables


def brute_force(table: Table, answers: Answers) -> set[str | None]:
    """The outcome of every completion of `answers`; None stands for a completion that meets no rule."""
    found = (table.decider(full) for full in completions(answers, table.answers_tested()))
    return {decider[2] if decider else None for decider in found}


# No answer has one option of a set that does not apply beside one that was chosen.
SETS_APPLY_AS_A_WHOLE: Final = Table(
    {
        "gates": [{"id": "gate", "holds": {"q.tags": {"ne": ["y"]}}, "otherwise": "A"}],
        "rules": [
            {"id": "x", "when": {"q.tags": {"has": "x"}}, "then": "A"},
            {"id": "y", "when": {"q.tags": {"has": "y"}}, "then": "B", "requires": ["gate"]},
        ],
        "otherwise": {"id": "end", "then": "A"},
    },
    SMALL,
)


@pytest.mark.slow
@given(small_tables(), small_answers(missing=True))
@example(SETS_APPLY_AS_A_WHOLE, {})
@repeatable(120)
def test_possible_outcomes_equal_brute_force(table: Table, answers: Answers) -> None:
    """On random tables with gates, named conditions and gaps, `outcomes` is what trying every completion gives."""
    expected = brute_force(table, answers) - {None}
    assert Possibilities(built(table)).outcomes(SMALL_SLOTS.state(answers)) == expected


@given(small_tables(default=True), small_answers(missing=True))
@repeatable(60)
def test_a_sole_outcome_is_named_exactly_where_there_is_one(table: Table, answers: Answers) -> None:
    """`sole_outcome` names the outcome of all completions where they agree, and nothing where they differ."""
    expected = brute_force(table, answers)
    sole = Possibilities(built(table)).sole_outcome(SMALL_SLOTS.state(answers))
    assert sole == (next(iter(expected)) if len(expected) == 1 else None)


@given(small_tables(), small_answers(missing=True))
@repeatable(60)
def test_a_table_never_decides_too_early(table: Table, answers: Answers) -> None:
    """The outcome of a partial state is that of every completion: an undecided rule blocks later rules and default."""
    compiled, state = built(table), SMALL_SLOTS.state(answers)
    outcome = compiled.outcome(state)
    assert compiled.trace(state).outcome == outcome
    if outcome is not None:
        assert brute_force(table, answers) == {outcome}


@pytest.mark.slow
@given(small_tables(), small_answers(missing=True))
@example(SETS_APPLY_AS_A_WHOLE, {})
@repeatable(60)
def test_a_witness_makes_its_rule_decide_and_is_found_exactly_where_one_exists(table: Table, answers: Answers) -> None:
    """A witness is a completion in which its rule or gate decides; there is none where brute force has none."""
    compiled, state = built(table), SMALL_SLOTS.state(answers)
    possibilities = Possibilities(compiled)
    deciders = {
        found[:2] for full in completions(answers, table.answers_tested()) if (found := table.decider(full)) is not None
    }
    for position, rule in enumerate(compiled.rules):
        for place, name in enumerate([*(gate.id for gate in rule.requires), rule.id]):
            witness = possibilities.witness(state, position, place)
            assert (witness is not None) == ((rule.id, name) in deciders)
            if witness is not None:
                assert all(now == then for now, then in zip(witness, state, strict=True) if then is not None)
                last = compiled.trace(witness).last
                assert (last.rule.id, last.rule.id if last.value else last.id) == (rule.id, name)


@pytest.mark.parametrize("gaps", [("facts",), ("style",), ()])
def test_an_undecided_rule_blocks_the_default(gaps: tuple[str, ...]) -> None:
    """With the first rule open nothing is decided, although every later rule and the default could be read."""
    answers: Answers = {"need.gaps": gaps}
    assert shipped_book().approach.outcome(shipped_book().slots.state(answers)) is None
