"""Deployments in operation: corrections to review, figures to enter, and reviews to read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from flask import Blueprint, Response, request

from advisor.errors import InputError, RequestError
from advisor.operation.feedback_desk import Desk
from advisor.operation.kpi_rules import ENTERED
from advisor.operation.review import make_review, review_report
from advisor.operation.rule_files import load_feedback_rules, load_kpi_rules
from advisor.service.pages.page import own_page, page, see
from advisor.service.principal import deed, require_role, workspace
from advisor.service.resources import Resources
from advisor.store.deployments import Deployment
from advisor.store.feedback import CORRECTION, PENDING, FeedbackRow

_SHOWN: Final = 20
_LONGEST: Final = 20_000
_NOTE: Final = 4_000


def add_watch(pages: Blueprint, resources: Resources) -> None:
    """The routes below /watch."""
    store, folder = resources.store, resources.data.path

    @pages.get("/watch")
    def deployments() -> Response:
        found = [(one, store.feedback.counts(one.id).get(PENDING, 0)) for one in store.deployments.all(workspace())]
        return page("watch", deployments=found)

    @pages.get("/watch/<name>/feedback")
    def corrections(name: str) -> Response:
        return _corrections(_found(name), {}, 200)

    @pages.post("/watch/<name>/feedback/<id>")
    def decide(name: str, id: str) -> Response:
        require_role("consultant")
        deployment = _found(name)
        row = store.feedback.find(id, deployment.id)
        if row is None:
            raise RequestError("there is no such correction here", status=404, code="not_found")
        note = request.form.get("note", "").strip()[:_NOTE]
        correction = request.form.get("correction", "").replace("\r\n", "\n").strip()[:_LONGEST]
        if not note:
            return _corrections(deployment, {f"note-{id}": "Say why you decide so"}, 400)
        desk = Desk(store, deployment, folder)
        try:
            if request.form.get("decision") == "accept":
                desk.accept(row, note, deed(), correction or None)
            else:
                desk.reject(row, note, deed())
        except InputError as error:
            return _corrections(deployment, {f"correction-{id}": f"{error.problem}. {error.what_to_do}"}, 400)
        return see(f"/watch/{name}/feedback")

    @pages.get("/watch/<name>/figures")
    def figures(name: str) -> Response:
        return _figures(_found(name), {}, {}, 200)

    @pages.post("/watch/<name>/figures")
    def enter(name: str) -> Response:
        require_role("consultant")
        deployment = _found(name)
        form = {
            field: request.form.get(field, "").strip()[:_NOTE] for field in ("kpi", "value", "first", "last", "note")
        }
        faults: dict[str, str] = {}
        value = _number(form["value"])
        if value is None:
            faults["value"] = "Write a number, such as 0.62 for 62 %"
        else:
            try:
                load_kpi_rules().entered(form["kpi"], value)
            except InputError as error:
                faults["value" if "is no value" in error.problem else "kpi"] = f"{error.problem}; {error.what_to_do}"
        first, last = (_day(form[field]) for field in ("first", "last"))
        for field, day in (("first", first), ("last", last)):
            if day is None:
                faults[field] = "Write a day as 2026-11-21"
        if first and last and first > last:
            faults["first"] = "The first day is after the last"
        if faults or value is None or first is None or last is None:
            return _figures(deployment, form, faults, 400)
        days = (first.isoformat(), last.isoformat())
        store.kpi_values.set(deployment.id, form["kpi"], *days, value, form["note"] or None, deed())
        return see(f"/watch/{name}/figures")

    @pages.get("/watch/<name>/review/<pack>")
    def review(name: str, pack: str) -> Response:
        from advisor.report.report_page import report_page

        deployment, known = _found(name), load_kpi_rules().packs
        if pack not in known:
            raise RequestError("there is no such review", status=404, code="not_found")
        until = datetime.now(UTC).date() - timedelta(days=1)
        return own_page(report_page(review_report(make_review(store, deployment, known[pack], until))))

    def _corrections(deployment: Deployment, faults: dict[str, str], status: int) -> Response:
        Desk(store, deployment, folder).check_pending(_SHOWN)
        waiting = store.feedback.page(
            deployment.id, status=PENDING, kind=CORRECTION, limit=_SHOWN, oldest_first=True
        ).items
        rules = load_feedback_rules()
        rows: list[tuple[FeedbackRow, list[tuple[str, str, str]]]] = [
            (
                row,
                [
                    (one["severity"], one["detail"], rules.checks[one["check"]].why)
                    for one in row.findings or ()
                    if one["check"] in rules.checks
                ],
            )
            for row in waiting
        ]
        counts = store.feedback.counts(deployment.id)
        return page("corrections", status, deployment=deployment, rows=rows, counts=counts, faults=faults)

    def _figures(deployment: Deployment, form: dict[str, str], faults: dict[str, str], status: int) -> Response:
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        usual = {
            "kpi": "",
            "value": "",
            "first": (yesterday - timedelta(days=6)).isoformat(),
            "last": yesterday.isoformat(),
            "note": "",
        }
        may = [kpi for kpi in load_kpi_rules().kpis.values() if kpi.comes_from == ENTERED]
        known = store.kpi_values.newest(deployment.id, 20)
        return page(
            "figures", status, deployment=deployment, form={**usual, **form}, faults=faults, may=may, known=known
        )

    def _found(name: str) -> Deployment:
        deployment = store.deployments.find(name, workspace())
        if deployment is None:
            raise RequestError("there is no such deployment here", status=404, code="not_found")
        return deployment


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
