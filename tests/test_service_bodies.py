"""Whatever a body holds, the service answers with an error object or does what is asked: never 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.service.application import create_app
from tests.live_service import idle_resources

pytestmark = pytest.mark.slow  # the whole service

MESSAGE = {"role": "user", "content": "x"}
CHECK = {"type": "string_check", "name": "g", "input": "{{item.a}}", "reference": "x", "operation": "eq"}
RIGHT: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {
        "model": "missing",
        "messages": [MESSAGE],
        "stop": "x",
        "response_format": {"type": "text"},
    },
    "/v1/embeddings": {"model": "advisor-embedding", "input": "x", "dimensions": 8, "encoding_format": "float"},
    "/v1/fine_tuning/jobs": {
        "model": "advisor-linear",
        "training_file": "file-1",
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 1}}},
        "metadata": {"a": "b"},
    },
    "/v1/fine_tuning/alpha/graders/run": {"grader": CHECK, "model_sample": "x", "item": {"a": "b"}},
    "/v1/fine_tuning/alpha/graders/validate": {
        "grader": {"type": "multi", "name": "m", "graders": {"g": CHECK}, "calculate_output": "g * 2"}
    },
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9) | st.just("a/\0"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The application without a server and without anybody who works on jobs."""
    resources = idle_resources(tmp_path_factory.mktemp("bodies"))
    yield create_app(resources).test_client()
    resources.store.close()


@settings(max_examples=60, deadline=None)
@given(data=st.data(), path=st.sampled_from(sorted(RIGHT)), wrong=VALUES)
def test_changed_bodies(client: FlaskClient, data: st.DataObject, path: str, wrong: Any) -> None:
    """A right body with one value, at any depth, taken by another."""
    body = json.loads(json.dumps(RIGHT[path]))
    place = body
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = wrong
    reply = client.post(path, json=body)
    assert reply.status_code in (200, 400, 404), reply.text
    if reply.status_code != 200:
        assert reply.json is not None
        assert reply.json["error"]["message"]


def test_names_that_no_folder_can_have(client: FlaskClient) -> None:
    """A model's name may be anything."""
    for name in ("a/\0", "/" + "x" * 300, "hf/", "../..", "/dev/null/x", "ft:a:b:c:d:e"):
        body = {"model": name, "messages": [MESSAGE]}
        assert client.post("/v1/chat/completions", json=body).status_code == 404, name
    assert not Path("uploads").exists()
