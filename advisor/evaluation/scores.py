"""An arm's answers scored by every metric of the kind of task. Failed and empty answers are wrong, never left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.errors import InputError
from advisor.evaluation.corpus_overlap import bleu_measure, chrf_measure
from advisor.evaluation.item import Item, Reply
from advisor.evaluation.json_answer import JsonAnswer, SchemaCheck, field_f1, json_answer
from advisor.evaluation.label_scores import Confusion, LabelScores, label_scores
from advisor.evaluation.measure import Measure, Values, mean_measure
from advisor.evaluation.metric_rules import KindRule
from advisor.evaluation.number_answer import Tolerance, quantity, same_quantity
from advisor.evaluation.word_overlap import exact_match, normalised_match, token_f1
from advisor.tuning.text_similarity import rouge_l, rouge_n


class Scoring(NamedTuple):
    """How to score: the kind of task, the tolerance of numbers, and what the task brings along.

    `labels` are those of the training rows; `schema` is a JSON Schema, already checked.
    """

    kind: KindRule
    tolerance: Tolerance
    labels: Sequence[str] = ()
    schema: Any = None


class Scored(NamedTuple):
    """One arm: its measures by name, whether each item is correct, and items that failed or came back empty.

    `correct` has one entry for each item, in the order of the items.
    """

    primary: str
    measures: Mapping[str, Measure]
    correct: NDArray[np.bool_]
    confusion: Confusion | None
    failed_items: int
    empty_items: int


class Shared(NamedTuple):
    """Items that every arm was asked; `left_out` counts those that an arm was not, as where a budget ran out."""

    items: tuple[Item, ...]
    left_out: int


def shared_items(items: Sequence[Item], replies: Iterable[Sequence[Reply]]) -> Shared:
    """The items to which every arm has a reply, failed ones included: only there can arms be compared in pairs."""
    asked = [{reply.item for reply in arm} for arm in replies]
    kept = tuple(item for item in items if all(item.id in arm for arm in asked))
    return Shared(kept, len(items) - len(kept))


def score(
    items: Sequence[Item], replies: Iterable[Reply], scoring: Scoring, graded: Sequence[float] | None = None
) -> Scored:
    """Score one arm. `graded` are the values 0 to 1 of one's own grader, one for each item, where the kind is graded.

    Raises InputError where an item has no golden answer, no reply, or two.
    """
    for item in items:
        if not item.expected.strip():
            raise InputError("the item has no golden answer", where=item.id, what_to_do="add one, or leave it out")
    answers = _in_order(items, replies)
    said = ["" if reply.error is not None else reply.text.strip() for reply in answers]
    wanted = [item.expected.strip() for item in items]
    empty = np.array([not text for text in said], np.bool_)
    work = _Work(said, wanted, empty, scoring, graded)
    measures = {name: measure for name in scoring.kind.metrics if (measure := work.measure(name)) is not None}
    if scoring.kind.primary not in measures:
        raise InputError(
            f"the metric {scoring.kind.primary} cannot be worked out here",
            where="rules/metrics.yaml",
            what_to_do="choose another kind of task" if graded is not None else "give a grader, or another kind",
        )
    failed = sum(reply.error is not None for reply in answers)
    return Scored(
        scoring.kind.primary,
        measures,
        measures[scoring.kind.primary].per_item >= scoring.kind.correct_at - 1e-9,
        work.labels.confusion() if work.labels else None,
        failed,
        int(empty.sum()) - failed,
    )


class _Work:
    """Answers of one arm beside the golden ones, and what several metrics need of them."""

    def __init__(
        self,
        said: Sequence[str],
        wanted: Sequence[str],
        empty: NDArray[np.bool_],
        scoring: Scoring,
        graded: Sequence[float] | None,
    ) -> None:
        self.said, self.wanted, self.empty = said, wanted, empty
        self.scoring = scoring
        self.graded = graded
        self.labels: LabelScores | None = None
        self._macro: dict[str, Measure] = {}
        if scoring.kind.name == "label":
            self.labels = label_scores(said, wanted, scoring.labels)
            self._macro = {measure.metric: measure for measure in self.labels.macro_measures()}
        self.json: list[JsonAnswer] = [json_answer(text) for text in said] if scoring.kind.name == "json" else []

    def measure(self, name: str) -> Measure | None:
        """The measure of that name; None where it has no meaning here, as a schema that was not given."""
        if name in self._macro:
            return self._macro[name]
        if name in ("bleu", "chrf"):
            return (bleu_measure if name == "bleu" else chrf_measure)(self.said, self.wanted)
        values = self._per_item(name)
        if values is None:
            return None
        found = np.array(values, np.float64)
        found[self.empty] = 0.0
        binary = name != "grader" or bool(np.isin(found, (0.0, 1.0)).all())
        return mean_measure(name, found, binary=binary and name not in _SHARES)

    def _per_item(self, name: str) -> Sequence[float] | Values | None:
        pairs = list(zip(self.said, self.wanted, strict=True))
        if name in _OF_TEXTS:
            return [float(_OF_TEXTS[name](said, wanted)) for said, wanted in pairs]
        if name == "accuracy":
            return self._accuracy(pairs)
        if name == "grader":
            return self.graded
        if not self.json:
            return None
        if name == "json_valid":
            return [float(answer.plain) for answer in self.json]
        if name == "field_f1":
            return [_fields(answer, wanted) for answer, wanted in zip(self.json, self.wanted, strict=True)]
        if self.scoring.schema is None:
            return None
        check = SchemaCheck(self.scoring.schema)
        return [float(check.holds(answer)) for answer in self.json]

    def _accuracy(self, pairs: Sequence[tuple[str, str]]) -> Sequence[float] | Values:
        if self.labels:
            return self.labels.right()
        if self.json:
            values = [_fields(answer, wanted) for answer, wanted in zip(self.json, self.wanted, strict=True)]
            return [float(value == 1) for value in values]
        return [float(_same_number(said, wanted, self.scoring.tolerance)) for said, wanted in pairs]


_OF_TEXTS: Mapping[str, Any] = {
    "exact_match": exact_match,
    "normalised_match": normalised_match,
    "token_f1": token_f1,
    "rouge_1": lambda said, wanted: rouge_n(said, wanted, 1),
    "rouge_2": lambda said, wanted: rouge_n(said, wanted, 2),
    "rouge_l": rouge_l,
}
_SHARES = ("token_f1", "rouge_1", "rouge_2", "rouge_l", "field_f1")  # an item may be right in part


def _same_number(said: str, wanted: str, tolerance: Tolerance) -> bool:
    golden = quantity(wanted)
    return normalised_match(said, wanted) if golden is None else same_quantity(said, golden, tolerance)


def _fields(answer: JsonAnswer, wanted: str) -> float:
    """Right fields of one answer; 0 where either is no JSON."""
    golden = json_answer(wanted)
    return field_f1(answer.value, golden.value) if answer.found and golden.found else 0.0


def _in_order(items: Sequence[Item], replies: Iterable[Reply]) -> list[Reply]:
    by_item: dict[str, Reply] = {}
    for reply in replies:
        if reply.item in by_item:
            raise InputError("there are two replies to one item", where=reply.item, what_to_do="keep one of them")
        by_item[reply.item] = reply
    missing = [item.id for item in items if item.id not in by_item]
    if missing:
        raise InputError(
            f"there is no reply to {len(missing)} of {len(items)} items",
            where=missing[0],
            what_to_do="ask the arm for them, or compare the items that every arm was asked",
        )
    return [by_item[item.id] for item in items]
