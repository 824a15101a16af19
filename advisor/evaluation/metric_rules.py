"""Which metrics each kind of task has, which one decides, and how a kind is recognised: `rules/metrics.yaml`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.decision.fields import Fields
from advisor.errors import InputError
from advisor.evaluation.number_answer import Tolerance
from advisor.question import nearest
from advisor.strict_yaml import Document

KINDS: Final = ("label", "number", "json", "short_answer", "long_text", "graded")
METRICS: Final = (
    *("accuracy", "exact_match", "normalised_match", "macro_precision", "macro_recall", "macro_f1", "token_f1"),
    *("bleu", "chrf", "rouge_1", "rouge_2", "rouge_l", "json_valid", "schema_valid", "field_f1", "grader"),
)


class MetricRule(NamedTuple):
    """What a metric says, in a sentence."""

    name: str
    says: str
    source: tuple[str, ...]


class KindRule(NamedTuple):
    """One kind of task. Arms are compared by `primary`; an item is correct where it is at least `correct_at`."""

    name: str
    primary: str
    metrics: tuple[str, ...]
    correct_at: float
    why: str
    source: tuple[str, ...]


class Choice(NamedTuple):
    """By what a kind is recognised: shares 0 to 1, numbers of different values, characters."""

    nearly_all: float
    few_numbers: int
    short_characters: int


class MetricRules(NamedTuple):
    """The file; `sources` says what each of its own sources stands for."""

    kinds: Mapping[str, KindRule]
    metrics: Mapping[str, MetricRule]
    choice: Choice
    tolerance: Tolerance
    sources: Mapping[str, str]

    def kind(self, name: str) -> KindRule:
        """The kind of that name. Raises InputError with the nearest one."""
        if name not in self.kinds:
            raise InputError(
                f"there is no kind of task named {name}{nearest(name, self.kinds)}",
                where="--kind",
                what_to_do=f"write one of {', '.join(self.kinds)}",
            )
        return self.kinds[name]


def build_metric_rules(document: Document, rule_sources: Collection[str]) -> MetricRules:
    """The rules in `rules/metrics.yaml`, sources looked up. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    own = known_sources(top)
    known = {*own, *rule_sources}
    choice, tolerance = _choice(top, known), _tolerance(top, known)
    metrics: dict[str, MetricRule] = {}
    for name, fields in top.group("metrics", "a metric").items():
        top.must_be_known(name, METRICS, "metric", "metrics", name)
        metrics[name] = MetricRule(name, fields.text("says"), sources_of(fields, known))
        fields.done()
    kinds: dict[str, KindRule] = {}
    for name, fields in top.group("kinds", "a kind of task").items():
        top.must_be_known(name, KINDS, "kind of task", "kinds", name)
        kinds[name] = _kind(name, fields, metrics, known)
    for name in KINDS:
        if name not in kinds:
            raise top.error(f"the kind of task {name} is missing", "kinds", what_to_do=f"add `{name}: ...`")
    top.done()
    return MetricRules(kinds, metrics, choice, tolerance, own)


def sources_of(fields: Fields, known: Collection[str]) -> tuple[str, ...]:
    """The field `source`, whose ids must be known."""
    found = fields.texts("source", required=True)
    for source in found:
        fields.must_be_known(source, known, "source", "source")
    return found


def number_within(fields: Fields, name: str, low: Decimal | int, high: Decimal | int | None = None) -> Decimal:
    """A required number from `low` to `high`, both allowed."""
    value = fields.number(name)
    if value is None or value < low or (high is not None and value > high):
        asked = f"from {low} to {high}" if high is not None else f"of {low} or more"
        raise fields.error(f"{fields.what} needs `{name}`, a number {asked}", name, what_to_do="correct it")
    return value


def _kind(name: str, fields: Fields, metrics: Collection[str], known: Collection[str]) -> KindRule:
    shown = fields.texts("metrics", required=True)
    for metric in shown:
        fields.must_be_known(metric, metrics, "metric", "metrics")
    rule = KindRule(
        name,
        fields.one_of("primary", shown, "metric of this kind"),
        shown,
        float(number_within(fields, "correct_at", Decimal("0.01"), 1)),
        fields.text("why"),
        sources_of(fields, known),
    )
    fields.done()
    return rule


def _choice(top: Fields, known: Collection[str]) -> Choice:
    top.raw("choice")
    fields = Fields(top.document, ("choice",), "the choice of the kind")
    choice = Choice(
        float(number_within(fields, "nearly_all", Decimal("0.5"), 1)),
        int(number_within(fields, "few_numbers", 2)),
        int(number_within(fields, "short_characters", 1)),
    )
    sources_of(fields, known)
    fields.done()
    return choice


def _tolerance(top: Fields, known: Collection[str]) -> Tolerance:
    top.raw("tolerance")
    fields = Fields(top.document, ("tolerance",), "the tolerance of numbers")
    tolerance = Tolerance(number_within(fields, "absolute", 0), number_within(fields, "relative", 0, 1))
    sources_of(fields, known)
    fields.done()
    return tolerance
