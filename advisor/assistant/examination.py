"""Runs the tests of an assistant: every expectation is a check, and the share of tests that pass has an interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from advisor.assistant.assistant import Assistant
from advisor.assistant.specification import AssistantTest, Expectation, ExpectedCall
from advisor.assistant.turn import Turn
from advisor.dataset.conversation import Message, said
from advisor.errors import InputError
from advisor.evaluation.intervals import Interval, wilson
from advisor.evaluation.word_overlap import exact_match, normalised, normalised_match, token_f1
from advisor.strict_yaml import NO_TEXT
from advisor.tuning.embedding import installed_embedder
from advisor.tuning.graders import GraderTools, grade
from advisor.tuning.text_similarity import rouge_l, rouge_n
from advisor.tuning.trainer import Model

_METRICS: Final[Mapping[str, Callable[[str, str], float]]] = {
    "exact_match": exact_match,
    "normalised_match": normalised_match,
    "token_f1": token_f1,
    "rouge_1": lambda text, wanted: rouge_n(text, wanted, 1),
    "rouge_2": lambda text, wanted: rouge_n(text, wanted, 2),
    "rouge_l": rouge_l,
}


class Examined(NamedTuple):
    """One test: what did not hold, and the scores that were worked out. `left_out` says why it did not run."""

    name: str
    kind: str
    failures: tuple[str, ...]
    scores: Mapping[str, float]
    text: str
    left_out: str = ""

    @property
    def passed(self) -> bool:
        """Whether it ran and everything held."""
        return not self.failures and not self.left_out


class Examination(NamedTuple):
    """All tests of an assistant, and the share that passed of those that ran."""

    assistant: str
    model: str
    tests: tuple[Examined, ...]

    @property
    def share(self) -> Interval:
        """The share that passed, with Wilson's interval."""
        ran = [one for one in self.tests if not one.left_out]
        return wilson(sum(one.passed for one in ran) / len(ran) if ran else 0.0, len(ran))

    @property
    def passed(self) -> bool:
        """Whether something ran and nothing failed."""
        return any(one.passed for one in self.tests) and not any(one.failures for one in self.tests)


def examine(assistant: Assistant, load: Callable[[str], Model], ran: Callable[[Examined], None]) -> Examination:
    """Run every test; `load` finds models that judge, `ran` hears of each test. Raises InputError without tests."""
    tests = assistant.spec.tests
    if not tests:
        raise InputError(
            "the assistant has no tests", what_to_do="add `tests`: answers that were right, and edge cases"
        )
    model = assistant.model
    tools = GraderTools(load, installed_embedder())
    done: list[Examined] = []
    for test in tests:
        if test.needs_model and model is None:
            one = Examined(test.name, test.kind, (), {}, "", "it needs a language model")
        else:
            one = _examined(assistant, test, tools)
        done.append(one)
        ran(one)
    return Examination(assistant.spec.name, model.name if model else "no language model", tuple(done))


def _examined(assistant: Assistant, test: AssistantTest, tools: GraderTools) -> Examined:
    messages: list[Message] = []
    turn = Turn("")
    try:
        for question in [test.ask] if isinstance(test.ask, str) else test.ask:
            messages.append(said("user", question))
            turn = assistant.answer(messages, confirm=lambda _: test.confirm)
            messages.append(said("assistant", turn.text))
        scores = dict(_scores(test.expect, turn, tools, str(messages[-2]["content"])))
    except InputError as error:
        return Examined(test.name, test.kind, (f"it could not be run: {error}",), {}, turn.text)
    failures = (*_failures(test.expect, turn), *_low(scores, test.expect.at_least))
    return Examined(test.name, test.kind, failures, scores, turn.text)


def _scores(expect: Expectation, turn: Turn, tools: GraderTools, question: str) -> Iterator[tuple[str, float]]:
    text = turn.text.partition("\n\nSources:\n")[0].strip()
    if expect.answer is not None:
        yield expect.metric, float(_METRICS[expect.metric](text, expect.answer))
    if expect.grader is not None:
        item = {"question": question, "reference_answer": expect.answer or ""}
        yield expect.grader.name, grade(expect.grader, text, item, tools).reward


def _low(scores: Mapping[str, float], least: float) -> Iterator[str]:
    for name, value in scores.items():
        if value < least - 1e-9:
            yield f"{name} is {value:.2f}, below {least:g}"


def _failures(expect: Expectation, turn: Turn) -> Iterator[str]:
    """Each expectation that does not hold, in a sentence."""
    body = turn.text.partition("\n\nSources:\n")[0]
    plain = " ".join(body.casefold().split())
    for text in expect.contains:
        if " ".join(text.casefold().split()) not in plain and not _words_in(text, body):
            yield f"the answer does not contain {text!r}"
    for text in expect.lacks:
        if " ".join(text.casefold().split()) in plain:
            yield f"the answer contains {text!r}"
    if expect.most_words is not None and len(body.split()) > expect.most_words:
        yield f"the answer has {len(body.split())} words, more than {expect.most_words}"
    for place in expect.cites:
        if not any(cited == place or cited.endswith(f"/{place}") for cited in turn.cited):
            yield f"{place} is not cited; cited: {', '.join(turn.cited) or 'nothing'}"
    if expect.refuses is not None and expect.refuses != turn.refused:
        yield "the question should be refused, and is answered" if expect.refuses else "the question is refused"
    made = [call for call in turn.calls if call.outcome == "done"]
    for wanted in expect.calls:
        if not any(_is(wanted, call.operation, call.arguments) for call in made):
            shown = "; ".join(f"{call.operation} ({call.outcome}: {call.result[:200]})" for call in turn.calls)
            yield f"{wanted.action} with {wanted.with_ or 'any arguments'} is not called; calls: {shown or 'none'}"
    if expect.no_calls and turn.calls:
        yield f"{turn.calls[0].operation} is called ({turn.calls[0].outcome})"


def _words_in(text: str, body: str) -> bool:
    wanted = normalised(text)
    return bool(wanted) and f" {wanted} " in f" {normalised(body)} "


def _is(wanted: ExpectedCall, name: str, arguments: object) -> bool:
    given = arguments if isinstance(arguments, dict) else {}
    return name == wanted.action and all(given.get(key) == value for key, value in wanted.with_.items())


def examination_text(found: Examination) -> str:
    """A line for each test, what failed below it, and the share that passed."""
    lines = []
    for one in found.tests:
        word = "left out" if one.left_out else "passed" if one.passed else "FAILED"
        scores = "".join(f", {name} {value:.2f}" for name, value in one.scores.items())
        lines.append(f"{word:8} {one.name} ({one.kind}{scores})")
        lines += [f"           {line}" for line in (*one.failures, *((one.left_out,) if one.left_out else ()))]
    ran = [one for one in found.tests if not one.left_out]
    share = found.share
    lines.append(
        f"{sum(one.passed for one in ran)} of {len(ran)} passed with {found.model}"
        f" ({share.value:.0%}, 95 % interval {share.low:.0%} to {share.high:.0%})"
    )
    return "\n".join(lines)


def examination_junit(found: Examination) -> str:
    """JUnit XML: a test case for each test."""
    suite = Element("testsuite", name=_clean(f"advisor assistant test {found.assistant}"))
    for one in found.tests:
        case = SubElement(suite, "testcase", classname=f"advisor.assistant.{one.kind}", name=_clean(one.name))
        if one.left_out:
            SubElement(case, "skipped", message=one.left_out)
        if one.failures:
            failure = SubElement(case, "failure", message=_clean(one.failures[0]), type="expectation")
            failure.text = _clean("\n".join((*one.failures, "", one.text)))
    suite.set("tests", str(len(found.tests)))
    suite.set("failures", str(sum(bool(one.failures) for one in found.tests)))
    suite.set("skipped", str(sum(bool(one.left_out) for one in found.tests)))
    suites = Element("testsuites", {name: suite.get(name, "0") for name in ("tests", "failures", "skipped")})
    suites.append(suite)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}'


def _clean(text: str) -> str:
    """XML has no place for control characters."""
    return NO_TEXT.sub("\ufffd", text)
