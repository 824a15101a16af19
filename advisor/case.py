"""The case: what is known about one use of a language model.

`Case.answers` holds the answers that were asked; what is not in it was not asked yet. Nothing is filled in silently.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from advisor.errors import InputError
from advisor.question import Answer, Given, Question, State, as_plain, iso_date, nearest, shown
from advisor.strict_yaml import BareWord, Document, type_names

SCHEMA: Final = "advisor/case/v1"
TOP_LEVEL: Final = ("schema", "title", "client", "as_of")


class Measured(NamedTuple):
    """An answer that was measured in a file: what the case claimed of it, what was found, and how."""

    answer: str
    claimed: Given | None
    value: Given
    how: str


class Case(NamedTuple):
    """A checked case. `answers` holds only what was asked; prices and life cycles are taken on the day `as_of`."""

    title: str
    client: str
    as_of: date | None
    answers: Mapping[str, Answer]
    name: str = "case"  # of the file, for messages
    measured: tuple[Measured, ...] = ()  # what was found in the data set; these answers hold what was found

    def given(self, name: str) -> Given | None:
        """The answer `name` where it was given; None in the three other states."""
        value = self.answers.get(name)
        return None if isinstance(value, State) else value

    def with_answers(self, changes: Mapping[str, Answer]) -> "Case":
        """This case with some answers replaced."""
        return self._replace(answers={**self.answers, **changes})


def case_from_document(document: Document, questions: Mapping[str, Question]) -> Case:
    """Check `document` against `questions`. Raises InputError with file:line, the nearest name, and what to do."""
    top = document.value
    if not isinstance(top, dict):
        raise InputError(
            f"the top level is {_kind(top)}, but a case is a mapping of names to answers",
            where=document.where(),
            what_to_do="begin with `schema: advisor/case/v1`; `advisor examples show pizzeria` prints a whole case",
        )
    groups = {question.group for question in questions.values()}
    answers: dict[str, Answer] = {}
    for key, value in top.items():
        if key in TOP_LEVEL:
            continue
        if not isinstance(key, str):
            raise _no_text(document, key)
        if key not in groups:
            raise _unknown_name(document, (key,), key, [*TOP_LEVEL, *sorted(groups)], questions)
        if value is None:
            continue
        if not isinstance(value, dict):
            raise InputError(
                f"`{key}` is a group of answers, but {shown(value)} is written there",
                where=document.where(key),
                what_to_do=f"put the answers below it, for example `{key}: {{{_example(key, questions)}}}`",
            )
        for part, given in value.items():
            if not isinstance(part, str):
                raise _no_text(document, part)
            name = f"{key}.{part}"
            if name not in questions:
                raise _unknown_name(document, (key, part), name, questions, questions)
            try:
                answer = questions[name].checked(given)
            except ValueError as error:
                problem, _, advice = str(error).partition("\n")
                raise InputError(f"{name}: {problem}", where=document.where(key, part), what_to_do=advice) from None
            if answer is not None:
                answers[name] = answer
    return Case(
        title=_top_text(document, top, "title"),
        client=_top_text(document, top, "client"),
        as_of=_as_of(document, top),
        answers=_in_question_order(answers, questions),
        name=document.name,
    )


def as_mapping(case: Case) -> dict[str, Any]:
    """The nested mapping that a case file with the same content holds."""
    top: dict[str, Any] = {"schema": SCHEMA}
    if case.title:
        top["title"] = case.title
    if case.client:
        top["client"] = case.client
    if case.as_of:
        top["as_of"] = case.as_of.isoformat()
    for name, answer in case.answers.items():
        group, _, part = name.partition(".")
        top.setdefault(group, {})[part] = as_plain(answer)
    return top


def _in_question_order(answers: dict[str, Answer], questions: Mapping[str, Question]) -> dict[str, Answer]:
    return {name: answers[name] for name in questions if name in answers}


def _as_of(document: Document, top: Mapping[str, Any]) -> date | None:
    schema = top.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise InputError(
            f"schema is {shown(schema)}, this version reads {SCHEMA}",
            where=document.where("schema"),
            what_to_do=f"write `schema: {SCHEMA}`",
        )
    if top.get("as_of") is None:
        return None
    try:
        return iso_date(top["as_of"])
    except ValueError as error:
        problem, _, advice = str(error).partition("\n")
        raise InputError(f"as_of: {problem}", where=document.where("as_of"), what_to_do=advice) from None


def _top_text(document: Document, top: Mapping[str, Any], name: str) -> str:
    value = top.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(
            f"{name} must be text, not {shown(value)}", where=document.where(name), what_to_do="write it in quotes"
        )
    return value


def _unknown_name(
    document: Document, path: tuple[str, ...], name: str, known: Iterable[str], questions: Mapping[str, Question]
) -> InputError:
    if "." in path[-1] and path[-1] in questions:
        group, _, part = path[-1].partition(".")
        advice = f"write it nested: `{group}:` and below it, indented, `{part}: ...`"
    else:
        advice = "`advisor schema case` lists every name"
    return InputError(
        f"there is no answer named {name}{nearest(name, known)}", where=document.where(*path), what_to_do=advice
    )


def _no_text(document: Document, name: object) -> InputError:
    return InputError(
        f"the name {name!r} is not text", where=document.where(), what_to_do="`advisor schema case` lists every name"
    )


def _kind(value: object) -> str:
    return shown(value) if isinstance(value, BareWord) else type_names.get(type(value), "something else")


def _example(group: str, questions: Mapping[str, Question]) -> str:
    question = next(question for question in questions.values() if question.group == group)
    return f"{question.name.partition('.')[2]}: unknown"
