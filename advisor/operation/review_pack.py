"""A review as content: every figure with its count, interval, target and the period before; what is missing says so."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from io import StringIO
from typing import Any, Final, NamedTuple

from advisor.operation.kpi_rules import KINDS, Kpi, KpiRules, Pack
from advisor.report.section import Item, Section, Table

_TITLES: Final = {"technical": "Technical", "business": "Business", "quality": "Quality"}
MET: Final = "met"
NOT_MET: Final = "not met"
NOT_SHOWN: Final = "not shown"  # the interval holds the target


class Figure(NamedTuple):
    """A figure of a period; `low` and `high` are its 95 % interval where it has one, `counted` what it rests on.

    `missing` says why there is none.
    """

    value: float | None
    counted: str = ""
    low: float | None = None
    high: float | None = None
    missing: str = ""


class Shown(NamedTuple):
    """A KPI with its figure, the one of the period before, and whether the target is met."""

    kpi: Kpi
    now: Figure
    before: Figure

    @property
    def state(self) -> str:
        """Whether the target is met, by the interval; "" where there is no target or no figure."""
        target, value = self.kpi.target, self.now.value
        if target is None or value is None or not self.kpi.better:
            return ""
        ends = (value if self.now.low is None else self.now.low, value if self.now.high is None else self.now.high)
        reached = [end >= target.value if self.kpi.better == "higher" else end <= target.value for end in ends]
        return MET if all(reached) else NOT_SHOWN if any(reached) else NOT_MET


class Review(NamedTuple):
    """A review; `lists` are what stands beside the figures, each a title and its rows."""

    deployment: str
    stage: str
    pack: Pack
    first_day: date
    last_day: date
    shown: tuple[Shown, ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]


def review_sections(review: Review, rules: KpiRules) -> tuple[Section, ...]:
    """The sections, what needs a decision first."""
    named = Section(
        f"{review.pack.name} of {review.deployment}",
        (
            f"{review.first_day.isoformat()} to {review.last_day.isoformat()}, stage {review.stage}. "
            f"On the table: {review.pack.content}.",
            _summary(review),
        ),
        items=tuple(
            Item(f"{one.kpi.name}: {_valued(one.now, one.kpi)} ({_wanted(one.kpi)})", "!")
            for one in review.shown
            if one.state == NOT_MET
        ),
        lead=True,
    )
    tables = [_table(kind, [one for one in review.shown if one.kpi.kind == kind]) for kind in KINDS]
    lists = [
        Section(title, items=tuple(map(Item, rows)), paragraphs=() if rows else ("None in this period.",))
        for title, rows in review.lists
    ]
    missing = Section(
        "What is missing",
        items=tuple(Item(f"{one.kpi.name}: {one.now.missing}", "?") for one in review.shown if one.now.missing),
    )
    return tuple(
        section for section in (named, *tables, *lists, missing, _definitions(review, rules)) if not section.is_empty
    )


def review_record(review: Review) -> dict[str, Any]:
    """The review as JSON: advisor/review/v1; a figure that is missing is null, with the reason."""
    return {
        "schema": "advisor/review/v1",
        "deployment": review.deployment,
        "stage": review.stage,
        "pack": review.pack.id,
        "first_day": review.first_day.isoformat(),
        "last_day": review.last_day.isoformat(),
        "kpis": [
            {
                "id": one.kpi.id,
                "kind": one.kpi.kind,
                "name": one.kpi.name,
                "unit": one.kpi.unit,
                "value": one.now.value,
                "low": one.now.low,
                "high": one.now.high,
                "counted": one.now.counted,
                "missing": one.now.missing or None,
                "before": one.before.value,
                "target": one.kpi.target.value if one.kpi.target else None,
                "state": one.state or None,
                "source": list(one.kpi.source),
            }
            for one in review.shown
        ],
        "lists": [{"title": title, "rows": list(rows)} for title, rows in review.lists],
    }


def review_csv(review: Review) -> str:
    """The figures as a table of comma-separated values; an empty cell where there is none."""
    out = StringIO()
    records = review_record(review)["kpis"]
    writer = csv.DictWriter(out, ["deployment", "pack", "first_day", "last_day", *records[0]], lineterminator="\n")
    writer.writeheader()
    for record in records:
        period = {"deployment": review.deployment, "pack": review.pack.id}
        days = {"first_day": review.first_day.isoformat(), "last_day": review.last_day.isoformat()}
        writer.writerow({**period, **days, **record, "source": " ".join(record["source"])})
    return out.getvalue()


def amount(value: float, unit: str) -> str:
    """A value in its unit, to be read."""
    if unit == "share":
        return f"{value:.1%}"
    if unit == "usd":
        return f"${value:,.2f}" if value >= 1 else f"${value:.5f}"
    if unit == "ms":
        return f"{value:,.0f} ms"
    if unit == "minutes":
        return f"{value:,.1f} min"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.2f}"


def _summary(review: Review) -> str:
    states = [one.state for one in review.shown]
    missing = sum(one.now.value is None for one in review.shown)
    return (
        f"Of {len(review.shown)} figures {states.count(MET)} meet their target, {states.count(NOT_MET)} do not, "
        f"{states.count(NOT_SHOWN)} are not shown to by so few cases, and {missing} are missing."
    )


def _table(kind: str, shown: Sequence[Shown]) -> Section:
    if not shown:
        return Section(_TITLES[kind])
    rows = tuple(
        (
            one.kpi.name,
            "not known" if one.now.value is None else amount(one.now.value, one.kpi.unit),
            _interval(one.now, one.kpi),
            one.now.counted,
            "" if one.before.value is None else amount(one.before.value, one.kpi.unit),
            _wanted(one.kpi),
            one.state,
        )
        for one in shown
    )
    columns = ("Figure", "Now", "95 % interval", "Counted", "Before", "Target", "State")
    return Section(_TITLES[kind], tables=(Table("", columns, rows, words=True),))


def _definitions(review: Review, rules: KpiRules) -> Section:
    items = []
    for one in review.shown:
        kpi = one.kpi
        why = f" Target: {kpi.target.why} [{', '.join(kpi.target.source)}]." if kpi.target else " No target is set."
        items.append(
            Item(f"{kpi.name}: {kpi.what}.{why}", details=(f"from {kpi.comes_from} [{', '.join(kpi.source)}]",))
        )
    cited = {
        name for one in review.shown for name in (*one.kpi.source, *(one.kpi.target.source if one.kpi.target else ()))
    }
    items += [Item(f"{name}: {says}") for name, says in rules.sources.items() if name in cited]
    return Section("What each figure is", items=tuple(items))


def _valued(figure: Figure, kpi: Kpi) -> str:
    spread = _interval(figure, kpi)
    return f"{amount(figure.value or 0.0, kpi.unit)}{f' ({spread})' if spread else ''}"


def _interval(figure: Figure, kpi: Kpi) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{amount(figure.low, kpi.unit)} to {amount(figure.high, kpi.unit)}"


def _wanted(kpi: Kpi) -> str:
    if kpi.target is None:
        return ""
    return f"{'at least' if kpi.better == 'higher' else 'at most'} {amount(kpi.target.value, kpi.unit)}"


def share_figure(part: int, whole: int, low: float, high: float, of: str) -> Figure:
    """A share with its interval; missing where there is nothing to count."""
    if not whole:
        return Figure(None, missing=f"no {of} in this period")
    return Figure(part / whole, f"{part:,} of {whole:,} {of}", low, high)


def named(figures: Mapping[str, Figure], id: str) -> Figure:
    """The figure of that id, or that nobody measures it."""
    return figures.get(id) or Figure(None, missing="nothing measures it here")
