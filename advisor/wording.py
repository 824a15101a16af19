"""Answers, approaches and conditions in the words of the questions: what a client reads in the place of ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from advisor.decision.conditions import Condition, Named, Not, Some, Test
from advisor.decision.slots import State_
from advisor.derived import DERIVED
from advisor.question import Question, State

_NUMBER: Final = {
    ("lt", True): "less than {}",
    ("lt", False): "{} or more",
    ("lte", True): "{} or less",
    ("lte", False): "more than {}",
    ("gt", True): "more than {}",
    ("gt", False): "{} or less",
    ("gte", True): "{} or more",
    ("gte", False): "less than {}",
}


class Wording(NamedTuple):
    """The questions by name, and the names of the approaches by id."""

    questions: Mapping[str, Question]
    approaches: Mapping[str, str]

    def approach(self, id: str) -> str:
        """The name of an approach; of a word that is none, such as a stage, the word."""
        return self.approaches.get(id, in_words(id))

    def asked(self, name: str) -> str:
        """The question of an answer, in marks."""
        question = self.questions.get(name)
        return f"\N{LEFT DOUBLE QUOTATION MARK}{question.ask}\N{RIGHT DOUBLE QUOTATION MARK}" if question else name

    def value(self, name: str, value: Any) -> str:
        """A plain answer as it is read: labels with a capital letter, numbers with their unit."""
        question = self.questions.get(name)
        if isinstance(value, State) or value in ("unknown", "n/a"):
            return "not known" if str(value) != "n/a" and value is not State.NOT_APPLICABLE else "does not apply"
        if isinstance(value, list | tuple):
            return ", ".join(in_words(str(one), capital=True) for one in value) or "nothing"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str):
            return in_words(value, capital=True) if question is None or question.options else value
        unit = f" {question.unit}" if question and question.unit else ""
        return f"{value:,}{unit}"


def in_words(name: str, *, capital: bool = False) -> str:
    """`fine tune rag` for fine_tune_rag."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:] if capital else words


class _Need(NamedTuple):
    """What one answer would have to be; needs of the same answer and verb are told together."""

    answer: str
    verb: str
    values: tuple[str, ...]


def unmet(condition: Condition, state: State_, wording: Wording) -> str:
    """What would have to be otherwise for a condition that does not hold, as the rest of a sentence."""
    return _told(_unmet(condition, state, wording, wanted=True), wording)


_Tree = _Need | tuple[str, tuple[Any, ...]]


def _unmet(condition: Condition, state: State_, wording: Wording, *, wanted: bool) -> _Tree:
    """The needs as a tree of `and` and `or`; only parts that stand in the way are in it."""
    match condition:
        case Test():
            return _need(condition, wording, wanted=wanted)
        case Named():
            return _unmet(condition.part, state, wording, wanted=wanted)
        case Not():
            return _unmet(condition.part, state, wording, wanted=not wanted)
        case Some():
            against = [part for part in condition.parts if part.evaluate(state) is (not wanted)]
            every = condition.count == len(condition.parts) if wanted else condition.count == 1
            word = "and" if every else "or"
            needs = [_unmet(part, state, wording, wanted=wanted) for part in against or condition.parts]
            parts = _joined([part for need in needs for part in _parts(need, word)], word)
            return parts[0] if len(parts) == 1 else (word, tuple(parts))


def _need(test: Test, wording: Wording, *, wanted: bool) -> _Need:
    name = test.slot.answer
    if test.slot.option is not None:
        has = wanted is (test.op == "has" or test.value is True)
        option = in_words(test.slot.option, capital=True)
        return _Need(name, "would have to include" if has else "would have to be without", (option,))
    if (test.op, wanted) in _NUMBER:
        number = _NUMBER[test.op, wanted].format(wording.value(name, test.value))
        return _Need(name, "would have to be", (number,))
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    if isinstance(test.value, bool):
        right = test.value is (wanted is (test.op == "eq"))
        return _Need(name, "would have to be", ("yes" if right else "no",))
    positive = wanted is (test.op in ("eq", "in"))
    verb = "would have to be" if positive else "would have to be other than"
    return _Need(name, verb, tuple(wording.value(name, value) for value in values))


def _told(tree: _Tree, wording: Wording) -> str:
    if isinstance(tree, _Need):
        known = tree.answer in wording.questions
        asked = f"the answer to {wording.asked(tree.answer)}" if known else _derived(tree.answer)
        return f"{asked} {tree.verb} {_listed(tree.values, 'or' if len(tree.values) > 1 else '')}"
    word, parts = tree
    told = dict.fromkeys(_told(part, wording) for part in parts)
    return f"either {'; or '.join(told)}" if word == "or" else ", and ".join(told)


def _parts(tree: _Tree, word: str) -> tuple[_Tree, ...]:
    """What stands below `word`, or the tree itself where another word joins it."""
    return (tree,) if isinstance(tree, _Need) or tree[0] != word else tree[1]


def _joined(parts: Sequence[_Tree], word: str) -> list[_Tree]:
    """The parts, with the values of one answer together where any of them would do."""
    found: dict[Any, _Tree] = {}
    for place, part in enumerate(parts):
        if isinstance(part, _Need) and word == "or":
            key: Any = (part.answer, part.verb)
            known = found.get(key)
            values = (*(known.values if isinstance(known, _Need) else ()), *part.values)
            found[key] = part._replace(values=tuple(dict.fromkeys(values)))
        else:
            found[place] = part
    return list(found.values())


def _derived(name: str) -> str:
    question = DERIVED.get(name)
    return question.ask if question else in_words(name.rpartition(".")[2])


def _listed(values: Sequence[str], word: str) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} {word} {values[-1]}"
