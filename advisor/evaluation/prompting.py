"""What a language model is asked: the row's own messages, with examples or documents before the question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from advisor.dataset.chat_messages import INSTRUCTING
from advisor.dataset.conversation import Message, said, text_of
from advisor.decision.fields import Fields
from advisor.evaluation.chunks import Chunk
from advisor.evaluation.item import Item
from advisor.strict_yaml import Document


class PromptTexts(NamedTuple):
    """The file `rules/prompts.yaml`; `answer_tokens` by kind of task."""

    label: str
    documents: str
    question: str
    documents_for_labels: str
    answer_tokens: Mapping[str, int]
    shots: tuple[int, ...]
    shots_tried_on: int
    chunks: int


class Prompted(NamedTuple):
    """What is asked, with the ids of the chunks in it. `refusal` is the answer where there is nothing to ask with."""

    messages: Sequence[Message]
    chunks: tuple[str, ...] = ()
    refusal: str = ""


class Shot(NamedTuple):
    """An example: what was asked in its last turn, and the golden answer."""

    question: str
    answer: str


Prompt = Callable[[Item], Prompted]


def build_prompt_texts(document: Document) -> PromptTexts:
    """The texts in the file. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    tokens = top.raw("answer_tokens") or {}
    texts = PromptTexts(
        top.text("label"),
        top.text("documents"),
        top.text("question"),
        top.text("documents_for_labels"),
        {str(name): int(most) for name, most in tokens.items()},
        tuple(int(number) for number in top.raw("shots") or ()),
        int(top.number("shots_tried_on") or 0),
        int(top.number("chunks") or 0),
    )
    top.done()
    return texts


def zero_shot(texts: PromptTexts, labels: Sequence[str]) -> Prompt:
    """The row's messages; where `labels` are given and its instructions do not name them all, they are named."""

    def prompt(item: Item) -> Prompted:
        messages = list(item.messages)
        told = "\n".join(text_of(message) for message in messages if message["role"] in INSTRUCTING)
        if labels and not all(label in told for label in labels):
            messages = _instructed(messages, texts.label.replace("{labels}", ", ".join(labels)))
        return Prompted(messages)

    return prompt


def few_shot(base: Prompt, shots_for: Callable[[Item], Sequence[Shot]]) -> Prompt:
    """Examples as turns of their own, before the row's turns and below its instructions; the most like come last."""

    def prompt(item: Item) -> Prompted:
        messages = base(item).messages
        first = next((place for place, one in enumerate(messages) if one["role"] not in INSTRUCTING), len(messages))
        turns = [
            turn for shot in shots_for(item) for turn in (said("user", shot.question), said("assistant", shot.answer))
        ]
        return Prompted([*messages[:first], *turns, *messages[first:]])

    return prompt


def with_documents(
    texts: PromptTexts, base: Prompt, chunks_for: Callable[[Item], Sequence[Chunk]], refusal: str, *, labels: bool
) -> Prompt:
    """The best chunks before the question; where nothing is relevant the answer is `refusal`, save for labels."""

    def prompt(item: Item) -> Prompted:
        chunks = chunks_for(item)
        if not chunks:
            return base(item) if labels else Prompted((), (), refusal)
        shown = "\n\n".join(
            f"[{number}] {' > '.join((chunk.source, *chunk.headings))}\n{chunk.text}"
            for number, chunk in enumerate(chunks, start=1)
        )
        *before, last = base(item).messages
        form = texts.documents_for_labels if labels else texts.question
        asked = form.replace("{question}", text_of(dict(last))).replace("{documents}", shown)
        messages = [*before, said(last["role"], asked)]
        told = messages if labels else _instructed(messages, texts.documents)
        return Prompted(told, tuple(chunk.id for chunk in chunks))

    return prompt


def _instructed(messages: Sequence[Message], text: str) -> list[Message]:
    """`text` at the end of the instructions, or as the instructions where there are none."""
    first, *rest = messages
    if first["role"] in INSTRUCTING:
        return [said(first["role"], f"{text_of(dict(first))}\n\n{text}"), *rest]
    return [said("system", text), *messages]
