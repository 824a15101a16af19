"""One question as a form: what its fields show, and the answer that comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from advisor.case import Case
from advisor.explanation import shown_value
from advisor.question import Answer, Question, State, as_plain
from advisor.strict_yaml import NO_TEXT
from advisor.typed_number import typed_number

_LONGEST: Final = 4_000
_MOST: Final = Decimal(10) ** 15  # beyond every amount, count and duration of a real case
_STATES: Final = {state.value: state for state in State}
_YES_NO: Final = {"yes": "", "no": ""}


class Given(NamedTuple):
    """What a form brought: the texts of the field `answer`, and the button `state` if one of them was pressed."""

    texts: tuple[str, ...]
    state: str = ""


class Choice(NamedTuple):
    """One radio button or box."""

    value: str
    label: str
    meaning: str
    chosen: bool


class AnswerField(NamedTuple):
    """The field of a question: `kind` is radios, boxes, line or lines."""

    kind: str
    choices: tuple[Choice, ...]
    text: str
    unit: str
    numeric: bool


def given_answer(question: Question, given: Given) -> Answer:
    """The answer in a form. Raises ValueError: what is wrong, and on the next line what to do."""
    if given.state in _STATES:
        return _STATES[given.state]
    texts = [text.strip() for text in given.texts if text.strip()]
    if not texts:
        raise ValueError("there is no answer yet\nchoose or write one, or say that you do not know")
    if any(NO_TEXT.search(text) for text in texts) or sum(map(len, texts)) > _LONGEST:
        raise ValueError(
            f"this is no text that can be kept\nwrite at most {_LONGEST} characters, without control signs"
        )
    answer = question.checked(_read(question, texts))
    if answer is None or answer == ():
        raise ValueError("there is no answer yet\nchoose or write one, or say that you do not know")
    if not is_within_reason(answer):
        raise ValueError(f"{texts[0]} is more than any case has\nwrite a smaller number")
    return answer


def is_within_reason(answer: Answer) -> bool:
    """Whether a number is one that a case may have, so that sums of money stay sums."""
    return not isinstance(answer, (int, Decimal)) or -_MOST <= answer <= _MOST


def answer_field(question: Question, answer: Answer | None, given: Given | None = None) -> AnswerField:
    """The field with the answer of the case in it, or what was `given` where that was refused."""
    texts = given.texts if given is not None else _texts(answer)
    if question.type in ("bool", "choice") or (question.type == "set" and question.options):
        options = _YES_NO if question.type == "bool" else question.options
        choices = tuple(Choice(value, worded(value), meaning, value in texts) for value, meaning in options.items())
        return AnswerField("boxes" if question.type == "set" else "radios", choices, "", "", numeric=False)
    long = question.type in ("text", "set")
    text = ("\n" if question.type == "set" else "").join(texts)
    return AnswerField("lines" if long else "line", (), text, question.unit, question.type in ("integer", "number"))


def shown_answer(question: Question, answer: Answer | None) -> str:
    """An answer as it is read."""
    if answer is None:
        return "Not asked yet"
    if isinstance(answer, State):
        return "I do not know" if answer is State.UNKNOWN else "Does not apply"
    if isinstance(answer, tuple) and question.options:
        return ", ".join(map(worded, answer))
    if question.type == "choice":
        return worded(str(answer))
    unit = f" {question.unit}" if question.unit else ""
    return f"{shown_value(as_plain(answer))}{unit}"


def said_answer(questions: Mapping[str, Question], name: str, value: Any) -> str:
    """A plain answer of a record as it is read; one that the question does not know any more as it stands."""
    question = questions.get(name)
    try:
        return shown_value(value) if question is None else shown_answer(question, question.checked(value))
    except ValueError:
        return shown_value(value)


def worded(name: str) -> str:
    """`question_answering` as `Question answering`."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def with_answer(case: Case, questions: Sequence[str], name: str, answer: Answer) -> Case:
    """`case` with one answer, all in the order of the questions."""
    answers = {**case.answers, name: answer}
    return case._replace(answers={known: answers[known] for known in questions if known in answers})


def _read(question: Question, texts: Sequence[str]) -> object:
    if question.type == "bool":
        return {"yes": True, "no": False}.get(texts[0], texts[0])
    if question.type in ("integer", "number"):
        return typed_number(texts[0])
    if question.type == "set":
        if not question.options:
            return list(dict.fromkeys(part.strip() for part in texts[0].replace(",", "\n").split("\n") if part.strip()))
        if question.exclusive in texts and len(texts) > 1:
            raise ValueError(f"“{worded(str(question.exclusive))}” stands alone\ntake it away, or all the others")
        return list(dict.fromkeys(texts))
    return texts[0].replace("\r\n", "\n")


def _texts(answer: Answer | None) -> tuple[str, ...]:
    if answer is None or isinstance(answer, State):
        return ()
    if isinstance(answer, bool):
        return ("yes" if answer else "no",)
    return answer if isinstance(answer, tuple) else (str(as_plain(answer)),)
