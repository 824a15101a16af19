"""Tuning jobs: the list, and one to watch, to pause, to resume and to stop."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

from advisor.errors import RequestError
from advisor.service.pages.page import page, see
from advisor.service.principal import deed, workspace
from advisor.service.resources import Resources
from advisor.store.jobs import PAUSED, UNFINISHED, Job
from advisor.tuning import job_orders

_SHOWN: Final = 100
_EVENTS: Final = 50
_ORDERS: Final = {"cancel": job_orders.cancel, "pause": job_orders.pause, "resume": job_orders.resume}


def add_jobs(pages: Blueprint, resources: Resources) -> None:
    """The routes of jobs."""
    store = resources.store

    @pages.get("/jobs")
    def list_jobs() -> Response:
        return page("jobs", jobs=store.jobs.page(limit=_SHOWN, workspace=workspace()).items)

    @pages.get("/jobs/<id>")
    def watch(id: str) -> Response:
        job = _found(id)
        last = store.events.latest_metrics(id)
        return page(
            "job",
            job=job,
            unfinished=job.status in UNFINISHED,
            paused=job.status == PAUSED,
            metrics=(last.data or {}) if last else {},
            events=store.events.page(id, limit=_EVENTS).items,
        )

    @pages.post("/jobs/<id>")
    def order(id: str) -> Response:
        job, name = _found(id), request.form.get("order", "")
        if name not in _ORDERS:
            raise RequestError("this is no order for a job", code="invalid_order")
        if not _ORDERS[name](store, job):
            raise RequestError(f"the job is {job.status}, so this cannot be done", status=409, code="invalid_status")
        store.audit.add(deed(), f"job.{name}", id)
        resources.runner.wake()
        return see(f"/jobs/{id}")

    def _found(id: str) -> Job:
        job = store.jobs.find(id, workspace())
        if job is None:
            raise RequestError("there is no such job here", status=404, code="not_found")
        return job
