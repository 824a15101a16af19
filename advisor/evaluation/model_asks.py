"""Models as callables that judges and probes ask: over OpenAI's interface, or loaded on this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from advisor.chat_client import ChatClient, Completion
from advisor.dataset.conversation import Message
from advisor.evaluation.asking import Ask
from advisor.tuning.trainer import Asked, Model


def chat_ask(client: ChatClient, most_tokens: int, told: Callable[[Completion], None] = lambda _: None) -> Ask:
    """A model at a host, asked for its likeliest answer; `told` hears of each, so that its tokens can be counted.

    Asking raises HostError.
    """

    def ask(messages: Sequence[Message]) -> str:
        completion = client.complete(messages, most_tokens, temperature=0.0)
        told(completion)
        return completion.text

    return ask


def model_ask(model: Model, most_tokens: int) -> Ask:
    """A loaded model, asked for its likeliest answer."""

    def ask(messages: Sequence[Message]) -> str:
        return model.answer(Asked(messages, max_tokens=most_tokens, temperature=0.0, seed=0)).text

    return ask
