"""An assistant behind a deployment's name: routed, recorded, with its citations."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from advisor.service.application import create_app
from advisor.service.resources import open_resources
from tests.deployments import deployed

pytestmark = pytest.mark.slow  # the whole service

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "assistants" / "hydrocore-support"


def test_an_assistant_answers_under_the_name(tmp_path: Path) -> None:
    """The reply is that of the assistant itself, and the record says who gave it."""
    shutil.copytree(EXAMPLE, tmp_path / "assistants" / "hydrocore")
    with closing(open_resources(tmp_path)) as resources:
        route = {"kind": "tuned", "model": "assistant/hydrocore-support"}
        deployment = deployed(resources.store, "help", {"incumbent": route})
        client = create_app(resources).test_client()
        answers = []
        for model in ("help", "assistant/hydrocore-support"):
            body = {"model": model, "messages": [{"role": "user", "content": "What does E-02 mean?"}]}
            reply = client.post("/v1/chat/completions", json=body, headers={"Host": "127.0.0.1:8000"})
            assert reply.status_code == 200, reply.text
            assert reply.json is not None
            answers.append(reply.json["choices"][0]["message"]["content"])
        assert answers[0] == answers[1] and "error-codes" in answers[0]
        resources.gateway.writer.flush()
        (record,) = resources.store.gateway_records.page(deployment.id).items
        assert record.model == "assistant/hydrocore-support"
