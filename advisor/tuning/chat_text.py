"""Conversations as the text that a model reads, by its tokenizer's chat template, and which part it should learn."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from advisor.dataset.chat_messages import INSTRUCTING
from advisor.dataset.conversation import Message, text_of
from advisor.errors import InputError


class TrainedText(NamedTuple):
    """A text, and the spans of characters in it that are answers to learn, with the mark that ends a turn."""

    text: str
    spans: tuple[tuple[int, int], ...]


def render(
    tokenizer: Any, messages: Sequence[Message], *, tools: Sequence[Any] | None = None, answer_next: bool = False
) -> str:
    """The text of `messages`; with `answer_next` it ends where the assistant begins to speak.

    Raises InputError where the template refuses them.
    """
    from jinja2 import TemplateError

    plain = [_plain(message, tokenizer) for message in messages]
    for form in (plain, _without_system(plain)):
        try:
            return str(
                tokenizer.apply_chat_template(
                    form, tools=list(tools) if tools else None, tokenize=False, add_generation_prompt=answer_next
                )
            )
        except TemplateError as error:  # some templates know no system message, so it goes into the first question
            refused = error
    raise _refusal(f"the model's chat template refuses this conversation: {refused}")


def trained_texts(
    tokenizer: Any, messages: Sequence[Message], tools: Sequence[Any] | None = None, first: int = 0
) -> Iterator[TrainedText]:
    """Texts in which every answer from message `first` on that has not the weight 0 is to learn exactly once.

    One text, unless the template writes earlier answers differently once more follows (it leaves out the reasoning,
    say): then one text for each answer, as it is written when it is the last.
    """
    wanted = [
        place
        for place, message in enumerate(messages)
        if place >= first and message["role"] == "assistant" and message.get("weight") != 0
    ]
    if not wanted:
        return
    whole = render(tokenizer, messages[: wanted[-1] + 1], tools=tools)
    spans = [_span(tokenizer, messages[: place + 1], tools) for place in wanted]
    if all(whole.startswith(text[: span[1]]) for text, span in spans):
        yield TrainedText(whole, tuple(span for _, span in spans))
    else:
        yield from (TrainedText(text, (span,)) for text, span in spans)


def _span(tokenizer: Any, messages: Sequence[Message], tools: Sequence[Any] | None) -> tuple[str, tuple[int, int]]:
    """The text up to an answer and where the answer stands in it, without the space after its end."""
    text = render(tokenizer, messages, tools=tools)
    before = render(tokenizer, messages[:-1], tools=tools, answer_next=True)
    if not text.startswith(before):  # the prompt to answer is written differently from an answer
        before = render(tokenizer, messages[:-1], tools=tools)
        if not text.startswith(before):
            raise _refusal("the model's chat template does not write an answer after what was asked")
    return text, (len(before), max(len(before), len(text.rstrip())))


def _plain(message: Message, tokenizer: Any) -> Message:
    """The message as templates read it: text content, the role system for a developer, arguments as objects."""
    role = "system" if message["role"] in INSTRUCTING else message["role"]
    if not message.get("tool_calls") or "tool_calls" not in str(tokenizer.chat_template):
        return {"role": role, "content": text_of(message)}
    calls = []
    for call in message["tool_calls"]:
        try:
            arguments = json.loads(call["function"]["arguments"])
        except ValueError:
            arguments = call["function"]["arguments"]
        calls.append({**call, "function": {**call["function"], "arguments": arguments}})
    content = message.get("content")
    return {"role": role, "content": text_of(message) if content else "", "tool_calls": calls}


def _refusal(problem: str) -> InputError:
    return InputError(problem, where="messages", what_to_do="change the order of the roles, or take another base model")


def _without_system(messages: Sequence[Message]) -> list[Message]:
    told = "\n".join(message["content"] for message in messages if message["role"] == "system")
    rest = [dict(message) for message in messages if message["role"] != "system"]
    for message in rest:
        if told and message["role"] == "user":
            message["content"] = f"{told}\n\n{message['content']}"
            break
    return rest
