"""Recommendations side by side, row by row, with the rows marked in which they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from advisor.case import Case
from advisor.question import Question
from advisor.record import Cost, Record
from advisor.report.money import month_range, usd_range
from advisor.service.pages.answer_form import shown_answer, worded


class Column(NamedTuple):
    """One case, or one version of it, with its recommendation; `address` leads to it."""

    title: str
    case: Case
    record: Record
    address: str = ""


class Row(NamedTuple):
    """One thing that is compared."""

    label: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the columns say different things."""
        return len(set(self.values)) > 1


class Comparison(NamedTuple):
    """The outcomes, and below them the answers that differ."""

    columns: tuple[Column, ...]
    outcomes: tuple[Row, ...]
    answers: tuple[Row, ...]


def comparison(columns: Sequence[Column], questions: Mapping[str, Question]) -> Comparison:
    """The table of `columns`."""
    records = [column.record for column in columns]
    outcomes = [Row(label, tuple(map(said, records))) for label, said in _OUTCOMES.items()]
    answers = [
        Row(question.ask, tuple(shown_answer(question, column.case.answers.get(name)) for column in columns))
        for name, question in questions.items()
    ]
    return Comparison(tuple(columns), tuple(outcomes), tuple(row for row in answers if row.differs))


def chosen_cost(record: Record) -> Cost | None:
    """What the recommended approach costs; None where it is not priced."""
    return next((cost for cost in record.costs if cost.approach == record.recommendation.approach), None)


def _of_cost(said: Callable[[Cost], str]) -> Callable[[Record], str]:
    def of_record(record: Record) -> str:
        cost = chosen_cost(record)
        return said(cost) if cost else "not priced"

    return of_record


def _ends(record: Record) -> str:
    coming = [event for event in record.life_cycle if event.days_left >= 0]
    first = min(coming, key=lambda event: event.days_left, default=None)
    return f"{first.model}: {first.days_left} days" if first else "none that is known"


def _flags(record: Record) -> str:
    return "; ".join(flag.say for flag in record.flags if flag.severity == "red_flag") or "none"


_OUTCOMES: Mapping[str, Callable[[Record], str]] = {
    "Approach": lambda record: worded(record.recommendation.name),
    "State": lambda record: "decided" if record.status == "decided" else "open, provisional",
    "Together with": lambda record: ", ".join(map(worded, record.recommendation.also)) or "nothing",
    "Technique": lambda record: worded(record.recommendation.technique or "none"),
    "Costs once": _of_cost(lambda cost: usd_range(cost.one_time_usd)),
    "Costs a month": _of_cost(lambda cost: usd_range(cost.monthly_usd)),
    "In all in 12 months": _of_cost(lambda cost: usd_range(cost.totals_usd["12_months"])),
    "Pay-back": _of_cost(
        lambda cost: month_range(cost.payback_months) if cost.payback_months else f"none: {cost.payback_note}"
    ),
    "Red flags": _flags,
    "First shutdown": _ends,
    "Why": lambda record: record.reasons[0].why if record.reasons else "",
}
