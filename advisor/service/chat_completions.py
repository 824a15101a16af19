"""/v1/chat/completions: answers of tuned models, in whole or as a stream of events."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Sequence
from itertools import chain
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Response
from pydantic import TypeAdapter

from advisor.errors import AdvisorError
from advisor.operation.deployed_model import Served
from advisor.service.api_errors import error_object, reply_to
from advisor.service.chat_request import ChatRequest, asked_of
from advisor.service.model_names import model_named
from advisor.service.object_id import new_id
from advisor.service.principal import current, workspace
from advisor.service.request_body import read_body
from advisor.service.resources import Resources
from advisor.tuning.trainer import Answer, Asked, Model, TokenLogprob

_BODY: Final = TypeAdapter(ChatRequest)
_BEGIN: Final[dict[str, Any]] = {"role": "assistant", "content": "", "refusal": None}


def chat_completions_blueprint(resources: Resources) -> Blueprint:
    """The route of chats."""
    blueprint = Blueprint("chat_completions", __name__)

    @blueprint.post("/chat/completions")
    def create() -> Response:
        body = read_body(_BODY)
        asked = asked_of(body)
        deployed = resources.gateway.model(body.model, workspace(), _user(body))
        model = deployed or model_named(resources, body.model)
        if body.stream:
            reply = _streamed(model, body, asked)
        else:
            answers = [model.answer(one) for one in each(asked, body.n or 1)]
            reply = Response(json.dumps(completion_object(body.model, answers)), mimetype="application/json")
        if deployed and deployed.served:
            reply.headers.update(_served(deployed.served))
        return reply

    return blueprint


def _user(body: ChatRequest) -> str | None:
    """Who is to be answered by the same model each time; None where nothing is said of anybody."""
    named = body.safety_identifier or body.user
    if named:
        return f"user {named}"
    who = current()
    return None if who.via == "local" else f"principal {who.name}"


def _served(served: Served) -> dict[str, str]:
    """Who answered, for those who give feedback; letters of a name that a header cannot hold are escaped."""
    return {
        "x-advisor-deployment": served.deployment,
        "x-advisor-model": quote(served.model, safe="/:+@ ,;=()"),
        "x-advisor-role": served.role,
        "x-advisor-record": served.record,
        "x-advisor-cached": "true" if served.cached else "false",
    }


def each(asked: Asked, count: int) -> list[Asked]:
    """The request once for each answer that is wanted, with a seed of its own."""
    if count == 1 or asked.seed is None:
        return [asked] * count
    return [asked._replace(seed=asked.seed + place) for place in range(count)]


def completion_object(name: str, answers: Sequence[Answer]) -> dict[str, Any]:
    """Answers to one request as OpenAI writes them."""
    return {
        "id": new_id("chatcmpl-"),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": name,
        "choices": [
            {
                "index": place,
                "message": {"role": "assistant", "content": answer.text, "refusal": None},
                "logprobs": _logprobs(answer.logprobs),
                "finish_reason": answer.finish_reason,
            }
            for place, answer in enumerate(answers)
        ],
        "usage": usage_object(answers),
    }


def usage_object(answers: Sequence[Answer]) -> dict[str, int]:
    """Tokens of one prompt and of all answers to it."""
    prompt = answers[0].prompt_tokens
    completion = sum(answer.completion_tokens for answer in answers)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _streamed(model: Model, body: ChatRequest, asked: Asked) -> Response:
    chunks = _chunks(model, body, asked)
    # The first piece is made before the reply begins, so that a request that cannot be met gets an error status.
    first = next(chunks)
    return Response(
        _events(chain((first,), chunks)), mimetype="text/event-stream", headers={"Cache-Control": "no-store"}
    )


def _events(chunks: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    try:
        for chunk in chunks:
            yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
    except AdvisorError as error:
        yield b"data: " + json.dumps(error_object(reply_to(error))).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


def _chunks(model: Model, body: ChatRequest, asked: Asked) -> Iterator[dict[str, Any]]:
    id, created = new_id("chatcmpl-"), int(time.time())
    with_usage = bool(body.stream_options and body.stream_options.include_usage)

    def chunk(choices: list[dict[str, Any]], usage: dict[str, int] | None = None) -> dict[str, Any]:
        made: dict[str, Any] = {
            "id": id,
            "object": "chat.completion.chunk",
            "created": created,
            "model": body.model,
            "choices": choices,
        }
        return {**made, "usage": usage} if with_usage else made

    answers: list[Answer] = []
    for place, one in enumerate(each(asked, body.n or 1)):
        if one.logprobs:
            # A stream has no place for log probabilities: the answer is made in whole and sent token by token.
            answer = model.answer(one)
            yield chunk([_choice(place, _BEGIN)])
            for token in answer.logprobs or ():
                yield chunk([_choice(place, {"content": token.token}, _logprobs((token,)))])
        else:
            pieces = _Pieces(model.stream(one))
            first = next(pieces, None)
            yield chunk([_choice(place, _BEGIN)])
            for piece in chain(() if first is None else (first,), pieces):
                yield chunk([_choice(place, {"content": piece})])
            answer = pieces.answer or model.answer(one)
        answers.append(answer)
        yield chunk([_choice(place, {}, reason=answer.finish_reason)])
    if with_usage:
        yield chunk([], usage_object(answers))


class _Pieces:
    """The pieces of a stream, and after the last one the answer in whole if the model gives it."""

    def __init__(self, stream: Generator[str, None, Answer | None]) -> None:
        self._stream = stream
        self.answer: Answer | None = None

    def __iter__(self) -> _Pieces:
        return self

    def __next__(self) -> str:
        try:
            return next(self._stream)
        except StopIteration as end:
            self.answer = end.value
            raise


def _choice(place: int, delta: dict[str, Any], logprobs: Any = None, reason: str | None = None) -> dict[str, Any]:
    return {"index": place, "delta": delta, "logprobs": logprobs, "finish_reason": reason}


def _logprobs(tokens: Sequence[TokenLogprob] | None) -> dict[str, Any] | None:
    if tokens is None:
        return None
    return {
        "content": [
            {
                **_token(token.token, token.logprob),
                "top_logprobs": [_token(text, logprob) for text, logprob in token.others],
            }
            for token in tokens
        ],
        "refusal": None,
    }


def _token(text: str, logprob: float) -> dict[str, Any]:
    # Minus infinity is no JSON; OpenAI writes -9999 for what is very unlikely.
    return {"token": text, "logprob": max(logprob, -9999.0), "bytes": list(text.encode())}
