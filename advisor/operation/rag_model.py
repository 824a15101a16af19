"""The RAG baseline as a model: documents are searched for each question, a model answers from what was found."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final

from advisor.dataset.conversation import Message
from advisor.evaluation.item import Item
from advisor.evaluation.knowledge_base import KnowledgeBase
from advisor.evaluation.prompting import Prompted, PromptTexts, with_documents
from advisor.evaluation.quote import REFUSAL, quote
from advisor.evaluation.search_index import Found
from advisor.tuning.embedding import Embedder
from advisor.tuning.label_rows import prompt_of
from advisor.tuning.trainer import Answer, Asked, Model

_LOOK_EVERY_S: Final = 10.0  # a change of the documents is seen after this at the latest
_word: Final = re.compile(r"\s*\S+")


class RagModel:
    """Answers from a folder of documents; without a model in the words of the best passage."""

    def __init__(self, folder: Path, texts: PromptTexts, model: Model | None, embedder: Embedder | None = None) -> None:
        """Raises InputError where there is no such folder."""
        self._documents = KnowledgeBase(folder, embedder)
        self._texts = texts
        self._model = model
        self._looked = -_LOOK_EVERY_S
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Answer:
        """One answer. Raises InputError, and what the model raises."""
        found = self._found(asked)
        if self._model is None:
            return self._quoted(asked, found)
        prompted = self._prompted(asked, found)
        return (
            self._model.answer(asked._replace(messages=prompted.messages))
            if prompted.messages
            else _said(asked, REFUSAL)
        )

    def stream(self, asked: Asked) -> Generator[str, None, Answer | None]:
        """The same answer in pieces."""
        found = self._found(asked)
        prompted = self._prompted(asked, found) if self._model else None
        if self._model and prompted and prompted.messages:
            told = asked._replace(messages=prompted.messages)
            answer = yield from self._model.stream(told)
            return answer or self._model.answer(told)
        said = _said(asked, REFUSAL) if self._model else self._quoted(asked, found)
        yield from _word.findall(said.text)
        return said

    def _found(self, asked: Asked) -> Found:
        now = time.monotonic()
        with self._lock:
            look, self._looked = (
                now - self._looked >= _LOOK_EVERY_S,
                now if now - self._looked >= _LOOK_EVERY_S else self._looked,
            )
        (found,) = self._documents.search([prompt_of(asked.messages)], self._texts.chunks, look=look)
        return found

    def _quoted(self, asked: Asked, found: Found) -> Answer:
        return _said(asked, quote(self._documents.index, prompt_of(asked.messages), found).text)

    def _prompted(self, asked: Asked, found: Found) -> Prompted:
        chunks = [hit.chunk for hit in found.hits] if found.relevant else []
        prompt = with_documents(self._texts, _as_it_is, lambda _: chunks, REFUSAL, labels=False)
        return prompt(Item("", list(asked.messages), ""))


def _as_it_is(item: Item) -> Prompted:
    return Prompted(list(item.messages))


def _said(asked: Asked, text: str) -> Answer:
    """An answer without a model, whose tokens are words."""
    return Answer(text, "stop", _words(asked.messages), len(text.split()))


def _words(messages: Sequence[Message]) -> int:
    return len(prompt_of(messages).split())
