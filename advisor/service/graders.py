"""/v1/fine_tuning/alpha/graders: try a grader before it is used."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response
from pydantic import TypeAdapter

from advisor.service.model_names import model_named
from advisor.service.request_body import RequestBody, read_body
from advisor.service.resources import Resources
from advisor.tuning.grader_kinds import Grader
from advisor.tuning.graders import Graded, GraderTools, check_grader, grade


class RunRequest(RequestBody):
    """The body of POST …/run."""

    grader: Grader
    model_sample: str
    item: dict[str, Any] | None = None


class ValidateRequest(RequestBody):
    """The body of POST …/validate."""

    grader: Grader


_RUN: Final = TypeAdapter(RunRequest)
_VALIDATE: Final = TypeAdapter(ValidateRequest)
_ERRORS: Final = (  # that a grader may meet; here they are answered with an error object instead
    "formula_parse_error",
    "invalid_variable_error",
    "model_grader_parse_error",
    "model_grader_refusal_error",
    "model_grader_server_error",
    "other_error",
    "python_grader_runtime_error",
    "python_grader_server_error",
    "sample_parse_error",
    "truncated_observation_error",
    "unresponsive_reward_error",
)


def graders_blueprint(resources: Resources) -> Blueprint:
    """The routes of graders."""
    blueprint = Blueprint("graders", __name__, url_prefix="/fine_tuning/alpha/graders")
    tools = GraderTools(partial(model_named, resources), resources.embedder)

    @blueprint.post("/run")
    def run() -> Response:
        body = read_body(_RUN)
        graded = grade(body.grader, body.model_sample, body.item or {}, tools)
        return _json(run_object(body.grader, graded))

    @blueprint.post("/validate")
    def validate() -> Response:
        body = read_body(_VALIDATE)
        check_grader(body.grader)
        return _json({"grader": body.grader.model_dump(exclude_none=True)})

    return blueprint


def run_object(grader: Any, graded: Graded) -> dict[str, Any]:
    """The outcome of a grader as OpenAI writes it."""
    errors: dict[str, Any] = dict.fromkeys(_ERRORS, False)
    for detail in ("model_grader_server_error_details", "python_grader_runtime_error_details"):
        errors[detail] = None
    errors["python_grader_server_error_type"] = None
    return {
        "reward": graded.reward,
        "sub_rewards": dict(graded.sub_rewards),
        "model_grader_token_usage_per_model": dict(graded.judge_tokens),
        "metadata": {
            "name": grader.name,
            "type": grader.type,
            "errors": errors,
            "execution_time": graded.seconds,
            "scores": dict(graded.sub_rewards),
            "token_usage": sum(graded.judge_tokens.values()) or None,
            "sampled_model_name": None,
        },
    }


def _json(value: Any) -> Response:
    return Response(json.dumps(value), mimetype="application/json")
