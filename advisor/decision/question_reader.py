"""Reads the questions of `rules/questions.yaml`."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from advisor.decision.fields import Fields
from advisor.question import Provisional, Question
from advisor.strict_yaml import Document

_TYPES: Final = ("text", "path", "bool", "choice", "set", "integer", "number")


def read_questions(document: Document) -> dict[str, Question]:
    """The questions of `rules/questions.yaml` by name, in the order of the file."""
    top = Fields(document, (), "the file")
    found = {name: _read_question(name, fields) for name, fields in top.group("questions", "a question").items()}
    top.raw("groups")
    top.done()
    if not found:
        raise top.error("there are no questions", what_to_do="add `questions:` with the name of each answer")
    groups = Fields(document, ("groups",), "groups").all_texts()
    for question in found.values():
        top.must_be_known(question.group, groups, "group of answers", "questions", question.name)
    return found


def _read_question(name: str, fields: Fields) -> Question:
    kind = fields.one_of("type", _TYPES, "type")
    options = fields.raw("options") or {}
    if not isinstance(options, dict) or not all(isinstance(meaning, str) for meaning in options.values()):
        raise fields.error("`options` maps each option to its meaning", "options")
    if kind == "choice" and not options:
        raise fields.error("a choice needs `options`", "options", what_to_do="map each option to its meaning")
    minimum, maximum = fields.number("min"), fields.number("max")
    unit, exclusive = fields.text("unit", ""), fields.text("exclusive", "")
    ask, help_text = fields.text("ask"), fields.text("help")
    question = Question(name, kind, ask, help_text, options, minimum, maximum, unit, exclusive or None, None)
    if fields.raw("provisional") is None:
        fields.done()
        return question
    inner = Fields(fields.document, (*fields.path, "provisional"), "`provisional`")
    try:
        value = question.checked(inner.raw("value"))
    except ValueError as error:
        raise inner.error(str(error).partition("\n")[0], "value") from None
    if value is None or not isinstance(value, bool | int | Decimal | str | tuple):
        raise inner.error("`provisional` needs a `value`")
    provisional = Provisional(value, inner.text("because"), inner.texts("source"))
    inner.done()
    fields.done()
    return Question(name, kind, ask, help_text, options, minimum, maximum, unit, exclusive or None, provisional)
