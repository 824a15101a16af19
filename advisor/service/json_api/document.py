"""The OpenAPI 3.1 document of the JSON API, from operations and pydantic models, with an example of each body."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from pydantic import BaseModel, create_model
from pydantic.json_schema import models_json_schema

from advisor import __version__
from advisor.case_schema import case_model
from advisor.case_text import JSON_TYPES, case_json
from advisor.files import content, load_case
from advisor.python_api import Recommendation
from advisor.service.json_api.operations import CASE, FILE, OPERATIONS, RECOMMENDATION, Operation
from advisor.service.json_api.repeated import HEADER
from advisor.service.json_api.schemas import Problem
from advisor.service.knowledge import Knowledge

_REF: Final = "#/components/schemas/"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_OPEN_SCHEMAS: Final = {  # described elsewhere, and open to more keys
    "DataReport": ("schema", "file", "format", "rows", "findings", "verdict"),
    "Job": ("id", "status", "model", "created_at", "run"),
    "Review": ("schema", "deployment", "pack", "first_day", "last_day", "kpis"),
    "Proof": ("schema", "test_set", "arms", "comparisons", "verdict"),
}
_EXAMPLES: Final[dict[str, Any]] = {
    "ActualBody": {"actual": 11800.0, "source": "invoice 2027-03"},
    "LoginBody": {"name": "ada", "password": "a long pass phrase"},
    "TickBody": {"done": True},
    "PlanBody": {"case": {}, "data_set": "file-0123456789abcdef01234567", "back_end": "linear"},
    "ProofBody": {
        "case": {},
        "data_set": "file-0123456789abcdef01234567",
        "arms": ["retrieval", "linear"],
        "spend_up_to_usd": "0",
    },
    "ProofStartBody": {"spend_up_to_usd": "2.50"},
    "DeploymentSpec": {
        "name": "support-bot",
        "routes": {
            "incumbent": {"kind": "host", "model": "gpt-4.1-mini"},
            "fallback": {"kind": "rag", "documents": "handbook"},
        },
        "settings": {"cache": {"seconds": 600}},
    },
    "DeploymentChange": {"why": "a shorter time limit", "settings": {"timeout_s": 20}},
    "StartBody": {"why": "the proof says so", "candidate": {"kind": "tuned", "model": "ft:advisor-linear:advisor:a:1"}},
    "AdvanceBody": {"why": "the criteria are met"},
    "ChangeBody": {"why": "complaints by telephone"},
    "FeedbackBody": {"kind": "correction", "record_id": "rec-0123456789abcdef01234567", "correction": "Power"},
    "FeedbackTokenBody": {"record_id": "rec-0123456789abcdef01234567", "user": "ada"},
    "DecisionBody": {"note": "read 20 answers"},
    "ReviewBody": {"decision": "accept", "note": "checked against the manual, page 12"},
    "KpiBody": {"kpi": "adoption", "value": 0.62, "first_day": "2026-11-16", "last_day": "2026-11-22"},
    "JobBody": {"plan": "plan-0123456789abcdef01234567", "spend_up_to_usd": "0"},
}


def openapi_document(knowledge: Knowledge) -> dict[str, Any]:
    """The document, ready to be written as JSON."""
    case = load_case(content("examples") / "pizzeria.yaml", knowledge.rulebook.questions)
    example = json.loads(case_json(case))
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, example)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "advisor",
            "version": __version__,
            "description": "Prompt, RAG or fine-tune? A decision with reasons, sources and dates, priced and proved.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}, {"session": []}, {}],
        "paths": paths,
        "components": {
            "schemas": _schemas(knowledge),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "advisor_session"},
            },
            "responses": {
                "Problem": {
                    "description": "The request is refused; the body says why (RFC 9457).",
                    "content": {"application/problem+json": {"schema": {"$ref": f"{_REF}Problem"}}},
                }
            },
        },
    }


def _operation(operation: Operation, example: dict[str, Any]) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in _PARAMETER.findall(operation.path)
    ]
    parameters += [
        {
            "name": known.name,
            "in": "query",
            "required": known.required,
            "description": known.says,
            "schema": dict(known.schema),
            **({"example": known.example} if known.example is not None else {}),
        }
        for known in operation.query
    ]
    if operation.once:
        says = "The same key and body within a day have the same answer."
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
        parameters.append({"name": HEADER, "in": "header", "description": says, "schema": schema})
    if operation.if_match:
        says = "The ETag of the version that is changed."
        schema = {"type": "string", "pattern": '^"[0-9a-f]{64}"$'}
        parameters.append({"name": "If-Match", "in": "header", "required": True, "description": says, "schema": schema})
    found: dict[str, Any] = {
        "operationId": _identifier(operation),
        "summary": operation.says,
        "tags": [operation.path.split("/")[1]],
        "parameters": parameters,
        "responses": {str(operation.status): _reply(operation), "default": {"$ref": "#/components/responses/Problem"}},
    }
    if operation.body is not None:
        found["requestBody"] = _body(operation.body, example)
    return found


def _reply(operation: Operation) -> dict[str, Any]:
    if operation.reply is None:
        return {"description": "Done."}
    schema: dict[str, Any] = {"$ref": _REF + _name(operation.reply)}
    if operation.is_list:
        schema = {
            "type": "object",
            "required": ["items", "next_cursor"],
            "additionalProperties": False,
            "properties": {"items": {"type": "array", "items": schema}, "next_cursor": {"type": ["string", "null"]}},
        }
    described = {"description": operation.says, "content": {"application/json": {"schema": schema}}}
    etag = {"ETag": {"schema": {"type": "string"}}}
    return {**described, "headers": etag} if operation.method == "get" else described


def _body(body: type[BaseModel] | str, example: dict[str, Any]) -> dict[str, Any]:
    if body == FILE:
        file = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
        schema = {
            "type": "object",
            "required": ["file"],
            "properties": {"file": file},
            "additionalProperties": False,
        }
        return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    name = _name(body)
    shown = example if name == CASE else {**_EXAMPLES[name], **({"case": example} if "case" in _EXAMPLES[name] else {})}
    described = {"schema": {"$ref": _REF + name}, "example": shown}
    kinds = (*JSON_TYPES, "application/yaml") if name == CASE else JSON_TYPES
    return {"required": True, "content": dict.fromkeys(kinds, described)}


def _schemas(knowledge: Knowledge) -> dict[str, Any]:
    stored = create_model(
        RECOMMENDATION,
        __base__=Recommendation,
        __doc__="A recommendation as the command line prints it, and what the service knows of it.",
        id=(str, ...),
        created_at=(int, ...),
        created_by=(str, ...),
        case_id=(str | None, ...),
        case_sha256=(str, ...),
        rules_sha256=(str, ...),
        prices_sha256=(str, ...),
    )
    bodies = {item.body for item in OPERATIONS if isinstance(item.body, type)}
    replies = {item.reply for item in OPERATIONS if isinstance(item.reply, type)}
    models: list[Any] = [(case_model(knowledge.rulebook.questions), "validation"), (stored, "serialization")]
    models += [(body, "validation") for body in sorted(bodies, key=_name)]
    models += [(reply, "serialization") for reply in (*sorted(replies, key=_name), Problem)]
    _, found = models_json_schema(models, by_alias=True, ref_template=_REF + "{model}")
    schemas: dict[str, Any] = found["$defs"]
    for name, required in _OPEN_SCHEMAS.items():
        schemas[name] = {"type": "object", "required": list(required)}
    return schemas


def _path_schema(name: str) -> dict[str, Any]:
    if name == "number":
        return {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
    return {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[A-Za-z0-9._-]+$"}


def _identifier(operation: Operation) -> str:
    words = [word.strip("{}").replace("-", "_") for word in operation.path.split("/") if word]
    return "_".join([operation.method, *words])


def _name(model: type[BaseModel] | str) -> str:
    return model if isinstance(model, str) else model.__name__
