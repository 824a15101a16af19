"""The result: verdict, reasons, what would change it, costs with charts, flags, checklists, road map, evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from flask import Blueprint, Response, request
from pydantic import ValidationError

from advisor.case import as_mapping
from advisor.errors import RequestError
from advisor.money import as_record
from advisor.record import Checklists, Cost, FlipTo, Record, Tick
from advisor.report.cost_charts import break_even_chart, compared_chart, tornado
from advisor.report.section import Figure
from advisor.scopes import at_least
from advisor.service.given import kept_result
from advisor.service.knowledge import Knowledge
from advisor.service.pages.answer_form import said_answer, shown_answer
from advisor.service.pages.comparison import chosen_cost
from advisor.service.pages.page import page, see
from advisor.service.pages.stored_cases import StoredCases
from advisor.service.principal import current, deed, workspace
from advisor.store.database import Store
from advisor.store.recommendations import Given

_PHASES: Final = Checklists._fields
_MOST_RESULTS: Final = 100


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


def add_result(pages: Blueprint, cases: StoredCases, knowledge: Knowledge, store: Store) -> None:
    """The routes of the result. What is shown is kept, so that it can be seen later as it was."""
    ticks, kept = store.ticks, store.recommendations

    @pages.get("/cases/<id>/result")
    def result(id: str) -> Response:
        opened = cases.open(id)
        record = knowledge.record(opened.case)
        # Who may only read leaves no trace.
        writes = at_least(current().role, "consultant")
        estimates = knowledge.estimates(opened.case)
        costs = tuple(map(as_record, estimates))
        chosen = record.recommendation.approach
        break_even = break_even_chart(estimates, chosen, (*record.possible, "prompt"))
        return page(
            "result",
            case=opened,
            given=kept_result(kept, id, opened.case, knowledge, deed()) if writes else None,
            is_kept=False,
            what_ifs=[_what_if(flip, knowledge) for flip in record.flips],
            costs=costs,
            figures=_figures(record, costs, break_even),
            checklists=_checklists(record, _done(id)),
            **_shown(record),
        )

    @pages.get("/cases/<id>/results")
    def results(id: str) -> Response:
        opened = cases.open(id)
        found = kept.page(workspace(), limit=_MOST_RESULTS, case_id=id)
        return page("results", case=opened, results=found.items, more=found.has_more, name=_name)

    @pages.get("/results/<id>")
    def as_it_was(id: str) -> Response:
        given = kept.find(id, workspace())
        if given is None:
            raise RequestError("there is no such result here", status=404, code="not_found")
        record, case_id = _read(given), given.case_id
        return page(
            "result",
            case=cases.open(case_id) if case_id and cases.has(case_id) else None,
            given=given,
            is_kept=True,
            what_ifs=[],
            costs=record.costs,
            figures=_figures(record, record.costs, None),
            checklists=_checklists(record, set()),
            **_shown(record),
        )

    def _shown(record: Record) -> dict[str, Any]:
        questions = knowledge.rulebook.questions
        return {
            "record": record,
            "cost": chosen_cost(record),
            "name": _name,
            "sources": {cited.id for cited in record.sources},
            "asked": lambda name: questions[name].ask if name in questions else name,
            "said": lambda name, value: said_answer(questions, name, value),
        }

    def _name(approach: str) -> str:
        """The name of an approach; a result of long ago may have one that the rules do not know any more."""
        return knowledge.name(approach) if approach in knowledge.rulebook.approaches else approach.replace("_", " ")

    def _done(id: str) -> set[str]:
        return {tick.item for tick in ticks.of(id, workspace()) if tick.done}

    def _read(given: Given) -> Record:
        from advisor.python_api import Recommendation

        try:
            return Recommendation.model_validate_json(kept.texts(given).record)
        except ValidationError:
            raise RequestError(
                f"another version of advisor made this result; /api/v1/recommendations/{given.id} has it as it was",
                status=409,
                code="other_version",
            ) from None

    @pages.post("/cases/<id>/ticks")
    def tick(id: str) -> Response:
        opened = cases.open(id)
        known = {item.id for item in knowledge.rulebook.checklist}
        before = _done(id)
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
    questions = knowledge.rulebook.questions
    answers = []
    for name, value in flip.change.items():
        answer = questions[name].checked(value)
        answers.append((questions[name].ask, shown_answer(questions[name], answer)))
    return WhatIf(tuple(answers), json.dumps(flip.change), knowledge.name(flip.to))


def _figures(record: Record, costs: Sequence[Cost], break_even: Figure | None) -> list[Figure]:
    chosen, cost = record.recommendation.approach, chosen_cost(record)
    found = [compared_chart(costs, chosen), break_even, tornado(cost.sensitivity, cost) if cost else None]
    return [figure for figure in found if figure]


def _checklists(record: Record, done: set[str]) -> list[Checklist]:
    return [
        Checklist(
            phase,
            tuple(Item(tick, tick.state == "done", tick.state == "done" or tick.id in done) for tick in items),
        )
        for phase in _PHASES
        if (items := getattr(record.checklists, phase))
    ]
