"""What a client may ask of a model in a chat, and what of it nothing here can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from advisor.dataset.chat_messages import message_faults
from advisor.errors import RequestError
from advisor.service.request_body import RequestBody
from advisor.tuning.trainer import Asked

_OBJECT: Final[Mapping[str, Any]] = {"type": "object"}


class JsonSchema(RequestBody):
    """A named schema."""

    name: str
    description: str | None = None
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    strict: bool | None = None


class ResponseFormat(RequestBody):
    """Plain text, any JSON object, or JSON by a schema."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class StreamOptions(RequestBody):
    """What a stream carries beside the text."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class ChatRequest(RequestBody):
    """The body of POST /v1/chat/completions."""

    model: str
    messages: Annotated[list[dict[str, Any]], Field(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    seed: int | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    n: Annotated[int, Field(ge=1, le=16)] | None = None
    response_format: ResponseFormat | None = None

    # Names for the caller's own book-keeping, which change no answer.
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None

    # Known, and refused unless they ask for what happens anyway.
    audio: Any = None
    frequency_penalty: float | None = None
    function_call: Any = None
    functions: Any = None
    logit_bias: dict[str, Any] | None = None
    metadata: dict[str, str] | None = None
    modalities: list[str] | None = None
    moderation: Any = None
    parallel_tool_calls: bool | None = None
    prediction: Any = None
    presence_penalty: float | None = None
    prompt_cache_options: Any = None
    prompt_cache_retention: str | None = None
    reasoning_effort: str | None = None
    service_tier: str | None = None
    store: bool | None = None
    tool_choice: Any = None
    tools: Any = None
    verbosity: str | None = None
    web_search_options: Any = None


_WITHOUT_EFFECT: Final[Mapping[str, tuple[Any, ...]]] = {  # values that ask for what happens anyway
    "audio": (),
    "frequency_penalty": (0.0,),
    "function_call": ("none",),
    "functions": ([],),
    "logit_bias": ({},),
    "metadata": ({},),
    "modalities": (["text"],),
    "moderation": (),
    "parallel_tool_calls": (True, False),
    "prediction": (),
    "presence_penalty": (0.0,),
    "prompt_cache_options": (),
    "prompt_cache_retention": ("in_memory",),
    "reasoning_effort": ("none",),
    "service_tier": ("auto", "default"),
    "store": (False,),
    "tool_choice": ("none",),
    "tools": ([],),
    "verbosity": ("medium",),
    "web_search_options": (),
}


def asked_of(body: ChatRequest) -> Asked:
    """The request as a model is asked. Raises RequestError for messages that are wrong and for what nobody can do."""
    for name in body.model_fields_set & _WITHOUT_EFFECT.keys():
        value = getattr(body, name)
        if value is not None and value not in _WITHOUT_EFFECT[name]:
            raise RequestError(f"{name} is not supported by this service", param=name, code="unsupported_parameter")
    if body.top_logprobs and not body.logprobs:
        raise RequestError("top_logprobs needs logprobs: true", param="top_logprobs", code="invalid_value")
    if body.max_tokens is not None and body.max_completion_tokens is not None:
        raise RequestError("give max_tokens or max_completion_tokens, not both", param="max_tokens")
    if body.stream_options is not None and not body.stream:
        raise RequestError("stream_options needs stream: true", param="stream_options", code="invalid_value")
    if body.stream_options is not None and body.stream_options.include_obfuscation:
        raise RequestError(
            "streams are not obfuscated here",
            param="stream_options.include_obfuscation",
            code="unsupported_parameter",
        )
    stop = (body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ())
    return Asked(
        _messages(body.messages),
        body.max_completion_tokens if body.max_tokens is None else body.max_tokens,
        body.temperature,
        body.top_p,
        body.seed,
        tuple(text for text in stop if text),
        bool(body.logprobs),
        body.top_logprobs or 0,
        _schema(body.response_format),
    )


def _messages(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for place, message in enumerate(messages):
        for fault in message_faults(message, ("messages", place)):
            if fault.id not in ("empty_content", "control_characters"):
                path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault.path)
                raise RequestError(fault.detail, param=path.lstrip("."), code="invalid_value")
        if isinstance(message.get("content"), list):
            kinds = {part.get("type") for part in message["content"]} - {"text", "refusal"}
            if kinds:
                raise RequestError(
                    f"the models here read text alone, not {', '.join(sorted(map(str, kinds)))}",
                    param=f"messages[{place}].content",
                    code="unsupported_content",
                )
    return messages


def _schema(wanted: ResponseFormat | None) -> Mapping[str, Any] | None:
    if wanted is None or wanted.type == "text":
        return None
    if wanted.type == "json_object":
        return _OBJECT
    if wanted.json_schema is None:
        raise RequestError(
            "json_schema is missing", param="response_format.json_schema", code="missing_required_parameter"
        )
    return wanted.json_schema.schema_ or _OBJECT
