"""What is watched once an approach is live, and on which days people review it; from `rules/reviews.yaml`."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from advisor.decision.fields import Fields
from advisor.strict_yaml import Document

KINDS: Final = ("technical", "business", "quality")
_SPANS: Final = ("weeks", "months")


class Kpi(NamedTuple):
    """One figure to watch; `act` says from where on something is done. `about` is empty for every approach."""

    id: str
    kind: str
    what: str
    act: str
    about: tuple[str, ...]
    source: tuple[str, ...]


class Review(NamedTuple):
    """A meeting that comes back: `times` times, `every` so many `span` (weeks or months) after it is live."""

    id: str
    name: str
    every: int
    span: str
    times: int
    content: str
    about: tuple[str, ...]
    source: tuple[str, ...]


class ReviewRules(NamedTuple):
    """Everything in the file."""

    kpis: tuple[Kpi, ...]
    reviews: tuple[Review, ...]

    def kpis_for(self, approach: str) -> tuple[Kpi, ...]:
        """Those that are watched under `approach`."""
        return tuple(kpi for kpi in self.kpis if not kpi.about or approach in kpi.about)

    def reviews_for(self, approach: str) -> tuple[Review, ...]:
        """Those that are held under `approach`."""
        return tuple(review for review in self.reviews if not review.about or approach in review.about)


class Meeting(NamedTuple):
    """One day of the calendar."""

    on: date
    name: str
    content: str


def build_review_rules(document: Document, shared: Mapping[str, str]) -> ReviewRules:
    """The rules in the file; `shared` are the known sources. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    lists = top.raw("lists") or {}

    def about(fields: Fields) -> tuple[str, ...]:
        named = fields.text("for", "")
        if named:
            fields.must_be_known(named, lists, "list of approaches", "for")
        return tuple(lists[named]) if named else ()

    def cited(fields: Fields) -> tuple[str, ...]:
        sources = fields.texts("source", required=True)
        for source in sources:
            fields.must_be_known(source, shared, "source", "source")
        fields.done()
        return sources

    kpis = tuple(
        Kpi(
            row.text("id"), row.one_of("kind", KINDS, "kind"), row.text("what"), row.text("act"), about(row), cited(row)
        )
        for row in top.rows("kpis", "a KPI")
    )
    reviews = tuple(
        Review(
            row.text("id"),
            row.text("name"),
            *_every(row),
            _count(row, "times"),
            row.text("content"),
            about(row),
            cited(row),
        )
        for row in top.rows("reviews", "a review")
    )
    top.done()
    return ReviewRules(kpis, reviews)


def calendar(rules: ReviewRules, approach: str, live_on: date) -> tuple[Meeting, ...]:
    """Every review of the first year under `approach`, by day; reviews of one day are one meeting."""
    found: dict[date, list[Review]] = {}
    for review in rules.reviews_for(approach):
        for number in range(1, review.times + 1):
            found.setdefault(_after(live_on, review.every * number, review.span), []).append(review)
    return tuple(
        Meeting(day, "; ".join(item.name for item in held), "; ".join(item.content for item in held))
        for day, held in sorted(found.items())
    )


def _after(day: date, count: int, span: str) -> date:
    """`count` weeks or months after `day`; a month's last day where the month is shorter."""
    if span == "weeks":
        return day + timedelta(weeks=count)
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _every(row: Fields) -> tuple[int, str]:
    row.raw("every")
    every = Fields(row.document, (*row.path, "every"), "`every`")
    span = next((name for name in _SPANS if name in every.values), "")
    if not span or len(every.values) != 1:
        raise every.error("a review comes back after weeks or months", what_to_do="write {months: 1}")
    return _count(every, span), span


def _count(fields: Fields, name: str) -> int:
    value = fields.number(name)
    if value is None or value != int(value) or not 1 <= value <= 60:
        raise fields.error(f"`{name}` is a whole number from 1 to 60", name, what_to_do=f"write `{name}: 4`")
    return int(value)
