"""The figures of reviews, and which review shows which: `rules/kpis.yaml`, checked."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.decision.fields import Fields
from advisor.errors import InputError
from advisor.evaluation.metric_rules import number_within, sources_of
from advisor.question import nearest
from advisor.strict_yaml import Document

KINDS: Final = ("technical", "business", "quality")
UNITS: Final = ("share", "ms", "usd", "count", "minutes", "score")
ENTERED: Final = "entered"
FROM: Final = ("records", "canary", "reviewers", "thumbs", ENTERED)
LISTS: Final = ("errors", "thumbs_down", "alerts", "models", "corrections", "events", "payback")


class Target(NamedTuple):
    """What a figure should be, and why."""

    value: float
    why: str
    source: tuple[str, ...]


class Kpi(NamedTuple):
    """One figure; `better` is higher, lower or "" where neither is, `target` None where there is none."""

    id: str
    kind: str
    name: str
    what: str
    unit: str
    better: str
    comes_from: str
    packs: tuple[str, ...]
    target: Target | None
    source: tuple[str, ...]


class Pack(NamedTuple):
    """One review: how long its period is, what is listed beside the figures, and what it is for."""

    id: str
    days: int
    months: int
    lists: tuple[str, ...]
    name: str
    content: str

    def first_day(self, until: date) -> date:
        """The first day of the period that ends with `until`."""
        if self.days:
            return until - timedelta(days=self.days - 1)
        after = until + timedelta(days=1)
        number = after.year * 12 + after.month - 1 - self.months
        year, month = divmod(number, 12)
        return date(year, month + 1, min(after.day, calendar.monthrange(year, month + 1)[1]))


class KpiRules(NamedTuple):
    """Figures and packs by their ids, in the order of the file, and what the sources stand for."""

    kpis: Mapping[str, Kpi]
    packs: Mapping[str, Pack]
    sources: Mapping[str, str]

    def entered(self, id: str, value: float) -> Kpi:
        """The figure that people enter under that id. Raises InputError with what may be entered."""
        known = [kpi.id for kpi in self.kpis.values() if kpi.comes_from == ENTERED]
        if id not in known:
            raise InputError(
                f"no figure {id} is entered by people{nearest(id, known)}",
                what_to_do=f"enter one of {', '.join(known)}; the others are measured",
            )
        kpi = self.kpis[id]
        if value < 0 or (kpi.unit == "share" and value > 1):
            asked = "a share from 0 to 1, such as 0.62" if kpi.unit == "share" else "0 or more"
            raise InputError(f"{value:g} is no value of {id}", what_to_do=f"write {asked}")
        return kpi


def build_kpi_rules(document: Document, reviews: Document, rule_sources: Collection[str]) -> KpiRules:
    """The rules in `rules/kpis.yaml`, beside `rules/reviews.yaml`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    own = known_sources(top)
    known = {*own, *rule_sources}
    said = {review["id"]: review for review in reviews.value["reviews"]}
    groups = [kpi["id"] for kpi in reviews.value["kpis"]]
    packs: dict[str, Pack] = {}
    for fields in top.rows("packs", "a pack"):
        id = fields.one_of("id", said, "review of reviews.yaml")
        days, months = (int(fields.number(name) or Decimal(0)) for name in ("days", "months"))
        if (days > 0) == (months > 0):
            raise fields.error("a pack has days or months", what_to_do="write `days: 7` or `months: 1`")
        lists = fields.texts("lists")
        for name in lists:
            fields.must_be_known(name, LISTS, "list", "lists")
        fields.done()
        packs[id] = Pack(id, days, months, lists, said[id]["name"], said[id]["content"])
    kpis: dict[str, Kpi] = {}
    for fields in top.rows("kpis", "a KPI"):
        id = fields.text("id")
        if id in kpis:
            raise fields.error(f"the KPI {id} is given twice", "id", what_to_do="keep one of the two")
        fields.one_of("of", groups, "KPI of reviews.yaml")
        better = fields.text("better", "none")
        fields.must_be_known(better, ("higher", "lower", "none"), "direction", "better")
        shown_in = fields.texts("packs", required=True)
        for name in shown_in:
            fields.must_be_known(name, packs, "pack", "packs")
        kpis[id] = Kpi(
            id,
            fields.one_of("kind", KINDS, "kind"),
            fields.text("name"),
            fields.text("what"),
            fields.one_of("unit", UNITS, "unit"),
            "" if better == "none" else better,
            fields.one_of("from", FROM, "origin"),
            shown_in,
            _target(fields, known),
            sources_of(fields, known),
        )
        fields.done()
    top.done()
    return KpiRules(kpis, packs, own)


def _target(fields: Fields, known: Collection[str]) -> Target | None:
    if fields.raw("target") is None:
        return None
    inner = Fields(fields.document, (*fields.path, "target"), "a target")
    target = Target(float(number_within(inner, "value", 0)), inner.text("why"), sources_of(inner, known))
    inner.done()
    return target
