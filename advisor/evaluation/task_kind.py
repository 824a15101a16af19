"""The kind of a task, by its golden answers: labels, numbers, JSON, short answers or long texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from advisor.dataset.chat_messages import INSTRUCTING
from advisor.dataset.conversation import text_of
from advisor.evaluation.item import Item
from advisor.evaluation.json_answer import json_answer
from advisor.evaluation.metric_rules import Choice
from advisor.evaluation.number_answer import quantity
from advisor.tuning.label_rows import LabelRow, are_labels, prompt_of


class ChosenKind(NamedTuple):
    """The name of a kind of `rules/metrics.yaml`, and why it was taken."""

    name: str
    why: str


def rows_of(items: Iterable[Item]) -> list[LabelRow]:
    """Items as rows whose answers can be looked at together with the training rows."""
    return [
        LabelRow(
            prompt_of(item.messages),
            item.expected,
            "\n".join(text_of(message) for message in item.messages if message["role"] in INSTRUCTING),
        )
        for item in items
    ]


def choose_kind(rows: Sequence[LabelRow], choice: Choice) -> ChosenKind:
    """The kind of the task, by its golden answers: best those of the test and of the training rows together."""
    rows = [row._replace(answer=row.answer.strip()) for row in rows if row.answer.strip()]
    answers = [row.answer for row in rows]
    if not answers:
        return ChosenKind("long_text", "there are no golden answers")

    def nearly_all(holds: Callable[[str], bool]) -> bool:
        return sum(map(holds, answers)) >= choice.nearly_all * len(answers)

    different = len(set(answers))
    if nearly_all(_is_json):
        return ChosenKind("json", "the golden answers are JSON objects or lists")
    labels = are_labels(rows)
    if nearly_all(_is_quantity):
        if labels and different <= choice.few_numbers and all(map(_is_whole, answers)):
            return ChosenKind("label", f"the golden answers are {different} whole numbers that come again")
        return ChosenKind("number", "the golden answers are numbers")
    if labels:
        return ChosenKind("label", f"the golden answers are {different} labels that come again")
    if nearly_all(lambda answer: len(answer) <= choice.short_characters and "\n" not in answer):
        return ChosenKind("short_answer", f"the golden answers are one line of up to {choice.short_characters} letters")
    return ChosenKind("long_text", "the golden answers are longer texts")


def _is_json(answer: str) -> bool:
    return answer[0] in "{[`" and isinstance(json_answer(answer).value, dict | list)


def _is_quantity(answer: str) -> bool:
    found = quantity(answer)
    return found is not None and found.bare


def _is_whole(answer: str) -> bool:
    return answer.removeprefix("-").isdecimal()
