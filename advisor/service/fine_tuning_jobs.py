"""/v1/fine_tuning/jobs: create, watch, stop and go on with jobs."""

from __future__ import annotations

import json
import re
import secrets
import time
from typing import Any, Final

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from advisor.errors import RequestError
from advisor.service.job_objects import checkpoint_object, event_object, job_object
from advisor.service.job_request import JobRequest, Method, Supervised
from advisor.service.model_names import may_name
from advisor.service.object_id import new_id
from advisor.service.principal import workspace
from advisor.service.request_body import list_query, read_body, refuse_params
from advisor.service.resources import Resources
from advisor.store import jobs as status
from advisor.store.jobs import Job
from advisor.store.page import UnknownCursor
from advisor.tuning import job_orders
from advisor.tuning.back_ends import back_end_of
from advisor.tuning.training_step import event_id

_BODY: Final = TypeAdapter(JobRequest)
_METADATA: Final = re.compile(r"metadata\[(.+)\]$")


def fine_tuning_jobs_blueprint(resources: Resources) -> Blueprint:
    """The routes of jobs."""
    blueprint = Blueprint("fine_tuning_jobs", __name__, url_prefix="/fine_tuning/jobs")
    store = resources.store

    @blueprint.post("")
    def create() -> Response:
        body = read_body(_BODY)
        refuse_params({"integrations": body.integrations})
        method = _method(body)
        back_end = back_end_of(body.model) if may_name(resources, body.model) else None
        if back_end is None:
            raise RequestError(
                f"The model `{body.model}` cannot be tuned here; use advisor-linear, hf/NAME or a model folder.",
                status=404,
                param="model",
                code="model_not_found",
            )
        if method.type not in back_end.methods:
            raise RequestError(
                f"{body.model} is tuned by {' or '.join(back_end.methods)}, not by {method.type}",
                param="method.type",
                code="unsupported_method",
            )
        for param, id in (("training_file", body.training_file), ("validation_file", body.validation_file)):
            if id is not None:
                _check_file(param, id)
        job = Job(
            new_id("ftjob-"),
            int(time.time()),
            body.model,
            method.model_dump(exclude_none=True),
            body.seed if body.seed is not None else secrets.randbelow(2**31),
            body.suffix,
            body.metadata,
            body.training_file,
            body.validation_file,
            workspace=workspace(),
        )
        job_orders.create(store, job)
        resources.runner.wake()
        return _json(job_object(job))

    def _check_file(param: str, id: str) -> None:
        file = store.files.find(id, workspace())
        if file is None:
            raise RequestError(f"There is no file {id}", param=param, code="file_not_found")
        if file.purpose != "fine-tune":
            raise RequestError(
                f"The file {id} was uploaded for {file.purpose}, not for fine-tune", param=param, code="invalid_file"
            )

    @blueprint.get("")
    def list_jobs() -> Response:
        query = list_query("metadata", default=20, most=1_000)
        wanted = {match[1]: value for name, value in request.args.items() if (match := _METADATA.match(name))}
        without = request.args.get("metadata") == "null"
        if "metadata" in request.args and (not without or wanted):
            raise RequestError("filter with metadata[KEY]=VALUE or metadata=null", param="metadata")
        try:
            page = store.jobs.page(
                after=query.after,
                limit=query.limit,
                metadata=wanted,
                without_metadata=without,
                workspace=workspace(),
            )
        except UnknownCursor:
            raise _unknown_cursor("job") from None
        return _json({"data": [job_object(job) for job in page.items], "has_more": page.has_more})

    @blueprint.get("/<id>")
    def retrieve(id: str) -> Response:
        job = _found(id)
        return _json({**job_object(job), "estimated_finish": _estimated_finish(job)})

    @blueprint.post("/<id>/cancel")
    def cancel(id: str) -> Response:
        job = _found(id)
        if not job_orders.cancel(store, job):
            raise _not_now(job, "cancelled")
        return _json(job_object(_found(id)))

    @blueprint.post("/<id>/pause")
    def pause(id: str) -> Response:
        job = _found(id)
        if not job_orders.pause(store, job):
            raise _not_now(job, "paused")
        return _json(job_object(_found(id)))

    @blueprint.post("/<id>/resume")
    def resume(id: str) -> Response:
        job = _found(id)
        if not job_orders.resume(store, job):
            raise _not_now(job, "resumed")
        resources.runner.wake()
        return _json(job_object(_found(id)))

    @blueprint.get("/<id>/events")
    def events(id: str) -> Response:
        _found(id)
        query = list_query(default=20, most=1_000)
        try:
            page = store.events.page(id, after=query.after, limit=query.limit)
        except UnknownCursor:
            raise _unknown_cursor("event") from None
        return _json({"data": [event_object(event) for event in page.items], "has_more": page.has_more})

    @blueprint.get("/<id>/checkpoints")
    def checkpoints(id: str) -> Response:
        _found(id)
        query = list_query(default=10, most=1_000)
        try:
            page = store.checkpoints.page(id, after=query.after, limit=query.limit)
        except UnknownCursor:
            raise _unknown_cursor("checkpoint") from None
        return _json({"data": [checkpoint_object(kept) for kept in page.items], "has_more": page.has_more})

    def _found(id: str) -> Job:
        job = store.jobs.find(id, workspace())
        if job is None:
            raise RequestError(f"Could not find fine tune: {id}", status=404, param="id", code="fine_tune_not_found")
        return job

    def _estimated_finish(job: Job) -> int | None:
        """When a running job ends if its other steps take as long as those so far; None where that is not known."""
        if job.status != status.RUNNING or job.attempt != 1:
            return None  # an attempt that goes on did not do all steps that are done
        begun, last = store.events.find(f"{event_id(job.id)}-begin-1"), store.events.latest_metrics(job.id)
        if begun is None or last is None or not last.data:
            return None
        done, steps = last.data["step"], last.data["total_steps"]
        return last.created_at + round((last.created_at - begun.created_at) / done * (steps - done)) if done else None

    return blueprint


def _method(body: JobRequest) -> Method:
    """The method, or the older hyperparameters beside it, which mean supervised training."""
    if body.method is None:
        return Method(type="supervised", supervised=Supervised(hyperparameters=body.hyperparameters))
    if body.hyperparameters is not None:
        raise RequestError(
            "give hyperparameters inside of method, not beside it", param="hyperparameters", code="invalid_value"
        )
    for name in ("supervised", "dpo", "reinforcement"):
        if name != body.method.type and getattr(body.method, name) is not None:
            raise RequestError(
                f"method.{name} does not belong to the method {body.method.type}",
                param=f"method.{name}",
                code="invalid_value",
            )
    return body.method


def _not_now(job: Job, verb: str) -> RequestError:
    return RequestError(f"Job {job.id} cannot be {verb}: it is {job.status}", code="invalid_status")


def _unknown_cursor(kind: str) -> RequestError:
    return RequestError(f"after names no {kind}", param="after", code="invalid_value")


def _json(value: Any) -> Response:
    return Response(json.dumps(value), mimetype="application/json")
