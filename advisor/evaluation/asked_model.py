"""A language model as an arm asks it: at a host that may charge, or loaded on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from advisor.chat_client import ChatClient
from advisor.cost.price_book import Price
from advisor.dataset.conversation import Message, text_of
from advisor.errors import InputError
from advisor.tuning.trainer import Asked, Model

WORKERS = 16  # answers that a host is asked for at once


class Said(NamedTuple):
    """An answer; `usd` is None where no price of the host is known."""

    text: str
    input_tokens: int
    output_tokens: int
    usd: Decimal | None


class TokenPrices(NamedTuple):
    """USD for a million tokens, and where that stands."""

    input_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal
    source: str

    def usd(self, input_tokens: int, output_tokens: int) -> Decimal:
        """What an answer costs."""
        return (input_tokens * self.input_usd_per_mtok + output_tokens * self.output_usd_per_mtok) / 1_000_000


class AskedModel(Protocol):
    """A model with all that a run must know of it. `identity` changes with whatever changes its answers."""

    name: str
    identity: str
    what: str
    workers: int
    prices: TokenPrices | None  # None where an answer costs nothing, or nobody knows what
    is_paid: bool

    def say(self, messages: Sequence[Message], most_tokens: int) -> Said:
        """The likeliest answer. Raises InputError, and HostError, which is one."""


class ModelAtHost:
    """A model behind OpenAI's interface; safe to be used from several threads."""

    def __init__(self, client: ChatClient, prices: TokenPrices | None) -> None:
        """`prices` are those of the host on the day of the run."""
        self._client = client
        self.name = client.model
        self.identity = f"{client.base_url or 'openai'} {client.model}"
        self.is_paid = not client.is_local
        self.prices = prices
        where = client.base_url or "api.openai.com"
        self.what = f"{client.model} at {where}, " + (
            f"${prices.input_usd_per_mtok}/${prices.output_usd_per_mtok} per 1M tokens in/out ({prices.source})"
            if prices
            else "its price is not known"
            if self.is_paid
            else "on this machine"
        )
        self.workers = WORKERS

    def say(self, messages: Sequence[Message], most_tokens: int) -> Said:
        """The answer at temperature 0."""
        found = self._client.complete(messages, most_tokens, temperature=0.0)
        usd = self.prices.usd(found.input_tokens, found.output_tokens) if self.prices else None
        return Said(found.text, found.input_tokens, found.output_tokens, usd if self.is_paid else Decimal(0))


class ModelHere:
    """A model of one of the trainers, loaded when it is first asked; it costs nothing."""

    is_paid = False
    prices: TokenPrices | None = None
    workers = 1  # its arithmetic uses every core already

    def __init__(self, name: str, what: str, load: Callable[[], Model]) -> None:
        """`load` may raise InputError, which says why the model cannot answer."""
        self.name, self.identity, self.what = name, f"here {name}", what
        self._load = load
        self._model: Model | None = None
        self._lock = threading.Lock()

    def say(self, messages: Sequence[Message], most_tokens: int) -> Said:
        """The answer at temperature 0."""
        answer = self.loaded().answer(Asked(messages, max_tokens=most_tokens, temperature=0.0, seed=0))
        return Said(answer.text, answer.prompt_tokens, answer.completion_tokens, Decimal(0))

    def loaded(self) -> Model:
        """The model. Raises InputError."""
        with self._lock:
            if self._model is None:
                self._model = self._load()
        return self._model


def token_prices(find: Callable[[str], Price]) -> TokenPrices | None:
    """The prices of base inference, where both are known; `find` raises InputError for one that is not."""
    try:
        into, out = find("base_infer_input"), find("base_infer_output")
    except InputError:
        return None
    return TokenPrices(into.usd, out.usd, f"{into.source}, read {into.as_of}")


def letters_of(messages: Sequence[Mapping[str, object]]) -> int:
    """How long a prompt is."""
    return sum(len(text_of(dict(message))) for message in messages)
