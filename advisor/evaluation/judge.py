"""A model as judge: grades an answer by a rubric against a golden answer, or compares two answers in both orders.

The judge is a callable, so any model can be one. What it judges is fenced as data by a word that no answer can know.
Replies are read strictly, repaired once, and else counted as failed and shown, never dropped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, Literal, NamedTuple, TypeVar

from advisor.dataset.conversation import Message, said
from advisor.errors import InputError
from advisor.evaluation.asking import Ask
from advisor.evaluation.judge_rules import SCORES, JudgeRules, Probe

Better = Literal["first", "second", "tie"]
_T = TypeVar("_T")
_HOLE: Final = re.compile(r"\{(\w+)\}")
_CODE: Final = re.compile(r"```(?:json)?\n(.*)\n```", re.DOTALL)
_BETTER: Final[tuple[Better, ...]] = ("first", "second", "tie")


class Judged(NamedTuple):
    """A question with an arm's answer and the golden one."""

    item: str
    arm: str
    question: str
    golden: str
    answer: str


class Grade(NamedTuple):
    """The scores by criterion; where the judge failed there are none, and `failed` says why."""

    item: str
    arm: str
    scores: Mapping[str, int]
    why: str
    failed: str | None = None
    repaired: bool = False


class Pair(NamedTuple):
    """A question with the answers of two arms; `golden` may be empty."""

    item: str
    question: str
    golden: str
    arms: tuple[str, str]
    answers: tuple[str, str]


class Preference(NamedTuple):
    """The verdicts with the first arm first, and with it second; None for one that failed, which `failed` explains."""

    item: str
    arms: tuple[str, str]
    as_given: Better | None
    swapped: Better | None
    failed: str | None = None

    @property
    def preferred(self) -> str | None:
        """The arm that won in both orders; None for a tie, to which two verdicts that differ amount as well."""
        if self.failed is None and (self.as_given, self.swapped) in (("first", "second"), ("second", "first")):
            return self.arms[0 if self.as_given == "first" else 1]
        return None


class _Reply(NamedTuple):
    value: Mapping[str, Any] | None
    failed: str | None
    repaired: bool


def grade(ask: Ask, rules: JudgeRules, judged: Judged) -> Grade:
    """Grade one answer by the rubric. A host that fails makes it failed, as does a reply that cannot be read."""
    names = [criterion.name for criterion in rules.criteria]
    material = {"question": judged.question, "golden": judged.golden, "answer": judged.answer}
    shape = {"why": "...", **dict.fromkeys(names, 3)}
    more = {"rubric": rules.rubric(), "shape": json.dumps(shape)}
    messages = _messages(rules, "rubric", "rubric_item", material, more)

    def problem(value: Mapping[str, Any]) -> str | None:
        if value.keys() != {"why", *names}:
            return f"the fields must be why, {', '.join(names)}"
        if not isinstance(value["why"], str):
            return "why must be a text"
        wrong = [name for name in names if type(value[name]) is not int or value[name] not in SCORES]
        return f"{wrong[0]} must be a whole number from 1 to 5" if wrong else None

    reply = _asked(ask, rules, messages, problem)
    if reply.value is None:
        return Grade(judged.item, judged.arm, {}, "", reply.failed, reply.repaired)
    scores = {name: int(reply.value[name]) for name in names}
    return Grade(judged.item, judged.arm, scores, str(reply.value["why"]), None, reply.repaired)


def compare(ask: Ask, rules: JudgeRules, pair: Pair) -> Preference:
    """Compare two answers in both orders. Equal answers are a tie without asking."""
    if pair.answers[0].split() == pair.answers[1].split():
        return Preference(pair.item, pair.arms, "tie", "tie")
    given, swapped = (_verdict(ask, rules, pair, order) for order in ((0, 1), (1, 0)))
    failed = [reply.failed for reply in (given, swapped) if reply.failed is not None]
    first, second = (None if reply.value is None else reply.value["better"] for reply in (given, swapped))
    return Preference(pair.item, pair.arms, first, second, "; ".join(dict.fromkeys(failed)) if failed else None)


class Probed(NamedTuple):
    """A wrong answer as graded as it stands, and with an instruction to the judge in it."""

    plain: Grade
    instructed: Grade


def probe(ask: Ask, rules: JudgeRules, one: Probe) -> Probed:
    """Grade a probe twice."""
    plain, instructed = (
        grade(ask, rules, Judged("probe", name, one.question, one.golden, answer))
        for name, answer in (("plain", one.wrong), ("instructed", f"{one.wrong}\n{one.instruction}"))
    )
    return Probed(plain, instructed)


class Judgements(NamedTuple):
    """All that a judge said: grades, comparisons with what was compared, probes."""

    grades: Sequence[Grade]
    pairs: Sequence[Pair]
    preferences: Sequence[Preference]
    probed: Sequence[Probed]


def judge_all(
    ask: Ask,
    rules: JudgeRules,
    judged: Sequence[Judged],
    pairs: Sequence[Pair],
    each: Callable[..., Iterable[Any]] = map,
) -> Judgements:
    """Grade and compare everything, and probe the judge.

    `each` is `map`, or that of a pool of threads where the judge can be asked several things at once. Takes one request
    for each of `judged`, two for each pair and each probe, and as many again at most for repairs.
    """
    return Judgements(
        tuple(each(lambda one: grade(ask, rules, one), judged)),
        pairs,
        tuple(each(lambda one: compare(ask, rules, one), pairs)),
        tuple(each(lambda one: probe(ask, rules, one), rules.probes)),
    )


def _verdict(ask: Ask, rules: JudgeRules, pair: Pair, order: tuple[int, int]) -> _Reply:
    first, second = (pair.answers[place] for place in order)
    material = {"question": pair.question, "golden": pair.golden, "first": first, "second": second}
    more = {"golden_says": rules.prompts["pair_golden"] if pair.golden else "There is no golden answer."}
    messages = _messages(rules, "pair", "pair_item", material, more)

    def problem(value: Mapping[str, Any]) -> str | None:
        if value.keys() != {"why", "better"}:
            return "the fields must be why and better"
        return None if value["better"] in _BETTER else "better must be first, second or tie"

    return _asked(ask, rules, messages, problem)


def _messages(
    rules: JudgeRules, system: str, item: str, material: Mapping[str, str], more: Mapping[str, str]
) -> list[Message]:
    """The prompts filled in; `material` is hostile, and the fence is a word that does not stand in it."""
    fence = blake2b(json.dumps(material, sort_keys=True).encode(), digest_size=8).hexdigest()
    return [
        said("system", _filled(rules.prompts[system], {**more, "fence": fence})),
        said("user", _filled(rules.prompts[item], {**material, "fence": fence})),
    ]


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Filled in one go, so that braces in an answer stay as they are."""
    return _HOLE.sub(lambda hole: values.get(hole[1], hole[0]), template)


def _asked(
    ask: Ask, rules: JudgeRules, messages: list[Message], problem: Callable[[Mapping[str, Any]], str | None]
) -> _Reply:
    """The reply as a checked JSON object; one that cannot be read is asked for once more."""
    wrong = ""
    for attempt in range(2):
        try:
            text = ask(messages)
        except InputError as error:
            return _Reply(None, error.problem, attempt > 0)
        value, wrong = _read(text, problem)
        if value is not None:
            return _Reply(value, None, attempt > 0)
        repair = _filled(rules.prompts["repair"], {"problem": wrong})
        messages = [*messages, said("assistant", text), said("user", repair)]
    return _Reply(None, f"the judge's reply could not be read: {wrong}", repaired=True)


def _read(text: str, problem: Callable[[Mapping[str, Any]], str | None]) -> tuple[Mapping[str, Any] | None, str]:
    text = text.strip()
    code = _CODE.fullmatch(text)
    try:
        value = json.loads(code[1] if code else text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None, "it is not one JSON object"
    if not isinstance(value, dict):
        return None, "it is not one JSON object"
    wrong = problem(value)
    return (None, wrong) if wrong else (value, "")


def _once(pairs: Sequence[tuple[str, _T]]) -> dict[str, _T]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field is given twice")
    return found
