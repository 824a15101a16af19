"""The language model of an assistant: at a host, where it may call functions, or on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from advisor.assistant.specification import ModelChoice
from advisor.chat_client import connected, host_errors
from advisor.dataset.conversation import Message
from advisor.errors import HostError
from advisor.tuning.trainer import Asked, Model


class WantedCall(NamedTuple):
    """A call that a model asks for; `arguments` is the JSON that it wrote, which may be none."""

    id: str
    name: str
    arguments: str


class Said(NamedTuple):
    """What a model said: a text, or calls that it wants made first."""

    text: str
    calls: tuple[WantedCall, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    finish_reason: str = "stop"

    def message(self) -> Message:
        """As a turn of the conversation."""
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in self.calls
        ]
        return {"role": "assistant", "content": self.text or None, **({"tool_calls": calls} if calls else {})}


class Wish(NamedTuple):
    """How an answer is wanted."""

    most_tokens: int
    stream: bool = False
    temperature: float = 0.0
    seed: int | None = None
    stop: Sequence[str] = ()


class AnsweringModel(Protocol):
    """A model. `calls_functions` tells whether it can be offered actions."""

    name: str
    calls_functions: bool

    def say(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], wish: Wish
    ) -> Generator[str, None, Said]:
        """The answer, in pieces where a stream is wanted. Raises InputError, HostError."""


class ModelAtHost:
    """A model behind OpenAI's interface; safe to be used from several threads."""

    calls_functions = True

    def __init__(self, choice: ModelChoice) -> None:
        """Raises InputError where the key is missing."""
        self.name = choice.name
        self._base_url = choice.base_url
        self._client = connected(choice.base_url, choice.key_variable)

    def say(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], wish: Wish
    ) -> Generator[str, None, Said]:
        """The answer, or the calls that come first."""
        options: dict[str, Any] = {"temperature": wish.temperature, **({"tools": list(tools)} if tools else {})}
        options["max_tokens" if self._base_url else "max_completion_tokens"] = wish.most_tokens
        options |= {"seed": wish.seed} if wish.seed is not None else {}
        options |= {"stop": list(wish.stop)} if wish.stop else {}
        asked: Any = {"model": self.name, "messages": list(messages), **options}
        with host_errors(self._host):
            if wish.stream:
                return (yield from self._streamed(asked))
            found = self._client.chat.completions.create(**asked)
        if not found.choices:
            raise HostError(f"{self._host} answered without a choice", what_to_do="try again, or another model")
        choice, usage = found.choices[0], found.usage
        calls = tuple(
            WantedCall(call.id, call.function.name, call.function.arguments)
            for call in choice.message.tool_calls or ()
            if call.type == "function"
        )
        into, out = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
        return Said(choice.message.content or "", calls, into, out, choice.finish_reason or "stop")

    def _streamed(self, asked: Any) -> Generator[str, None, Said]:
        text: list[str] = []
        calls: dict[int, WantedCall] = {}
        into, out, reason = 0, 0, "stop"
        stream = self._client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
        with stream:
            for chunk in stream:
                if chunk.usage:
                    into, out = chunk.usage.prompt_tokens, chunk.usage.completion_tokens
                for choice in chunk.choices[:1]:
                    reason = choice.finish_reason or reason
                    for part in choice.delta.tool_calls or ():
                        known = calls.get(part.index, WantedCall("", "", ""))
                        named = part.function
                        calls[part.index] = WantedCall(
                            known.id or part.id or "",
                            known.name + (named.name or "" if named else ""),
                            known.arguments + (named.arguments or "" if named else ""),
                        )
                    if choice.delta.content:
                        text.append(choice.delta.content)
                        yield choice.delta.content
        return Said("".join(text), tuple(calls.values()), into, out, reason)

    @property
    def _host(self) -> str:
        return urlsplit(str(self._client.base_url)).netloc


class ModelHere:
    """A model of one of the trainers, which knows nothing of functions: actions are told to it as results only."""

    calls_functions = False

    def __init__(self, name: str, load: Callable[[], Model]) -> None:
        """`load` is called for each answer, and keeps the model by itself. It may raise InputError."""
        self.name, self._load = name, load

    def say(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]],  # noqa: ARG002 - one signature for all models
        wish: Wish,
    ) -> Generator[str, None, Said]:
        """The answer."""
        model = self._load()
        asked = Asked(
            messages, max_tokens=wish.most_tokens, temperature=wish.temperature, seed=wish.seed or 0, stop=wish.stop
        )
        answer = (yield from model.stream(asked)) if wish.stream else model.answer(asked)
        answer = answer or model.answer(asked)
        return Said(answer.text, (), answer.prompt_tokens, answer.completion_tokens, answer.finish_reason)


def arguments_of(call: WantedCall) -> Any:
    """The arguments that a model wrote; None where they are no JSON."""
    try:
        return json.loads(call.arguments or "{}")
    except ValueError:
        return None
