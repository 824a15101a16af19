"""The types of the OpenAI SDK as a strict check: every key known, every required key there, every value of its type.

The SDK itself lets unknown keys and wrong types pass.
"""

from __future__ import annotations

import base64
import json
import re
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
import openai
from openai import BaseModel
from openai.pagination import SyncCursorPage, SyncPage
from openai.types import CreateEmbeddingResponse, FileDeleted, FileObject, Model, ModelDeleted
from openai.types.chat import ChatCompletion
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.alpha import GraderRunResponse, GraderValidateResponse
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint

ROUTES: Mapping[str, Any] = {
    "POST /files": FileObject,
    "GET /files": SyncCursorPage[FileObject],
    "GET /files/ID": FileObject,
    "DELETE /files/ID": FileDeleted,
    "POST /fine_tuning/jobs": FineTuningJob,
    "GET /fine_tuning/jobs": SyncCursorPage[FineTuningJob],
    "GET /fine_tuning/jobs/ID": FineTuningJob,
    "POST /fine_tuning/jobs/ID/cancel": FineTuningJob,
    "POST /fine_tuning/jobs/ID/pause": FineTuningJob,
    "POST /fine_tuning/jobs/ID/resume": FineTuningJob,
    "GET /fine_tuning/jobs/ID/events": SyncCursorPage[FineTuningJobEvent],
    "GET /fine_tuning/jobs/ID/checkpoints": SyncCursorPage[FineTuningJobCheckpoint],
    "POST /fine_tuning/alpha/graders/run": GraderRunResponse,
    "POST /fine_tuning/alpha/graders/validate": GraderValidateResponse,
    "GET /models": SyncPage[Model],
    "GET /models/ID": Model,
    "DELETE /models/ID": ModelDeleted,
    "POST /chat/completions": ChatCompletion,
    "POST /embeddings": CreateEmbeddingResponse,
}
_ID = re.compile(r"(?<=/)(file-|ftjob-|ft:|advisor-|missing)[^/]*")


class MismatchError(AssertionError):
    """A value that is not of the type."""


def assert_is(kind: Any, value: Any, path: str = "") -> None:
    """Raise MismatchError unless the JSON `value` is exactly of the SDK's type `kind`."""
    origin = get_origin(kind)
    if kind is Any or kind is object:
        return
    if origin is Annotated:
        assert_is(get_args(kind)[0], value, path)
    elif origin in (Union, types.UnionType):
        _any_of(get_args(kind), value, path)
    elif origin is Literal:
        _need(value in get_args(kind), f"{value!r} is none of {get_args(kind)}", path)
    elif origin in (list, tuple):
        _need(isinstance(value, list), "no list", path)
        for place, item in enumerate(value):
            assert_is(get_args(kind)[0], item, f"{path}[{place}]")
    elif origin is dict:
        _need(isinstance(value, dict), "no object", path)
        for key, item in value.items():
            assert_is(get_args(kind)[1], item, f"{path}.{key}")
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        _object(kind, value, path)
    elif kind is float:
        _need(isinstance(value, int | float) and not isinstance(value, bool), f"{value!r} is no number", path)
    elif kind is type(None):
        _need(value is None, f"{value!r} is not null", path)
    else:
        _need(type(value) is kind, f"{value!r} is no {kind}", path)


def strict_client(base_url: str, api_key: str = "no-key-needed") -> openai.OpenAI:
    """The unmodified SDK; every reply that is JSON is checked before the SDK reads it."""
    client = openai.DefaultHttpxClient(event_hooks={"response": [_check]})
    return openai.OpenAI(base_url=f"{base_url}/v1", api_key=api_key, max_retries=0, http_client=client)


def _check(response: Any) -> None:
    if not response.headers.get("content-type", "").startswith("application/json"):
        return
    value = json.loads(response.read())
    if response.is_success:
        path = response.request.url.path.removeprefix("/v1")
        if path == "/embeddings":
            # The SDK asks for base64 by itself and makes numbers of it; its type has the numbers.
            for row in value["data"]:
                if isinstance(row["embedding"], str):
                    row["embedding"] = np.frombuffer(base64.b64decode(row["embedding"]), "<f4").tolist()
        assert_is(ROUTES[f"{response.request.method} {_ID.sub('ID', path)}"], value)
    else:
        assert value.keys() == {"error"}
        assert value["error"].keys() == {"message", "type", "param", "code"}
        assert value["error"]["message"]


def _object(kind: type[BaseModel], value: Any, path: str) -> None:
    _need(isinstance(value, dict), "no object", path)
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    for key in value:
        _need(key in fields, f"{kind.__name__} has no {key}", path)
    for key, field in fields.items():
        _need(key in value or not field.is_required(), f"{kind.__name__} needs {key}", path)
        if key in value:
            assert_is(field.annotation, value[key], f"{path}.{key}")


def _any_of(kinds: tuple[Any, ...], value: Any, path: str) -> None:
    refused = []
    for kind in kinds:
        try:
            assert_is(kind, value, path)
        except MismatchError as mismatch:
            refused.append(str(mismatch))
        else:
            return
    raise MismatchError("; ".join(refused))


def _need(right: bool, what: str, path: str) -> None:
    if not right:
        raise MismatchError(f"{path or 'the reply'}: {what}")
