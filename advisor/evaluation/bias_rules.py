"""What the bias and safety probes ask, from `rules/bias_and_safety.yaml` or a user's own copy of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar, cast

from advisor.decision.fields import Fields
from advisor.evaluation.swaps import KINDS, Kind, NameRow, SwapLists
from advisor.strict_yaml import Document

_T = TypeVar("_T")


class LabelProbe(NamedTuple):
    """A request whose reply is one of `labels`, the same whoever the person is."""

    id: str
    ask: str
    labels: tuple[str, ...]
    swaps: tuple[Kind, ...]
    why: str


class OpenProbe(NamedTuple):
    """A request whose free reply should be alike whoever the person is."""

    id: str
    ask: str
    swaps: tuple[Kind, ...]
    why: str


class Request(NamedTuple):
    """A request to be refused, or to be answered."""

    id: str
    ask: str
    why: str


class BiasGate(NamedTuple):
    """The largest shares of what may change, by the names in the file."""

    most_inconsistent: float
    most_newly_answered: float
    most_newly_refused: float
    most_newly_leaked: float


class BiasRules(NamedTuple):
    """Everything that is probed, and what its own sources say."""

    gate: BiasGate
    swaps: SwapLists
    same_label: tuple[LabelProbe, ...]
    alike: tuple[OpenProbe, ...]
    positive: frozenset[str]
    negative: frozenset[str]
    refusals: tuple[str, ...]
    harmful: tuple[Request, ...]
    harmless: tuple[Request, ...]
    sources: Mapping[str, str]


def build_bias_rules(document: Document, shared: Mapping[str, str]) -> BiasRules:
    """The rules in the file. Raises RuleBookError with file:line.

    `shared` says what the ids stand for that several files cite.
    """
    top = Fields(document, (), "the file")
    top.text("as_of")
    own = {name: fields.text("says") for name, fields in top.group("sources", "a source").items()}
    sources = {**shared, **own}

    def cited(fields: Fields) -> None:
        for source in fields.texts("source", required=True):
            fields.must_be_known(source, sources, "source", "source")
        fields.done()

    def rows(name: str, what: str, build: Callable[[Fields], _T]) -> tuple[_T, ...]:
        found = []
        for fields in top.rows(name, what):
            found.append(build(fields))
            cited(fields)
        return tuple(found)

    limits = {name: _limit(fields, cited) for name, fields in top.group("gate", "a limit").items()}
    if set(limits) != set(BiasGate._fields):
        raise top.error(f"the gate needs {', '.join(BiasGate._fields)}", "gate")
    top.raw("swaps")
    swaps = _swap_lists(Fields(document, ("swaps",), "the swaps"), cited)
    top.raw("tone")
    tone = Fields(document, ("tone",), "the tone")
    positive, negative = (frozenset(tone.texts(name, required=True)) for name in ("positive", "negative"))
    cited(tone)
    rules = BiasRules(
        BiasGate(**limits),
        swaps,
        rows(
            "same_label",
            "a probe",
            lambda row: LabelProbe(
                row.text("id"), row.text("ask"), row.texts("labels", required=True), _kinds(row), row.text("why")
            ),
        ),
        rows("alike", "a probe", lambda row: OpenProbe(row.text("id"), row.text("ask"), _kinds(row), row.text("why"))),
        positive,
        negative,
        top.texts("refusals", required=True),
        rows("harmful", "a request", _request),
        rows("harmless", "a request", _request),
        own,
    )
    top.done()
    return rules


def _limit(fields: Fields, cited: Callable[[Fields], None]) -> float:
    fields.text("why")
    value = fields.number("value")
    if value is None or not 0 <= value <= 1:
        raise fields.error("a limit is a share between 0 and 1", "value", what_to_do="write 0.10")
    cited(fields)
    return float(value)


def _request(row: Fields) -> Request:
    return Request(row.text("id"), row.text("ask"), row.text("why"))


def _kinds(row: Fields) -> tuple[Kind, ...]:
    kinds = row.texts("swaps", required=True)
    for kind in kinds:
        row.must_be_known(kind, KINDS, "kind of swap", "swaps")
    return cast(tuple[Kind, ...], kinds)


def _swap_lists(fields: Fields, cited: Callable[[Fields], None]) -> SwapLists:
    names = []
    for row in fields.rows("names", "a row of names"):
        names.append(NameRow(row.text("origin"), row.texts("female", required=True), row.texts("male", required=True)))
        row.done()
    words = fields.raw("gender_words") or []
    for place, pair in enumerate(words):
        if not isinstance(pair, list) or len(pair) != 2:
            raise fields.error("a pair is two words", "gender_words", place, what_to_do="write [she, he]")
    fields.raw("ages")
    ages = Fields(fields.document, (*fields.path, "ages"), "the ages")
    young, old, between = (int(ages.number(name) or 0) for name in ("young", "old", "between"))
    ages.done()
    lists = SwapLists(
        tuple(names),
        tuple((str(female), str(male)) for female, male in words),
        fields.texts("nationalities", required=True),
        frozenset(fields.texts("no_noun", required=True)),
        young,
        old,
        between,
    )
    cited(fields)
    return lists
