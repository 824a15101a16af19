"""The result: verdict, reasons, what would change it, costs with charts, flags, checklists, road map, evidence."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from advisor.case import Case, as_mapping
from advisor.record import FlipTo, Record, Tick
from advisor.report.cost_charts import break_even_chart, compared_chart, tornado
from advisor.report.section import Figure
from advisor.service.pages.answer_form import shown_answer
from advisor.service.pages.comparison import chosen_cost
from advisor.service.pages.knowledge import Knowledge
from advisor.service.pages.page import page, see
from advisor.service.pages.stored_cases import StoredCases
from advisor.service.principal import deed, workspace
from advisor.store.ticks import Ticks


class WhatIf(NamedTuple):
    """A flip as a button: what would be answered, as words and as JSON, and the approach that it leads to."""

    answers: tuple[tuple[str, str], ...]
    change: str
    to: str


class Item(NamedTuple):
    """An item of a checklist; `known` from the answers, so that it needs no tick."""

    tick: Tick
    known: bool
    done: bool


class Checklist(NamedTuple):
    """The items of one phase."""

    phase: str
    items: tuple[Item, ...]


def add_result(pages: Blueprint, cases: StoredCases, knowledge: Knowledge, ticks: Ticks) -> None:
    """The routes of the result."""

    @pages.get("/cases/<id>/result")
    def result(id: str) -> Response:
        opened = cases.open(id)
        record = knowledge.record(opened.case)
        done = {tick.item for tick in ticks.of(id, workspace()) if tick.done}
        return page(
            "result",
            case=opened,
            record=record,
            cost=chosen_cost(record),
            name=knowledge.name,
            sources=knowledge.book.sources,
            asked=lambda name: knowledge.book.questions[name].ask,
            what_ifs=[_what_if(flip, knowledge) for flip in record.flips],
            figures=_figures(opened.case, record, knowledge),
            checklists=_checklists(record, done),
        )

    @pages.post("/cases/<id>/ticks")
    def tick(id: str) -> Response:
        opened = cases.open(id)
        known = {item.id for item in knowledge.book.checklist}
        before = {tick.item for tick in ticks.of(id, workspace()) if tick.done}
        done = set(request.form.getlist("done"))
        for item in dict.fromkeys(request.form.getlist("shown")):
            if item in known and (item in done) != (item in before):
                ticks.set(opened.id, item, item in done, deed())
        return see(f"/cases/{opened.id}/result#checklists")

    @pages.get("/cases/<id>/case.yaml")
    def case_file(id: str) -> Response:
        import yaml

        text = yaml.safe_dump(as_mapping(cases.open(id).case), sort_keys=False, allow_unicode=True)
        response = Response(text, mimetype="application/yaml")
        response.headers["Content-Disposition"] = 'attachment; filename="case.yaml"'
        return response


def _what_if(flip: FlipTo, knowledge: Knowledge) -> WhatIf:
    questions = knowledge.book.questions
    answers = []
    for name, value in flip.change.items():
        answer = questions[name].checked(value)
        answers.append((questions[name].ask, shown_answer(questions[name], answer)))
    return WhatIf(tuple(answers), json.dumps(flip.change), knowledge.name(flip.to))


def _figures(case: Case, record: Record, knowledge: Knowledge) -> list[Figure]:
    chosen, cost = record.recommendation.approach, chosen_cost(record)
    found: list[Any] = [
        compared_chart(record.costs, chosen),
        break_even_chart(knowledge.estimates(case), chosen, (*record.possible, "prompt")),
        tornado(cost.sensitivity, cost) if cost else None,
    ]
    return [figure for figure in found if figure]


def _checklists(record: Record, done: set[str]) -> list[Checklist]:
    return [
        Checklist(
            phase,
            tuple(Item(tick, tick.state == "done", tick.state == "done" or tick.id in done) for tick in items),
        )
        for phase, items in record.checklists._asdict().items()
        if items
    ]
