"""Models, chats and embeddings of the service."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from advisor.errors import HostError
from advisor.evaluation.hosted_embedding import HostedEmbedder
from tests.chat_files import chat
from tests.live_service import Live
from tests.sdk_types import assert_is

pytestmark = pytest.mark.slow  # a real service, over HTTP

COAL: Any = [{"role": "user", "content": "What is the colour of coal?"}]
SKY: Any = [{"role": "user", "content": "What is the colour of the sky?"}]


def test_models(live: Live, tuned: str) -> None:
    """The list has what can be tuned, what makes embeddings (and how), and what was tuned."""
    models = {model.id: model for model in live.client.models.list()}
    assert {"advisor-linear", "advisor-retrieval", "advisor-embedding", tuned} <= set(models)
    assert "384 dimensions" in models["advisor-embedding"].owned_by
    assert models[tuned].shutdown_date is None
    assert live.client.models.retrieve(tuned) == models[tuned]
    assert live.client.models.retrieve(f"{tuned}:ckpt-step-1").id == f"{tuned}:ckpt-step-1"
    with pytest.raises(openai.NotFoundError):
        live.client.models.retrieve("missing")


def test_delete_model(live: Live) -> None:
    """A deleted model answers no more, nor do its checkpoints; what belongs to the service stays."""
    job = live.client.fine_tuning.jobs.create(training_file=live.upload([chat("a", "b")]), model="advisor-linear")
    name = live.ended(job.id).fine_tuned_model
    live.client.chat.completions.create(model=name, messages=COAL)
    assert live.client.models.delete(name).deleted
    for gone in (name, f"{name}:ckpt-step-1"):
        with pytest.raises(openai.NotFoundError):
            live.client.chat.completions.create(model=gone, messages=COAL)
    with pytest.raises(openai.NotFoundError):
        live.client.models.delete(name)
    with pytest.raises(openai.PermissionDeniedError):
        live.client.models.delete("advisor-linear")


def test_answer(live: Live, tuned: str) -> None:
    """A model answers, with the tokens it took."""
    reply = live.client.chat.completions.create(model=tuned, messages=COAL, temperature=0, seed=1, max_tokens=50)
    assert reply.choices[0].message.content == "It is black."
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage and (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (6, 3)
    assert reply.usage.total_tokens == 9


def test_cut_answers(live: Live, tuned: str) -> None:
    """An answer ends at max_tokens with `length`, at a stop text with `stop`."""
    create = live.client.chat.completions.create
    for limit in ({"max_tokens": 2}, {"max_completion_tokens": 2}):
        reply = create(model=tuned, messages=SKY, **limit)  # type: ignore[call-overload]
        assert (reply.choices[0].message.content, reply.choices[0].finish_reason) == ("It is", "length")
    reply = create(model=tuned, messages=SKY, stop=[" on", "never"])
    assert reply.choices[0].message.content == "It is blue"
    assert create(model=tuned, messages=SKY, stop=" a").choices[0].message.content == "It is blue on"


def test_several_answers_with_logprobs(live: Live, tuned: str) -> None:
    """`n` answers are numbered; each has its tokens' log probabilities with their bytes."""
    reply = live.client.chat.completions.create(model=tuned, messages=COAL, n=3, logprobs=True, top_logprobs=1)
    assert [choice.index for choice in reply.choices] == [0, 1, 2]
    logprobs = reply.choices[2].logprobs
    assert logprobs and logprobs.content
    assert "".join(bytes(token.bytes or ()).decode() for token in logprobs.content) == "It is black."
    assert all(len(token.top_logprobs) == 1 for token in logprobs.content)
    assert reply.usage and reply.usage.completion_tokens == 9


@pytest.mark.parametrize("extra", [{}, {"n": 2}, {"logprobs": True}, {"max_tokens": 2}])
def test_stream(live: Live, tuned: str, extra: dict[str, Any]) -> None:
    """A stream has the same answers in pieces, the reason at the end, and the usage last."""
    whole = live.client.chat.completions.create(model=tuned, messages=SKY, **extra)
    asked = {"model": tuned, "messages": SKY, "stream": True, "stream_options": {"include_usage": True}, **extra}
    with live.client.chat.completions.with_streaming_response.create(**asked) as raw:
        assert raw.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in raw.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    for chunk in chunks:
        assert_is(ChatCompletionChunk, chunk)
    for choice in whole.choices:
        deltas = [one for chunk in chunks for one in chunk["choices"] if one["index"] == choice.index]
        assert "".join(one["delta"].get("content") or "" for one in deltas) == choice.message.content
        assert deltas[0]["delta"]["role"] == "assistant"
        assert [one["finish_reason"] for one in deltas if one["finish_reason"]] == [choice.finish_reason]
    assert whole.usage
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["total_tokens"] == whole.usage.total_tokens


def test_stream_through_the_sdk(live: Live, tuned: str) -> None:
    """The SDK reads the stream, which has no usage unless it is asked for."""
    chunks = list(live.client.chat.completions.create(model=tuned, messages=COAL, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "It is black."
    assert all(chunk.usage is None for chunk in chunks)
    with pytest.raises(openai.BadRequestError, match="cannot follow a schema"):
        live.client.chat.completions.create(
            model=tuned, messages=COAL, stream=True, response_format={"type": "json_object"}
        )


@pytest.mark.parametrize(
    ("wrong", "status", "code", "param"),
    [
        ({"model": "missing"}, 404, "model_not_found", "model"),
        ({"model": "advisor-linear"}, 400, "model_not_tuned", "model"),
        ({"temperature": 3}, 400, "invalid_value", "temperature"),
        ({"top_p": 0}, 400, "invalid_value", "top_p"),
        ({"max_tokens": 0}, 400, "invalid_value", "max_tokens"),
        ({"max_tokens": 1, "max_completion_tokens": 1}, 400, None, "max_tokens"),
        ({"n": 17}, 400, "invalid_value", "n"),
        ({"top_logprobs": 2}, 400, "invalid_value", "top_logprobs"),
        ({"stop": list("abcde")}, 400, "invalid_value", "stop"),
        ({"messages": []}, 400, "invalid_value", "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, 400, "invalid_value", "messages[0].role"),
        ({"messages": [{"role": "user"}]}, 400, "invalid_value", "messages[0]"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            400,
            "unsupported_content",
            "messages[0].content",
        ),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, 400, "unsupported_parameter", "tools"),
        ({"frequency_penalty": 0.5}, 400, "unsupported_parameter", "frequency_penalty"),
        ({"logit_bias": {"5": 1}}, 400, "unsupported_parameter", "logit_bias"),
        ({"store": True}, 400, "unsupported_parameter", "store"),
        ({"reasoning_effort": "high"}, 400, "unsupported_parameter", "reasoning_effort"),
        ({"service_tier": "flex"}, 400, "unsupported_parameter", "service_tier"),
        ({"modalities": ["audio"]}, 400, "unsupported_parameter", "modalities"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}},
            400,
            "unsupported",
            None,
        ),
        ({"extra_body": {"foo": 1}}, 400, "unknown_parameter", "foo"),
        (
            {"stream": True, "stream_options": {"include_obfuscation": True}},
            400,
            "unsupported_parameter",
            "stream_options.include_obfuscation",
        ),
    ],
)
def test_refused(
    live: Live, tuned: str, wrong: dict[str, Any], status: int, code: str | None, param: str | None
) -> None:
    """What is wrong or cannot be done is refused with its name; nothing is passed over in silence."""
    with pytest.raises(openai.APIStatusError) as caught:
        live.client.chat.completions.create(**{"model": tuned, "messages": COAL, **wrong})
    assert (caught.value.status_code, caught.value.code, caught.value.param) == (status, code, param)


def test_values_that_ask_for_nothing(live: Live, tuned: str) -> None:
    """Parameters that ask for what happens anyway are taken."""
    reply = live.client.chat.completions.create(
        model=tuned,
        messages=[{"role": "user", "content": [{"type": "text", "text": "colour of coal?"}]}],
        user="me",
        frequency_penalty=0,
        logit_bias={},
        tools=[],
        store=False,
        service_tier="auto",
        response_format={"type": "text"},
    )
    assert reply.choices[0].message.content == "It is black."


def test_embeddings(live: Live) -> None:
    """Vectors of length 1, the same in both encodings; near texts are nearer."""
    create = live.client.embeddings.create
    texts = ["The battery of the sensor is low", "Sensor battery low", "Login of an admin failed"]
    reply = create(model="advisor-embedding", input=texts, encoding_format="float")
    vectors = np.array([row.embedding for row in reply.data])
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.4 > vectors[0] @ vectors[2]
    assert np.allclose([row.embedding for row in create(model="advisor-embedding", input=texts).data], vectors)
    short = create(model="advisor-embedding", input=texts[0], dimensions=64).data[0].embedding
    assert np.allclose(short, vectors[0, :64] / np.linalg.norm(vectors[0, :64]), atol=1e-6)
    assert reply.usage.prompt_tokens == reply.usage.total_tokens > 10


def test_embeddings_of_tokens(live: Live) -> None:
    """Texts sent as tokens of cl100k_base are read; others, and empty texts, are refused."""
    import tiktoken

    from advisor.token_count import load_encoding

    encoding: tiktoken.Encoding = load_encoding("cl100k_base")
    create = live.client.embeddings.create
    plain = create(model="advisor-embedding", input="low battery").data[0].embedding
    assert create(model="advisor-embedding", input=[encoding.encode("low battery")]).data[0].embedding == plain
    assert create(model="advisor-embedding", input=encoding.encode("low battery")).data[0].embedding == plain
    wrong: Any
    for wrong in ([[10**9]], "", [""], []):
        with pytest.raises(openai.BadRequestError):
            create(model="advisor-embedding", input=wrong)
    with pytest.raises(openai.NotFoundError):
        create(model="text-embedding-3-small", input="x")
    with pytest.raises(openai.BadRequestError):
        create(model="advisor-embedding", input="x", dimensions=500)


def test_hosted_embeddings(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents can be embedded by any such host: the same vectors as there, in order, and its refusals are told."""
    monkeypatch.setattr("advisor.evaluation.hosted_embedding._BATCH", 2)
    texts = ["the grass is green", "snow is white", "coal is black"]
    hosted = HostedEmbedder("advisor-embedding", str(live.client.base_url))
    assert np.allclose(hosted.embed(texts), live.resources.embedder.embed(texts), atol=1e-5)
    assert hosted.embed([]).shape[0] == 0
    assert "advisor-embedding at " in hosted.what
    with pytest.raises(HostError, match="answered 404"):
        HostedEmbedder("nobody", str(live.client.base_url)).embed(texts)
