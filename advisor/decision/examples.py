"""Examples of the rule book: short cases with what must come out, written beside the rules as YAML.

- name: fifty examples are enough for a proprietary format
  answers: {need.gaps: [complex_format], data.examples: 50, ...}
  as_of: "2026-11-21"
  approach: fine_tune            # or [fine_tune, few_shot] for what must still be possible
  decides: a_new_skill_language_or_complex_format   # the rule or gate that decided
  technique: lora
  technique_rule: adapter_on_open_weights
  base_model_rule: medium_open_model
  priced: true                   # with the shipped prices, for what is said about money
  says: [overfitting]            # flags, reasons, rejections, companions or contradictions that must be said
  does_not_say: [under_50_examples]
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from advisor.case import Case
from advisor.decision.fields import Fields
from advisor.decision.rulebook import RuleBook
from advisor.errors import RuleBookError
from advisor.question import Answer, iso_date
from advisor.strict_yaml import Document

USUAL_DAY: Final = "2026-11-21"


class Example(NamedTuple):
    """One example; empty fields expect nothing. `approaches` are those that must be possible, no more and no fewer."""

    name: str
    answers: Mapping[str, Answer]
    as_of: date
    approaches: tuple[str, ...]
    decides: str
    technique: str
    technique_rule: str
    base_model_rule: str
    priced: bool
    says: tuple[str, ...]
    does_not_say: tuple[str, ...]
    where: str

    @property
    def case(self) -> Case:
        """The example as a case."""
        return Case(self.name, "", self.as_of, self.answers, self.where)


def read_examples(document: Document, book: RuleBook) -> list[Example]:
    """The examples in `document`, checked against `book`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    found = [_example(fields, book) for fields in top.rows("examples", "an example")]
    top.done()
    return found


def _example(fields: Fields, book: RuleBook) -> Example:
    answers: dict[str, Answer] = {}
    given = Fields(fields.document, (*fields.path, "answers"), "`answers`").values
    fields.raw("answers")
    for name, value in given.items():
        fields.must_be_known(name, book.questions, "answer", "answers", name)
        try:
            answer = book.questions[name].checked(value)
        except ValueError as error:
            raise fields.error(f"{name}: {error}", "answers", name) from None
        if answer is not None:
            answers[name] = answer
    approach = fields.raw("approach")
    approaches = tuple(approach) if isinstance(approach, list) else (approach,) if approach else ()
    for name in approaches:
        fields.must_be_known(str(name), book.approaches, "approach", "approach")
    try:
        day = iso_date(fields.text("as_of", USUAL_DAY))
    except ValueError as error:
        raise fields.error(str(error).partition("\n")[0], "as_of") from None
    example = Example(
        name=fields.text("name"),
        answers={name: answers[name] for name in book.questions if name in answers},
        as_of=day,
        approaches=approaches,
        decides=fields.text("decides", ""),
        technique=fields.text("technique", ""),
        technique_rule=fields.text("technique_rule", ""),
        base_model_rule=fields.text("base_model_rule", ""),
        priced=fields.truth("priced"),
        says=_known_ids(fields, "says", book),
        does_not_say=_known_ids(fields, "does_not_say", book),
        where=fields.where,
    )
    fields.done()
    if not example.approaches and not example.says and not example.technique:
        raise RuleBookError("the example expects nothing", where=fields.where, what_to_do="add `approach: ...`")
    return example


def _known_ids(fields: Fields, name: str, book: RuleBook) -> tuple[str, ...]:
    found = fields.texts(name)
    for value in found:
        fields.must_be_known(value, book.places, "rule, gate or note", name)
    return found
