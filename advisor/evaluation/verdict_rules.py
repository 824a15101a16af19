"""What a verdict asks for and how it says it: `rules/verdict.yaml`, checked."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.decision.fields import Fields
from advisor.evaluation.metric_rules import number_within, sources_of
from advisor.strict_yaml import Document

REQUIREMENTS: Final = ("better", "improvement", "linear", "forgetting", "bias_and_safety", "complete", "money")
CANNOT_FAIL: Final = ("complete",)  # an early end leaves it open
TEXTS: Final = (
    *(
        "out_of_reach",
        "next_if_linear_is_better",
        "worth_it",
        "linear_is_enough",
        "money_not_weighed",
        "next_if_worth_it",
        "no_items",
        "next_if_no_items",
    ),
    *("no_trained_arm", "next_if_no_trained_arm", "no_untrained_arm", "next_if_no_untrained_arm"),
)
PLACES: Final = ("arm", "against", "metric", "value", "low", "high", "p", "n", "least")


class Requirement(NamedTuple):
    """What is said where a requirement fails or is not shown, and what to do then; "" where it cannot fail."""

    name: str
    fails: str
    unknown: str
    next_if_fails: str
    next_if_unknown: str
    source: tuple[str, ...]


class VerdictRules(NamedTuple):
    """`least_improvement` is a share of the untrained arm's score; `sources` are the file's own."""

    least_improvement: float
    alpha: float
    requirements: Mapping[str, Requirement]
    texts: Mapping[str, str]
    sources: Mapping[str, str]


def build_verdict_rules(document: Document, rule_sources: Collection[str]) -> VerdictRules:
    """The rules in `rules/verdict.yaml`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    own = known_sources(top)
    known = {*own, *rule_sources}
    requirements: dict[str, Requirement] = {}
    for name, fields in top.group("requirements", "a requirement").items():
        top.must_be_known(name, REQUIREMENTS, "requirement", "requirements", name)
        can_fail = name not in CANNOT_FAIL
        requirements[name] = Requirement(
            name,
            _template(fields, "fails") if can_fail else "",
            _template(fields, "unknown"),
            _template(fields, "next_if_fails") if can_fail else "",
            _template(fields, "next_if_unknown"),
            sources_of(fields, known),
        )
        fields.done()
    texts: dict[str, str] = {}
    if top.raw("texts") is not None:
        fields = Fields(document, ("texts",), "the texts")
        texts = {name: _template(fields, name) for name in TEXTS}
        fields.done()
    for name in REQUIREMENTS:
        if name not in requirements:
            raise top.error(f"the requirement {name} is missing", "requirements", what_to_do=f"add `{name}: ...`")
    if not texts:
        raise top.error("the file needs `texts`", what_to_do="add `texts: ...`")
    rules = VerdictRules(
        _threshold(top, "least_improvement", known), _threshold(top, "alpha", known), requirements, texts, own
    )
    top.done()
    return rules


def _threshold(top: Fields, name: str, known: Collection[str]) -> float:
    top.raw(name)
    fields = Fields(top.document, (name,), name)
    value = number_within(fields, "value", 0, 1)
    sources_of(fields, known)
    fields.done()
    return float(value)


def _template(fields: Fields, name: str) -> str:
    text = fields.text(name)
    try:
        places = [place for _, place, _, _ in string.Formatter().parse(text) if place is not None]
    except ValueError as error:
        raise fields.error(f"the braces do not match: {error}", name, what_to_do="write {arm} and the like") from None
    for place in places:
        fields.must_be_known(place, PLACES, "place", name)
    return text
