"""Checks of the rule book as a whole: held against z3 and brute force, and on rule books broken on purpose."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import z3
from hypothesis import given

from advisor.decision import verify
from advisor.decision.examples import read_examples
from advisor.decision.possible import Possibilities
from advisor.decision.rulebook import RuleBook
from advisor.decision.rulebook_reader import FILES
from advisor.derived import DERIVED
from advisor.errors import InputError, RuleBookError
from advisor.files import load_rulebook, read_document
from advisor.money import Market
from advisor.question import Question
from advisor.rule_check import check_rules
from tests.strategies import (
    RULES,
    SMALL,
    SMALL_SLOTS,
    Table,
    approach_table,
    built,
    completions,
    plain_tests,
    repeatable,
    shipped_book,
    shipped_life_cycle,
    shipped_prices,
    small_tables,
)

# ------------------------------------------------------------------------------------------------------ z3 as oracle

MARKET = Market(shipped_prices(), shipped_life_cycle())


class Encoded:
    """A table in z3: a variable for each answer, a truth value for each option of a set, and `n/a` flags."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.variables: dict[str, Any] = {}
        self.domain: list[Any] = []

    def unreachable(self) -> set[tuple[str, str]]:
        """Every pair of a rule and a gate (or itself) that decides no fully answered case."""
        whens = [self._condition(rule["when"]) for rule in self.table.rules]
        holds = {name: self._condition(gate["holds"]) for name, gate in self.table.gates.items()}
        solver, found = z3.Solver(), set()
        solver.add(*self.domain)
        for rule, when in zip(self.table.rules, whens, strict=True):
            solver.push()
            solver.add(when)
            for gate in rule.get("requires", ()):
                if not is_possible(solver, z3.Not(holds[gate])):
                    found.add((rule["id"], gate))
                solver.add(holds[gate])
            if not is_possible(solver):
                found.add((rule["id"], rule["id"]))
            solver.pop()
            solver.add(z3.Not(when))
        return found

    def has_gap(self) -> bool:
        """Whether some fully answered case meets no rule."""
        none = [z3.Not(self._condition(rule["when"])) for rule in self.table.rules]
        solver = z3.Solver()
        solver.add(*self.domain)
        return is_possible(solver, *none)

    def _condition(self, condition: Mapping[str, Any]) -> Any:
        parts: list[Any] = []
        for key, inner in condition.items():
            match key:
                case "all":
                    parts.append(z3.And(*map(self._condition, inner)))
                case "any":
                    parts.append(z3.Or(*map(self._condition, inner)))
                case "not":
                    parts.append(z3.Not(self._condition(inner)))
                case "is":
                    parts.append(self._condition(self.table.named[inner]))
                case "at_least":
                    parts.append(z3.AtLeast(*map(self._condition, inner["of"]), inner["count"]))
                case _:
                    parts += [self._test(key, op, value) for _, op, value in plain_tests({key: inner})]
        return z3.And(*parts)

    def _test(self, name: str, op: str, value: Any) -> Any:
        question = self.table.questions[name]
        if question.type == "set":
            chosen = {option: self._variable(f"{name} has {option}", z3.Bool) for option in question.options}
            if op == "has":
                return chosen[value]
            exactly = z3.And(*(has if option in value else z3.Not(has) for option, has in chosen.items()))
            return exactly if op == "eq" else z3.Not(exactly)
        applies, variable = z3.Not(z3.Bool(f"{name} is n/a")), self._answer(question)
        if op == "in":
            return z3.And(applies, z3.Or(*(variable == self._value(question, item) for item in value)))
        given_value = self._value(question, value)
        comparison = {
            "eq": lambda: variable == given_value,
            "ne": lambda: variable == given_value,
            "lt": lambda: variable < given_value,
            "lte": lambda: variable <= given_value,
            "gt": lambda: variable > given_value,
            "gte": lambda: variable >= given_value,
        }[op]()
        holds = z3.And(applies, comparison)
        return z3.Not(holds) if op == "ne" else holds

    def _answer(self, question: Question) -> Any:
        if question.type == "bool":
            return self._variable(question.name, z3.Bool)
        known = question.name in self.variables
        variable = self._variable(question.name, z3.Real if question.type == "number" else z3.Int)
        if not known and question.type == "choice":
            self.domain += [variable >= 0, variable < len(question.options)]
        elif not known:
            limits = ((question.minimum, variable.__ge__), (question.maximum, variable.__le__))
            self.domain += [inside(z3.RealVal(str(limit))) for limit, inside in limits if limit is not None]
        return variable

    def _variable(self, name: str, kind: Callable[[str], Any]) -> Any:
        return self.variables.setdefault(name, kind(name))

    @staticmethod
    def _value(question: Question, value: Any) -> Any:
        if question.type == "choice":
            return list(question.options).index(value)
        return value if question.type == "bool" else z3.RealVal(str(value))


def is_possible(solver: Any, *formulas: Any) -> bool:
    """Whether some case meets everything in `solver` and `formulas`."""
    found = solver.check(*formulas)
    assert found in (z3.sat, z3.unsat)
    return bool(found == z3.sat)


@cache
def technique_tables() -> dict[str, Table]:
    """The tables of `technique.yaml` in the independent reading."""
    plain = read_document(RULES / "technique.yaml").value
    questions = {**shipped_book().questions, **DERIVED}
    return {
        name: Table({"conditions": plain["conditions"], "rules": plain[name]}, questions)
        for name in ("technique", "base_model")
    }


@pytest.mark.parametrize("name", ["approach", "technique", "base_model"])
def test_z3_finds_every_shipped_rule_and_gate_reachable(name: str) -> None:
    """Each rule and each gate of the shipped tables decides some fully answered case, and `unreachable` agrees."""
    table = approach_table() if name == "approach" else technique_tables()[name]
    assert not Encoded(table).unreachable()
    assert not [
        finding for finding in verify.unreachable(shipped_book()) if finding.id in {r["id"] for r in table.rules}
    ]


def test_z3_finds_no_gap_in_the_shipped_tables() -> None:
    """Every case meets a rule of each shipped table, and `gaps` agrees."""
    for table in (approach_table(), *technique_tables().values()):
        assert not Encoded(table).has_gap()
    assert verify.gaps(shipped_book()) == []


@pytest.mark.slow
@pytest.mark.parametrize("later", [4, 9, 13, 18, 99])
def test_z3_agrees_on_rules_moved_to_the_front(later: int) -> None:
    """With a later rule moved before all others, z3 and `unreachable` name the same rules and gates."""
    plain = read_document(RULES / "approach.yaml").value
    moved = plain["rules"][min(later, len(plain["rules"]) - 1)]
    rules = [moved, *(rule for rule in plain["rules"] if rule is not moved)]
    table = Table({**plain, "rules": rules}, shipped_book().questions)
    order = {rule["id"]: position for position, rule in enumerate(rules)}
    first_hit = type(shipped_book().approach)(
        "approach", tuple(sorted(shipped_book().approach.rules, key=lambda rule: order.get(rule.id, len(order))))
    )
    assert (
        found_in(shipped_book()._replace(approach=first_hit, possibilities=Possibilities(first_hit)))
        == Encoded(table).unreachable()
    )


def found_in(book: RuleBook) -> set[tuple[str, str]]:
    """What `unreachable` finds in the approach table, as pairs of a rule and its gate (or itself)."""
    rules = {rule.id: rule.where for rule in book.approach.rules}
    found: set[tuple[str, str]] = set()
    for finding in verify.unreachable(book):
        if finding.id in rules:
            found.add((finding.id, finding.id))
        else:
            owners = [name for name, where in rules.items() if where == finding.where and name in finding.say]
            found.update((owner, finding.id) for owner in owners)
    return found


# ------------------------------------------------------------------------------------------- brute force as an oracle


def small_book(table: Table) -> RuleBook:
    """A rule book whose only table is `table`."""
    compiled = built(table)
    return shipped_book()._replace(
        questions=SMALL,
        slots=SMALL_SLOTS,
        approach=compiled,
        possibilities=Possibilities(compiled),
        technique=compiled,
        base_model=compiled,
    )


@pytest.mark.slow
@given(small_tables())
@repeatable(80)
def test_unreachable_and_gaps_equal_brute_force(table: Table) -> None:
    """On random tables the rules and gates that decide nothing, and the gap, are those that trying every case gives."""
    book = small_book(table)
    deciders = {table.decider(full) for full in completions({}, table.answers_tested())}
    reached = {found[:2] for found in deciders if found}
    dead = {
        (rule["id"], name)
        for rule in table.rules
        for name in (*rule.get("requires", ()), rule["id"])
        if (rule["id"], name) not in reached
    }
    named = {finding.id for finding in verify.unreachable(book)}
    assert named == {name for _, name in dead}
    assert bool(verify.gaps(book)) == (None in deciders)
    for finding in verify.unreachable(book):
        if finding.kind == "shadowed":
            earlier = next(rule["id"] for rule in table.rules if rule["id"] in finding.say)
            assert takes_all(table, earlier, finding.id)


def takes_all(table: Table, earlier: str, later: str) -> bool:
    """Whether the rule `earlier` holds in every case in which `later` does."""
    rules = {rule["id"]: rule for rule in table.rules}
    pair = Table({**table.plain, "rules": [rules[earlier], rules[later]], "otherwise": None}, SMALL)
    return all(
        found is None or found[0] == earlier
        for found in (pair.decider(full) for full in completions({}, table.answers_tested()))
    )


@pytest.mark.slow
@given(small_tables())
@repeatable(30)
def test_z3_and_brute_force_agree(table: Table) -> None:
    """The oracle itself: on random tables z3 finds what trying every case finds."""
    reached = {found[:2] for full in completions({}, table.answers_tested()) if (found := table.decider(full))}
    every = {(rule["id"], name) for rule in table.rules for name in (*rule.get("requires", ()), rule["id"])}
    assert Encoded(table).unreachable() == every - reached
    assert Encoded(table).has_gap() == any(
        table.decider(full) is None for full in completions({}, table.answers_tested())
    )


# -------------------------------------------------------------------------------------- rule books broken on purpose

SOURCE = "source: [M-D1]"
RULE = """\
- id: {id}
  when: {when}
  then: {then}
  why: For a test.
  source: [M-D1]
"""


class Broken:
    """A copy of the shipped rule files to break; examples are left out unless they are added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "rules"
        shutil.copytree(RULES, self.folder, ignore=shutil.ignore_patterns("examples"))

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace the first `old` in a rule file, which must have it."""
        path = self.folder / f"{file}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file}.yaml no longer holds {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def add_rule(self, before: str, identity: str, when: str, then: str = "prompt") -> None:
        """Add a rule to `approach.yaml` before the line `before`."""
        new = RULE.format(id=identity, when=when, then=then)
        self.replace("approach", f"\n{before}\n", f"\n{new}{before}\n")

    def where(self, file: str, text: str, after: str = "") -> str:
        """`file:line` of the first line that holds `text`, below the first that holds `after`."""
        path = self.folder / f"{file}.yaml"
        lines = path.read_text(encoding="utf-8").splitlines()
        start = next(place for place, line in enumerate(lines) if after in line)
        return f"{path}:{next(place for place in range(start, len(lines)) if text in lines[place]) + 1}"

    def load(self) -> RuleBook:
        """The rule book, as it is now."""
        return load_rulebook(self.folder)

    def refused(self) -> RuleBookError | InputError:
        """The error with which loading stops."""
        with pytest.raises(InputError) as caught:
            self.load()
        return caught.value


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Broken:
    """A copy of the shipped rule files, of which nothing is kept between runs."""
    monkeypatch.setenv("ADVISOR_CACHE", "")
    return Broken(tmp_path)


def first_rule() -> str:
    """The line with which the first shipped rule begins."""
    return f"- id: {shipped_book().approach.rules[0].id}"


def test_the_copy_is_clean_before_it_is_broken(broken: Broken) -> None:
    """What the tests below find is what they put in."""
    book = broken.load()
    assert verify.unreachable(book) == [] and verify.gaps(book) == []


def test_a_shadowed_rule_is_found(broken: Broken) -> None:
    """A rule whose every case an earlier one takes is named with both places."""
    broken.add_rule(first_rule(), "narrow", "{task.kind: code, need.must_cite: true}")
    broken.add_rule("- id: narrow", "wide", "{task.kind: {in: [code, agent]}}", "rag")
    found = [finding for finding in verify.unreachable(broken.load()) if finding.id == "narrow"]
    assert [finding.kind for finding in found] == ["shadowed"]
    assert found[0].where == broken.where("approach", "- id: narrow")
    assert "wide" in found[0].say and broken.where("approach", "- id: wide") in found[0].say


def test_a_rule_that_several_earlier_ones_take_together_is_found(broken: Broken) -> None:
    """No earlier rule alone takes all its cases, but together they do: unreachable, and not blamed on one of them."""
    broken.add_rule(first_rule(), "last", "{task.kind: code, need.must_cite: true}")
    broken.add_rule("- id: last", "some", "{task.kind: code, data.examples: {gte: 100}}", "rag")
    broken.add_rule("- id: last", "others", "{task.kind: code, not: {data.examples: {gte: 100}}}", "rag")
    found = [finding for finding in verify.unreachable(broken.load()) if finding.id == "last"]
    assert [(finding.kind, finding.where) for finding in found] == [
        ("unreachable", broken.where("approach", "- id: last"))
    ]


def test_a_rule_that_contradicts_itself_is_found(broken: Broken) -> None:
    """A rule whose condition no case can meet is named with its place."""
    broken.add_rule(first_rule(), "never", "{data.examples: {gte: 100, lt: 100}}")
    found = [finding for finding in verify.unreachable(broken.load()) if finding.id == "never"]
    assert [(finding.kind, finding.where) for finding in found] == [
        ("unreachable", broken.where("approach", "- id: never"))
    ]


def test_a_whole_number_between_two_whole_numbers_is_found_impossible(broken: Broken) -> None:
    """Between 99 and 100 examples there is no whole number; between 99 and 100 months there is a number."""
    broken.add_rule(first_rule(), "none_between", "{data.examples: {gt: 99, lt: 100}}")
    broken.add_rule(first_rule(), "some_between", "{horizon.months: {gt: 99, lt: 100}}")
    found = {finding.id for finding in verify.unreachable(broken.load())}
    assert "none_between" in found and "some_between" not in found


def test_a_gate_that_cannot_fail_is_found(broken: Broken) -> None:
    """A gate that always holds where a rule requires it is named, with the rule."""
    broken.add_rule(first_rule(), "gated", "{success.metric_defined: true, task.kind: code}")
    broken.replace(
        "approach",
        "  then: prompt\n  why: For a test.",
        "  then: rag\n  requires: [a_success_metric_is_defined]\n  why: For a test.",
    )
    found = [finding for finding in verify.unreachable(broken.load()) if "gated" in finding.say]
    assert [(finding.id, finding.kind) for finding in found] == [("a_success_metric_is_defined", "unreachable")]
    assert found[0].where == broken.where("approach", "- id: gated")


def test_a_gap_is_found(broken: Broken) -> None:
    """Without a default some case meets no rule; the finding names the table and where it ends."""
    path = broken.folder / "approach.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("\notherwise:")[0] + "\n", encoding="utf-8")
    found = verify.gaps(broken.load())
    assert [(finding.kind, finding.id) for finding in found] == [("gap", "approach")]
    assert found[0].where == broken.where("approach", f"- id: {shipped_book().approach.rules[-2].id}")


def test_a_table_without_a_default_but_without_a_gap_is_clean(broken: Broken) -> None:
    """Two last rules that take every case together are as good as a default."""
    path = broken.folder / "approach.yaml"
    text = path.read_text(encoding="utf-8").partition("\notherwise:")[0]
    text += "\n" + RULE.format(id="one", when="{task.generic: true}", then="prompt")
    text += RULE.format(id="two", when="{not: {task.generic: true}}", then="prompt")
    path.write_text(text, encoding="utf-8")
    assert verify.gaps(broken.load()) == []


@pytest.mark.parametrize("table", ["technique", "base_model"])
def test_a_table_without_rules_is_refused_or_found(broken: Broken, table: str) -> None:
    """A table with no rule at all is a mistake that is named, not a crash."""
    document = read_document(broken.folder / "technique.yaml").value
    first = document[table][0]["id"]
    path = broken.folder / "technique.yaml"
    text = path.read_text(encoding="utf-8")
    begin = text.index(f"\n{table}:\n- id: {first}")
    end = text.find("\nbase_model:", begin + 1)
    path.write_text(text[:begin] + f"\n{table}: []\n" + (text[end:] if end > 0 else ""), encoding="utf-8")
    try:
        book = broken.load()
    except RuleBookError as error:
        assert str(path) in error.where
    else:
        assert table in {finding.id for finding in verify.gaps(book)}


WRONG_CONDITIONS = [
    ("{task.genericc: true}", "task.generic"),
    ("{genericc: true}", "genericc"),
    ("{task.kind: clasification}", "classification"),
    ("{need.gaps: {has: fact}}", "facts"),
    ("{tried.prompt: no}", '"no"'),
    ("{tried.prompt: {in: [no, improving]}}", '"no"'),
    ('{data.examples: {gte: "50"}}', "number"),
    ("{data.examples: {gte: -1}}", "below 0"),
    ("{data.examples: {atleast: 1}}", "operator"),
    ("{data.examples: {gte: unknown}}", "unknown"),
    ("{task.description: x}", "text"),
    ("{is: nowhere}", "nowhere"),
    ("{is: [nowhere]}", "condition"),
    ("{at_least: {count: 3, of: [{task.generic: true}]}}", "at_least"),
    ("{task.generic: }", "task.generic"),
    ("{data.examples: {gte: }}", "data.examples"),
]


@pytest.mark.parametrize(("when", "names"), WRONG_CONDITIONS)
def test_a_wrong_condition_stops_with_its_place(broken: Broken, when: str, names: str) -> None:
    """Unknown answers, options, operators and names, bare words and empty values are refused with file:line."""
    broken.add_rule(first_rule(), "mistaken", when)
    error = broken.refused()
    assert error.where == broken.where("approach", "when:", after="- id: mistaken")
    assert names in str(error)


def test_a_condition_over_several_lines_is_named_by_the_line_of_its_mistake(broken: Broken) -> None:
    """The place is that of the wrong part, not of the rule."""
    broken.add_rule(first_rule(), "long", "\n    any:\n    - {task.generic: true}\n    - {task.kynd: code}")
    error = broken.refused()
    assert error.where == broken.where("approach", "task.kynd")
    assert "did you mean task.kind?" in str(error)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("flags", "instead: few_shot", "instead: fewshot"),
        ("approach", "  then: prompt\n", "  then: promt\n"),
        ("approach", "  when: {need.gaps: {eq: [none]}}", "  when:\n    need.gaps:\n      eq: [nothing]"),
        ("questions", "type: bool", "type: boolean"),
    ],
)
def test_the_place_of_a_mistake_is_the_same_on_every_run(
    broken: Broken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str
) -> None:
    """A mistake is named with the same file:line whether the files were read or kept from an earlier run."""
    monkeypatch.setenv("ADVISOR_CACHE", str(tmp_path / "cache"))
    broken.replace(file, old, new)
    first = broken.refused()
    assert str(broken.refused()) == str(first)


Break = tuple[str, str, str, str, str]
BROKEN: dict[str, Break] = {  # file, what is replaced, by what, a text of the line to be named, what the message says
    "duplicate key": (
        "flags",
        "- id: under_50_examples\n",
        "- id: under_50_examples\n  id: again\n",
        "id: again",
        "given twice",
    ),
    "duplicate id": (
        "flags",
        "- id: a_general_task\n",
        "- id: under_50_examples\n",
        "- id: under_50_examples",
        "used twice",
    ),
    "id of another file": (
        "flags",
        "- id: a_general_task\n",
        "- id: nothing_falls_short\n",
        "- id: nothing_falls_short",
        "twice",
    ),
    "no source": ("flags", "  source: [M-D10, M-D12]\n", "", "- id: under_50_examples", "source"),
    "empty source": ("flags", "[M-D10, M-D12]", "[]", "- id: under_50_examples", "source"),
    "unknown source": ("flags", "[M-D10, M-D12]", "[M-D10, M-D99]", "M-D99", "no source named M-D99"),
    "source is text": ("flags", "[M-D10, M-D12]", "M-D10", "source: M-D10", "list"),
    "unknown approach": ("flags", "instead: few_shot", "instead: fewshot", "instead: fewshot", "few_shot"),
    "unknown severity": ("flags", "severity: red_flag", "severity: redflag", "severity: redflag", "red_flag"),
    "misspelt field": ("flags", "  instead: few_shot", "  insted: few_shot", "insted", "instead"),
    "missing text": (
        "flags",
        "  say: Fewer than 50 examples. Training on them would learn them by heart.\n",
        "",
        "- id: under_50_examples",
        "say",
    ),
    "bare yes as text": ("flags", "instead: few_shot", "instead: yes", "instead: yes", "bare word yes"),
    "row is a word": ("flags", "flags:\n", "flags:\n- word\n", "- word", "mapping"),
    "rows are a mapping": ("also", "also:\n", "also: {a: b}\nalso_not:\n", "also: {a: b}", "list"),
    "misspelt block": ("also", "also:\n", "allso:\n", "allso", "also"),
    "bare no as option": ("questions", '      "no": not tried', "      no: not tried", "      no: not tried", '"no"'),
    "unknown type": ("questions", "type: bool", "type: boolean", "type: boolean", "bool"),
    "options are a list": (
        "questions",
        "    options:\n      classification:",
        "    options: [a]\n    optional:\n      classification:",
        "options: [a]",
        "options",
    ),
    "provisional that does not fit": (
        "questions",
        "provisional: {value: other,",
        "provisional: {value: others,",
        "value: others",
        "other",
    ),
    "unknown gate": (
        "approach",
        "requires: [the_prompt_no_longer_gets_better",
        "requires: [the_prompt_no_longer_improves",
        "requires: [the_prompt_no_longer_improves",
        "the_prompt_no_longer_gets_better",
    ),
    "unknown outcome": ("approach", "  then: prompt\n", "  then: promt\n", "then: promt", "prompt"),
    "checklist of an unknown list": ("checklists", "  for: ", "  for: x", "for: x", "list"),
    "weeks as text": ("approaches", "weeks: [", "weeks: [one, ", "weeks: [one", "weeks"),
    "evidence direction": ("evidence", "direction: ", "direction: x", "direction: x", "direction"),
    "tag": ("also", "  add: assistant", "  add: !!str assistant", "!!str", "tag"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_rule_file_stops_with_its_place(broken: Broken, kind: str) -> None:
    """Every kind of mistake is refused with file:line of the mistake and says what is wrong."""
    file, old, new, at, says = BROKEN[kind]
    broken.replace(file, old, new)
    error = broken.refused()
    lines = (broken.folder / f"{file}.yaml").read_text(encoding="utf-8").splitlines()
    places = [f"{broken.folder / file}.yaml:{number}" for number, line in enumerate(lines, 1) if at in line]
    assert error.where in places
    assert says in str(error)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("flags", "- id: a_general_task\n", "- id: under_50_examples\n"),
        ("flags", "when: {task.generic: true}", "when: {data.examples: {atleast: 1}}"),
        ("flags", "when: {task.generic: true}", "when: {task.description: x}"),
        ("flags", "when: {task.generic: true}", "when: {at_least: {count: 3, of: [{task.generic: true}]}}"),
    ],
)
def test_a_mistake_without_a_near_right_name_says_what_to_do(broken: Broken, file: str, old: str, new: str) -> None:
    """Where no right name can be offered, the message says what to do instead."""
    broken.replace(file, old, new)
    assert broken.refused().what_to_do


@pytest.mark.parametrize(
    ("file", "block"),
    [
        ("questions", "groups"),
        ("questions", "questions"),
        ("sources", "sources"),
        ("approaches", "approaches"),
        ("approaches", "base_models"),
        ("approach", "rules"),
        ("approach", "gates"),
        ("checklists", "lists"),
    ],
)
@pytest.mark.parametrize("value", ["", "[]"])
def test_a_missing_or_empty_block_is_refused(broken: Broken, file: str, block: str, value: str) -> None:
    """A block that is empty, or not what it should be, stops with a RuleBookError and no other exception."""
    path = broken.folder / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    begin = text.index(f"\n{block}:\n") + 1
    rest = text[begin:].split("\n")
    after = next((n for n, line in enumerate(rest) if n and line[:1].isalpha()), len(rest))
    path.write_text(text[:begin] + f"{block}: {value}\n" + "\n".join(rest[after:]), encoding="utf-8")
    assert isinstance(broken.refused(), RuleBookError)


@pytest.mark.parametrize("name", FILES)
def test_a_rule_file_that_is_missing_is_named(broken: Broken, name: str) -> None:
    """Each file of the rule book is needed, and named with its path where it is not there."""
    (broken.folder / f"{name}.yaml").unlink()
    error = broken.refused()
    assert error.where == str(broken.folder / f"{name}.yaml")
    assert "no such file" in str(error)


@pytest.mark.parametrize("content", ["# nothing\n", "[]\n"])
@pytest.mark.parametrize("name", ["questions", "approach", "checklists"])
def test_a_rule_file_of_another_form_is_refused(broken: Broken, name: str, content: str) -> None:
    """A rule file that holds nothing, a list or a word stops with its name."""
    (broken.folder / f"{name}.yaml").write_text(content, encoding="utf-8")
    assert str(broken.folder / f"{name}.yaml") in broken.refused().where


def test_a_gate_that_no_rule_requires_is_refused(broken: Broken) -> None:
    """A gate nobody uses is a mistake, named with its place."""
    gate = "- id: spare\n  holds: {task.generic: true}\n  otherwise: prompt\n  why: For a test.\n  source: [M-D1]\n"
    broken.replace("approach", "\ngates:\n", f"\ngates:\n{gate}")
    error = broken.refused()
    assert error.where == broken.where("approach", "- id: spare") and "spare" in str(error)


# ---------------------------------------------------------------------------------------------- examples and thresholds


def checked(broken: Broken, examples: str) -> list[verify.Finding]:
    """The findings of a check of the rule book with `examples`."""
    book = broken.load()
    path = broken.folder / "examples.yaml"
    path.write_text(f"examples:\n{examples}", encoding="utf-8")
    return list(check_rules(book, MARKET, read_examples(read_document(path), book)).findings)


@pytest.mark.slow
def test_a_threshold_tested_on_one_side_only_is_found(broken: Broken) -> None:
    """A number in a rule needs examples on both of its sides; the missing one is named, with the rule and its place."""
    broken.add_rule(first_rule(), "pages", "{knowledge.documents: {gte: 77}}")
    below = "- {name: below, answers: {knowledge.documents: 76}, says: [pages]}\n"
    above = "- {name: above, answers: {knowledge.documents: 77}, says: [pages]}\n"

    def found(examples: str) -> list[tuple[str, str]]:
        return [
            (finding.id, finding.where)
            for finding in checked(broken, examples)
            if finding.kind == "threshold" and "77" in finding.say
        ]

    place = broken.where("approach", "- id: pages")
    assert found(below) == [("pages", place)]
    assert found(above) == [("pages", place)]
    assert found(below + above) == []


@pytest.mark.slow
def test_an_unknown_value_tests_no_threshold(broken: Broken) -> None:
    """An example whose answer is unknown stands on neither side."""
    broken.add_rule(first_rule(), "pages", "{knowledge.documents: {gte: 77}}")
    found = checked(broken, "- {name: unknown, answers: {knowledge.documents: unknown}, says: [pages]}\n")
    assert any(finding.kind == "threshold" and "77" in finding.say for finding in found)


def test_a_gate_that_only_held_counts_as_untested(broken: Broken) -> None:
    """A gate is tested by an example that it turned away, not by one in which it held."""
    broken.add_rule(first_rule(), "gated", "{task.kind: code}")
    broken.replace(
        "approach",
        "  then: prompt\n  why: For a test.",
        "  then: rag\n  requires: [a_success_metric_is_defined]\n  why: For a test.",
    )
    held = "- {name: held, answers: {task.kind: code, success.metric_defined: true}, approach: rag}\n"
    untested = {finding.id for finding in checked(broken, held) if finding.kind == "untested"}
    assert "a_success_metric_is_defined" in untested and "gated" not in untested


def test_an_example_that_comes_out_otherwise_is_found(broken: Broken) -> None:
    """An example with another approach than expected is a finding with its place."""
    path = broken.folder / "examples.yaml"
    found = [
        finding
        for finding in checked(
            broken, "- {name: wrong, answers: {need.gaps: [none], task.generic: true}, approach: rag}\n"
        )
        if finding.kind == "example"
    ]
    assert [(finding.id, finding.where) for finding in found] == [("wrong", f"{path}:2")]
    assert "prompt" in found[0].say and "rag" in found[0].say


@pytest.mark.parametrize(
    ("example", "names"),
    [
        ("{name: a, answers: {task.kynd: code}, approach: rag}", "task.kind"),
        ("{name: a, answers: {task.kind: coding}, approach: rag}", "code"),
        ("{name: a, answers: {tried.prompt: no}, approach: rag}", '"no"'),
        ("{name: a, answers: {data.examples: many}, approach: rag}", "number"),
        ("{name: a, answers: [task.kind], approach: rag}", "answers"),
        ("{name: a, answers: word, approach: rag}", "answers"),
        ("{name: a, answers: {}, approach: raag}", "rag"),
        ("{name: a, answers: {}, approach: rag, as_of: 2026-02-30}", "2026-02-30"),
        ("{name: a, answers: {}, aproach: rag}", "approach"),
        ("{name: a, answers: {}}", "expects nothing"),
        ("{answers: {}, approach: rag}", "name"),
        ("{name: a, answers: {}, says: [a_rule_that_nobody_wrote]}", "a_rule_that_nobody_wrote"),
        ("{name: a, answers: {}, does_not_say: [a_rule_that_nobody_wrote], approach: rag}", "a_rule_that_nobody_wrote"),
        ("word", "mapping"),
    ],
)
def test_a_wrong_example_is_refused_or_found_with_its_place(tmp_path: Path, example: str, names: str) -> None:
    """A mistake in an example is named with file:line; a misspelt `does_not_say` would else test nothing."""
    path = tmp_path / "examples.yaml"
    path.write_text(f"examples:\n- {example}\n", encoding="utf-8")
    book = shipped_book()
    try:
        found = check_rules(book, MARKET, read_examples(read_document(path), book)).findings
    except RuleBookError as error:
        assert error.where == f"{path}:2"
        assert names in str(error)
    else:
        assert any(finding.kind == "example" and names in finding.say for finding in found)
