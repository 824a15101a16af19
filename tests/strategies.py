"""What the tests of the engine share: an independent reading of the rule files, and strategies for cases and tables.

The reading (`truth`, `Table`) works on plain YAML values, three-valued by minimum and maximum, and shares no code with
the engine, so that the two can be held against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from advisor.case import Case
from advisor.cost.life_cycle import LifeCycle
from advisor.cost.price_book import PriceBook
from advisor.decision.condition_reader import ConditionReader
from advisor.decision.decide import Decision, decide
from advisor.decision.fields import Fields
from advisor.decision.first_hit import FirstHit, Gate, Rule
from advisor.decision.rulebook import RuleBook
from advisor.decision.slots import Slots
from advisor.files import load_life_cycle, load_pricebook, load_rulebook, read_document
from advisor.question import NOT_APPLICABLE, UNKNOWN, Answer, Question
from advisor.strict_yaml import Document

RULES: Final = Path(__file__).parent.parent / "rules"
PRICING: Final = Path(__file__).parent.parent / "pricing"

Answers = dict[str, Answer]
Plain = Mapping[str, Any]


def repeatable(examples: int) -> settings:
    """Hypothesis settings under which every run tests the same `examples` examples and none is timed."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )


# ---------------------------------------------------------------------------------------------- the shipped rule book


@cache
def shipped_book() -> RuleBook:
    """The rule book of this checkout."""
    return load_rulebook(RULES)


@cache
def shipped_life_cycle() -> LifeCycle:
    """The life cycles of this checkout."""
    return load_life_cycle(PRICING / "life_cycle.yaml")


@cache
def shipped_prices() -> PriceBook:
    """The prices of this checkout."""
    return load_pricebook(PRICING)


@cache
def approach_table() -> Table:
    """The shipped `approach.yaml` in the independent reading."""
    return Table(read_document(RULES / "approach.yaml").value, shipped_book().questions)


def case_of(answers: Mapping[str, Answer]) -> Case:
    """A case with `answers` and nothing else."""
    return Case("", "", None, answers)


def decided(answers: Mapping[str, Answer]) -> Decision:
    """What the shipped rule book decides for `answers`."""
    return decide(shipped_book(), case_of(answers))


def possible(answers: Mapping[str, Answer]) -> frozenset[str]:
    """Every approach that the shipped rule book still holds possible for `answers`."""
    return frozenset(decided(answers).possible)


def sole(answers: Mapping[str, Answer]) -> str | None:
    """The approach where `answers` decide it, else None."""
    found = decided(answers)
    return found.approach if found.decided else None


def contradictions(answers: Mapping[str, Answer]) -> set[str]:
    """The ids of the shipped contradictions that hold for `answers`, in the independent reading."""
    questions = shipped_book().questions
    rows = read_rows("contradictions")
    return {row["id"] for row in rows if truth(row["when"], answers, questions, approach_table().named) is True}


@cache
def read_rows(name: str) -> tuple[Plain, ...]:
    """The plain rows of one shipped rule file of notes."""
    return tuple(read_document(RULES / f"{name}.yaml").value[name])


# ------------------------------------------------------------------------------------------- the independent reading

_HALF: Final = 0.5  # neither true nor false; and = minimum, or = maximum, not = 1 - x


def truth(
    condition: Plain, answers: Mapping[str, Answer], questions: Mapping[str, Question], named: Mapping[str, Plain]
) -> bool | None:
    """Whether the plain `condition` holds for `answers`; None where a missing answer leaves it open."""
    return {0: False, _HALF: None, 1: True}[_weight(condition, answers, questions, named)]


def _weight(
    condition: Plain, answers: Mapping[str, Answer], questions: Mapping[str, Question], named: Mapping[str, Plain]
) -> float:
    def of(inner: Plain) -> float:
        return _weight(inner, answers, questions, named)

    weights: list[float] = []
    for key, inner in condition.items():
        match key:
            case "all":
                weights.append(min(map(of, inner), default=1))
            case "any":
                weights.append(max(map(of, inner)))
            case "not":
                weights.append(1 - of(inner))
            case "is":
                weights.append(of(named[inner]))
            case "at_least":
                weights.append(sorted(map(of, inner["of"]), reverse=True)[inner["count"] - 1])
            case _:
                operators = inner if isinstance(inner, dict) else {"eq": inner}
                weights += [_tested(answers.get(key), op, value) for op, value in operators.items()]
    return min(weights)


def _tested(answer: Answer | None, op: str, value: Any) -> float:
    if answer is None or answer is UNKNOWN:
        return _HALF
    if answer is NOT_APPLICABLE:  # equal to nothing, and neither above nor below anything
        return op == "ne"
    given: Any = set(answer) if isinstance(answer, tuple) else answer
    value = set(value) if isinstance(answer, tuple) and op != "has" else value
    match op:
        case "eq":
            return bool(given == value)
        case "ne":
            return bool(given != value)
        case "in":
            return any(given == item for item in value)
        case "has":
            return value in given
        case "lt":
            return bool(given < value)
        case "lte":
            return not given > value
        case "gt":
            return bool(given > value)
        case "gte":
            return not given < value
    raise AssertionError(op)


@dataclass(frozen=True)
class Table:
    """A first-hit table as plain YAML values, in the form of `approach.yaml`."""

    plain: Plain
    questions: Mapping[str, Question]

    @property
    def named(self) -> Mapping[str, Plain]:
        """The conditions that the table defines by name."""
        found: Mapping[str, Plain] = self.plain.get("conditions") or {}
        return found

    @property
    def gates(self) -> dict[str, Plain]:
        """The gates by id."""
        return {gate["id"]: gate for gate in self.plain.get("gates", ())}

    @property
    def rules(self) -> list[Plain]:
        """Every rule, the default last with a condition that always holds."""
        end = self.plain.get("otherwise")
        return [*self.plain["rules"], *([{**end, "when": {"all": []}}] if end else [])]

    def decider(self, answers: Mapping[str, Answer]) -> tuple[str, str, str] | None:
        """The rule that holds first, the rule or gate that decides in it, and the outcome; None where nothing does.

        Every answer that matters must be there.
        """
        for rule in self.rules:
            if not self._settled(rule["when"], answers):
                continue
            for gate in map(self.gates.__getitem__, rule.get("requires", ())):
                if not self._settled(gate["holds"], answers):
                    return rule["id"], gate["id"], gate["otherwise"]
            return rule["id"], rule["id"], rule["then"]
        return None

    def _settled(self, condition: Plain, answers: Mapping[str, Answer]) -> bool:
        value = truth(condition, answers, self.questions, self.named)
        assert value is not None, "an answer that matters is missing"
        return value

    def answers_tested(self) -> set[str]:
        """The names of all answers that a rule or gate of the table tests."""
        conditions = [*self.named.values(), *(gate["holds"] for gate in self.gates.values())]
        conditions += [rule["when"] for rule in self.rules]
        return {name for condition in conditions for name, _, _ in plain_tests(condition)}


def plain_tests(condition: Plain) -> Iterator[tuple[str, str, Any]]:
    """Every test in a plain condition: answer, operator, value."""
    for key, inner in condition.items():
        match key:
            case "all" | "any":
                for part in inner:
                    yield from plain_tests(part)
            case "not":
                yield from plain_tests(inner)
            case "at_least":
                for part in inner["of"]:
                    yield from plain_tests(part)
            case "is":
                continue
            case _:
                for op, value in (inner if isinstance(inner, dict) else {"eq": inner}).items():
                    yield key, op, value


# ------------------------------------------------------------------------------------------ cases of the shipped book


@cache
def shipped_values() -> dict[str, tuple[Answer, ...]]:
    """For each answer that the shipped approach table tests: values on both sides of every test in any rule file."""
    book = shipped_book()
    cuts: dict[str, set[int | Decimal]] = {}
    for condition in _shipped_conditions():
        for name, _, value in plain_tests(condition):
            if isinstance(value, int | Decimal) and not isinstance(value, bool):
                cuts.setdefault(name, set()).add(value)
    tested = approach_table().answers_tested()
    return {name: _values(book.questions[name], cuts.get(name, set())) for name in book.questions if name in tested}


def _shipped_conditions() -> Iterator[Plain]:
    table = approach_table()
    yield from table.named.values()
    yield from (gate["holds"] for gate in table.gates.values())
    yield from (rule["when"] for rule in table.rules)
    yield from (row["when"] for row in read_rows("contradictions"))


def _values(question: Question, cuts: set[int | Decimal]) -> tuple[Answer, ...]:
    if question.type == "bool":
        return (True, False)
    if question.type == "choice":
        return tuple(question.options)
    if question.type == "set":
        options = list(question.options)
        return ((), *((option,) for option in options))
    step = 1 if question.type == "integer" else Decimal("0.125")
    around = {number for cut in cuts for number in (cut - step, cut, cut + step)} | {0, 1, 10_000_000_000}
    low, high = question.minimum, question.maximum
    return tuple(sorted(value for value in around if (low is None or value >= low) and (high is None or value <= high)))


@cache
def shipped_answer(name: str) -> st.SearchStrategy[Answer]:
    """A given answer to one question of the shipped book, `n/a` now and then."""
    question = shipped_book().questions[name]
    values: st.SearchStrategy[Answer] = st.sampled_from(shipped_values()[name])
    if question.type == "set":
        options = list(question.options)
        chosen = st.one_of(
            *(st.lists(st.sampled_from(options), min_size=n, max_size=n, unique=True) for n in (1, 2, 3, 0))
        )
        values = chosen.map(lambda chosen: tuple(option for option in options if option in chosen))
    return st.integers(0, 19).flatmap(lambda turn: st.just(NOT_APPLICABLE) if turn == 19 else values)


# Values that pass the gates, so that random cases get deep into the table often enough.
FAVOURABLE: Final[Mapping[str, Answer]] = {
    "task.generic": False,
    "tried.prompt": "exhausted",
    "tried.few_shot": "exhausted",
    "tried.rag": "exhausted",
    "horizon.months": 24,
    "success.metric_defined": True,
    "team.skills": "machine_learning",
    "data.examples": 150,
    "knowledge.update_frequency": "yearly",
}


@st.composite
def full_cases(draw: st.DrawFn) -> Answers:
    """Cases in which every answer that the shipped approach table tests is there."""
    full = draw(_any_full_case())
    if draw(st.integers(0, 4)):
        spared = draw(st.sets(st.sampled_from(sorted(FAVOURABLE)), max_size=3))
        full.update((name, value) for name, value in FAVOURABLE.items() if name not in spared)
    return full


@cache
def _any_full_case() -> st.SearchStrategy[Answers]:
    return st.fixed_dictionaries({name: shipped_answer(name) for name in shipped_values()})


@st.composite
def partial_cases(draw: st.DrawFn) -> Answers:
    """Cases with some answers given, some `unknown` and some absent."""
    full = draw(full_cases())
    given = draw(st.sampled_from([4, 1, 9]))
    states = draw(
        st.lists(st.sampled_from([*["given"] * given, "unknown", "absent"]), min_size=len(full), max_size=len(full))
    )
    return {
        name: UNKNOWN if state == "unknown" else value
        for (name, value), state in zip(full.items(), states, strict=True)
        if state != "absent"
    }


# ---------------------------------------------------------------------------------------------- small random tables


def question(
    name: str, kind: str, options: Sequence[str] = (), low: int | None = None, high: int | None = None
) -> Question:
    """A question for a test."""
    return Question(
        name=name,
        type=kind,
        ask=f"{name}?",
        help="",
        options=dict.fromkeys(options, "an option"),
        minimum=None if low is None else Decimal(low),
        maximum=None if high is None else Decimal(high),
        unit="",
        exclusive=None,
        provisional=None,
    )


SMALL: Final[Mapping[str, Question]] = {
    found.name: found
    for found in (
        question("q.flag", "bool"),
        question("q.kind", "choice", ("a", "b", "c")),
        question("q.count", "integer", low=0, high=3),
        question("q.share", "number", low=0, high=1),
        question("q.tags", "set", ("x", "y")),
    )
}
# Every value of the small questions, or for `q.share`, whose tests are all at 0, 0.5 and 1, one between each two.
SMALL_VALUES: Final[Mapping[str, tuple[Answer, ...]]] = {
    "q.flag": (True, False, NOT_APPLICABLE),
    "q.kind": ("a", "b", "c", NOT_APPLICABLE),
    "q.count": (0, 1, 2, 3, NOT_APPLICABLE),
    "q.share": (0, Decimal("0.3"), Decimal("0.5"), Decimal("0.7"), 1, NOT_APPLICABLE),
    "q.tags": ((), ("x",), ("y",), ("x", "y"), NOT_APPLICABLE),
}
SMALL_SLOTS: Final = Slots(SMALL, {})


def small_answers(*, missing: bool) -> st.SearchStrategy[Answers]:
    """Answers to the small questions; with `missing` some are `unknown` or absent."""
    states = {name: st.sampled_from(values) for name, values in SMALL_VALUES.items()}
    if not missing:
        return st.fixed_dictionaries(states)
    return st.fixed_dictionaries(
        {}, optional={name: st.one_of(st.just(UNKNOWN), values) for name, values in states.items()}
    )


def completions(answers: Mapping[str, Answer], names: set[str]) -> Iterator[Answers]:
    """Every way to answer those of the small questions `names` that are missing in `answers`."""
    missing = [name for name in SMALL if name in names and answers.get(name, UNKNOWN) is UNKNOWN]
    for values in product(*(SMALL_VALUES[name] for name in missing)):
        yield {**answers, **dict(zip(missing, values, strict=True))}


def _small_tests(asked: frozenset[str]) -> st.SearchStrategy[dict[str, Any]]:
    order = st.sampled_from(["lt", "lte", "gt", "gte", "eq", "ne"])
    share = st.sampled_from([0, Decimal("0.5"), 1])
    kinds = st.sampled_from(["a", "b", "c"])
    # The empty set is left out here: see test_conditions for what it means beside `n/a`.
    tags = st.sampled_from([["x"], ["y"], ["x", "y"]])
    every: dict[str, list[st.SearchStrategy[Any]]] = {
        "q.flag": [st.booleans(), st.booleans().map(lambda value: {"ne": value})],
        "q.kind": [
            kinds,
            kinds.map(lambda value: {"ne": value}),
            st.lists(kinds, min_size=1, max_size=2, unique=True).map(lambda value: {"in": value}),
        ],
        "q.count": [st.dictionaries(order, st.integers(0, 3), min_size=1, max_size=2)],
        "q.share": [st.tuples(order, share).map(lambda pair: {pair[0]: pair[1]})],
        "q.tags": [
            st.sampled_from(["x", "y"]).map(lambda value: {"has": value}),
            st.tuples(st.sampled_from(["eq", "ne"]), tags).map(lambda pair: {pair[0]: pair[1]}),
        ],
    }
    return st.one_of(*(st.fixed_dictionaries({name: test}) for name in sorted(asked) for test in every[name]))


@st.composite
def _at_least(draw: st.DrawFn, inner: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    parts = draw(st.lists(inner, min_size=1, max_size=3))
    return {"at_least": {"count": draw(st.integers(1, len(parts))), "of": parts}}


@cache
def small_conditions(
    asked: frozenset[str] = frozenset(SMALL), names: tuple[str, ...] = ()
) -> st.SearchStrategy[dict[str, Any]]:
    """Plain conditions over the small questions `asked`, with `is:` for each of `names`."""
    leaves = _small_tests(asked)
    if names:
        leaves = st.one_of(leaves, st.sampled_from(names).map(lambda name: {"is": name}))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
            inner.map(lambda part: {"not": part}),
            _at_least(inner),
            st.tuples(inner, inner).map(lambda pair: {**pair[0], **pair[1]}),
        ),
        max_leaves=5,
    )


@st.composite
def small_tables(draw: st.DrawFn, *, default: bool | None = None) -> Table:
    """Random tables over one to three small questions; with or without a rule that always holds at the end."""
    outcomes = st.sampled_from(["A", "B", "C", "D"])
    asked = frozenset(draw(st.sets(st.sampled_from(sorted(SMALL)), min_size=1, max_size=3)))
    conditions = small_conditions(asked, ("first",))
    plain: dict[str, Any] = {"conditions": {"first": draw(small_conditions(asked))}}
    holds = draw(st.lists(conditions, max_size=2))
    plain["gates"] = [
        {"id": f"gate {place}", "holds": condition, "otherwise": draw(outcomes)}
        for place, condition in enumerate(holds)
    ]
    gates = [gate["id"] for gate in plain["gates"]]
    requires = st.lists(st.sampled_from(gates), unique=True) if gates else st.just([])
    plain["rules"] = [
        {"id": f"rule {place}", "when": condition, "then": draw(outcomes), "requires": draw(requires)}
        for place, condition in enumerate(draw(st.lists(conditions, min_size=1, max_size=4)))
    ]
    if draw(st.booleans()) if default is None else default:
        plain["otherwise"] = {"id": "end", "then": draw(outcomes)}
    return Table(plain, SMALL)


def built(table: Table) -> FirstHit:
    """`table` read and compiled by the engine."""
    fields = Fields(Document("table", dict(table.plain), {}), (), "the file")
    reader = ConditionReader(SMALL_SLOTS)
    reader.define(fields)
    gates = {
        row.text("id"): Gate(row.text("id"), reader.read(row, "holds"), row.text("otherwise"), "why", (), row.where)
        for row in fields.rows("gates", "a gate")
    }
    rules = [
        Rule(
            row.text("id"),
            reader.read(row, "when"),
            row.text("then"),
            tuple(gates[gate] for gate in row.texts("requires")),
            "why",
            (),
            row.where,
        )
        for row in fields.rows("rules", "a rule")
    ]
    if table.plain.get("otherwise"):
        end = Fields(Document("table", {**table.plain["otherwise"], "when": {"all": []}}, {}), (), "the default")
        rules.append(Rule("end", reader.read(end, "when"), end.text("then"), (), "why", (), end.where))
    return FirstHit("approach", tuple(rules))
