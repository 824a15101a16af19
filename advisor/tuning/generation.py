"""Answers of an open language model, token by token: sampling, stop texts, log-probabilities, streaming."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from typing import Any, Final, NamedTuple

from advisor.errors import InputError
from advisor.tuning.chat_text import render
from advisor.tuning.language_model import LanguageModel
from advisor.tuning.trainer import Answer, Asked, TokenLogprob

USUAL_TOKENS: Final = 1024  # the longest answer where the caller sets no limit
_BROKEN: Final = "\ufffd"  # a character of which only the first bytes were generated


class _Token(NamedTuple):
    id: int
    logprob: TokenLogprob | None
    ends: bool


class GeneratingModel:
    """A loaded model. Threads may ask at the same time; each keeps its own state."""

    def __init__(self, base: LanguageModel) -> None:
        """`base` is not trained any more while it answers."""
        self.base = base
        self._tokenizing = threading.Lock()  # the tokenizers' settings are not safe to be changed by two threads
        self._ends = _end_tokens(base)
        asked = base.model.generation_config
        self._temperature = float(asked.temperature or 1.0) if asked.do_sample else 0.0
        self._top_p = float(asked.top_p or 1.0) if asked.do_sample else 1.0

    def answer(self, asked: Asked) -> Answer:
        """One answer. Without a temperature the model's own is taken, or the likeliest tokens.

        Raises InputError for JSON by a schema, and where the question fills the context.
        """
        run = _Run(self, asked)
        return run.answer("".join(run.pieces()))

    def stream(self, asked: Asked) -> Generator[str, None, Answer]:
        """The same answer in pieces of whole characters, never beyond a stop text; and in whole at the end."""
        run, given = _Run(self, asked), []
        for piece in run.pieces():
            given.append(piece)
            yield piece
        return run.answer("".join(given))

    def prompt_ids(self, asked: Asked) -> list[int]:
        """The question as token numbers."""
        with self._tokenizing:
            text = render(self.base.tokenizer, asked.messages, answer_next=True)
            return list(self.base.tokenizer(text, add_special_tokens=False)["input_ids"])

    def text_of_ids(self, ids: list[int]) -> str:
        """What tokens say, without marks such as the end of a turn."""
        with self._tokenizing:
            return str(self.base.tokenizer.decode(ids, skip_special_tokens=True))

    def tokens(self, prompt: list[int], asked: Asked) -> Iterator[_Token]:
        """The answer's tokens without an end; the last one of an answer that ends by itself says so."""
        import torch
        from transformers import DynamicCache

        base = self.base
        temperature = self._temperature if asked.temperature is None else asked.temperature
        top_p = self._top_p if asked.top_p is None else asked.top_p
        chance = torch.Generator(device="cpu")
        chance.manual_seed(asked.seed % 2**63) if asked.seed is not None else chance.seed()
        cache, fed = DynamicCache(config=base.model.config), prompt
        while True:
            with torch.inference_mode():
                scores = base.model(
                    input_ids=torch.tensor([fed], device=base.device),
                    past_key_values=cache,
                    use_cache=True,
                    logits_to_keep=1,
                ).logits[0, -1]
                logprobs = torch.log_softmax(scores.float(), dim=-1).cpu()
                number = _next(logprobs, temperature, top_p, chance)
            ends = number in self._ends
            yield _Token(number, self._told(logprobs, number, asked) if asked.logprobs and not ends else None, ends)
            fed = [number]

    def limit(self, prompt: list[int], asked: Asked) -> int:
        """The most tokens of an answer. Raises InputError where there is no room for one."""
        room = self.base.context_tokens - len(prompt)
        if room < 1:
            raise InputError(
                f"the question has {len(prompt)} tokens, and the model reads {self.base.context_tokens} at most",
                where="messages",
                what_to_do="shorten it",
            )
        return min(room, USUAL_TOKENS if asked.max_tokens is None else asked.max_tokens)

    def _told(self, logprobs: Any, number: int, asked: Asked) -> TokenLogprob:
        values, numbers = logprobs.topk(asked.top_logprobs) if asked.top_logprobs else ((), ())
        others = tuple(
            (self.text_of_ids([int(other)]), float(value)) for other, value in zip(numbers, values, strict=True)
        )
        return TokenLogprob(self.text_of_ids([number]), float(logprobs[number]), others)


class _Run:
    """One answer under way: what it has cost and how it ended is known once its pieces are through."""

    def __init__(self, model: GeneratingModel, asked: Asked) -> None:
        if asked.json_schema is not None:
            raise InputError(
                "open language models here cannot be held to a JSON schema",
                where="response_format",
                what_to_do="leave out response_format, and describe the form in the prompt",
            )
        self._model, self._asked = model, asked
        self.prompt = model.prompt_ids(asked)
        self._limit = model.limit(self.prompt, asked)
        self.tokens = 0
        self.finish_reason = "stop"
        self.logprobs: list[TokenLogprob] = []

    def answer(self, text: str) -> Answer:
        """The answer in whole, once its pieces are through."""
        logprobs = tuple(self.logprobs) if self._asked.logprobs else None
        return Answer(text, self.finish_reason, len(self.prompt), self.tokens, logprobs)

    def pieces(self) -> Iterator[str]:
        """Text as soon as it is sure: characters are whole, and no stop text may begin in it."""
        ids: list[int] = []
        given = 0
        stops = [stop for stop in self._asked.stop if stop]
        for token in self._model.tokens(self.prompt, self._asked):
            if token.ends:
                break
            self.tokens += 1
            ids.append(token.id)
            if token.logprob:
                self.logprobs.append(token.logprob)
            text = self._model.text_of_ids(ids)
            stopped = min((place for stop in stops if (place := text.find(stop)) >= 0), default=-1)
            if stopped >= 0:
                if stopped > given:
                    yield text[given:stopped]
                return
            if len(ids) >= self._limit:
                self.finish_reason = "length"
                break
            sure = len(text.rstrip(_BROKEN)) - _may_begin(text, stops)
            if sure > given:
                yield text[given:sure]
                given = sure
        rest = self._model.text_of_ids(ids)[given:]
        if rest:
            yield rest


def _may_begin(text: str, stops: list[str]) -> int:
    """Letters at the end of `text` that may be the beginning of a stop text."""
    return max(
        (size for stop in stops for size in range(1, len(stop)) if text.endswith(stop[:size])),
        default=0,
    )


def _next(logprobs: Any, temperature: float, top_p: float, chance: Any) -> int:
    """The likeliest token at temperature 0, else one drawn among the likeliest that make up `top_p`."""
    import torch

    if temperature <= 0:
        return int(logprobs.argmax())
    p, order = torch.softmax(logprobs / temperature, dim=-1).sort(descending=True, stable=True)
    p[(p.cumsum(dim=-1) - p) >= top_p] = 0  # the first one always stays
    return int(order[torch.multinomial(p, 1, generator=chance)])


def _end_tokens(base: LanguageModel) -> frozenset[int]:
    """Tokens that end an answer: the model's own, and the mark that the chat template writes after one."""
    own = base.model.generation_config.eos_token_id
    ends = {base.tokenizer.eos_token_id, *(own if isinstance(own, list) else [own])}
    mark = "\ue000"  # of private use, so no template writes it
    question = [{"role": "user", "content": "?"}]
    text = render(base.tokenizer, [*question, {"role": "assistant", "content": mark}])
    after = base.tokenizer(text.partition(mark)[2].lstrip(), add_special_tokens=False)["input_ids"]
    if after and after[0] in base.tokenizer.all_special_ids:
        ends.add(after[0])
    return frozenset(number for number in ends if number is not None)
