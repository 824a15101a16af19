"""The model behind a route: loaded here, at a host, or over documents; with its price where one is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from advisor.assistant.served import PREFIX as ASSISTANT
from advisor.chat_client import ChatClient
from advisor.cost.price_book import PriceBook
from advisor.errors import InputError
from advisor.evaluation.asked_model import TokenPrices, token_prices
from advisor.evaluation_rules import load_evaluation_rules
from advisor.files import load_pricebook
from advisor.inference_prices import inference_price
from advisor.operation.deployment_spec import HostRoute, RagRoute, Settings, TokenUsd, TunedRoute
from advisor.operation.rag_model import RagModel
from advisor.store.database import Store
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.embedding import Embedder
from advisor.tuning.hosted import HostedModel
from advisor.tuning.loaded_models import LoadedModels
from advisor.tuning.trainer import Model
from advisor.tuning_rules import load_tuning_rules

DOCUMENTS: Final = "documents"  # below the data folder, for those who are not at this machine
_LINEAR: Final = "advisor-linear"


class RouteModel(NamedTuple):
    """What answers. `name` is recorded and shown; `prices` is None where none is known.

    `model` raises InputError where it cannot be loaded. `is_classifier`: its whole answer is a label.
    """

    name: str
    model: Callable[[], Model]
    prices: TokenPrices | None
    is_classifier: bool
    at_host: bool


class RouteModels:
    """Makes models of routes."""

    def __init__(
        self,
        store: Store,
        data: DataFolder,
        models: LoadedModels,
        embedder: Embedder | None,
        assistant: Callable[[str, str], Model] | None = None,
    ) -> None:
        """`embedder` searches documents by meaning as well; without it by their words.

        `assistant` gives an assistant by its model name and the workspace that asks.
        """
        self._assistant = assistant
        self._store = store
        self._data = data
        self._models = models
        self._embedder = embedder

    def of(self, route: TunedRoute | HostRoute | RagRoute, settings: Settings, workspace: str) -> RouteModel:
        """The model of a route. Raises InputError where a key or a folder is missing."""
        if isinstance(route, TunedRoute):
            if self._assistant and route.model.startswith(ASSISTANT):
                offered = partial(self._assistant, route.model, workspace)
                return RouteModel(route.model, offered, own(route.prices), False, False)
            tuned = self._store.models.find(route.model)
            linear = tuned is not None and tuned.base_model == _LINEAR
            return RouteModel(route.model, lambda: self._models.model(route.model), own(route.prices), linear, False)
        if isinstance(route, HostRoute):
            client = ChatClient(
                route.model,
                route.base_url,
                key_name(route),
                timeout_s=settings.timeout_s,
                attempts=settings.attempts,
                plain_first=True,
                public_host_only=route.public_host_only,
            )
            at_host = HostedModel(client)
            return RouteModel(route.model, lambda: at_host, own(route.prices) or host_prices(route), False, True)
        inner = self.of(route.model, settings, workspace) if route.model else None
        folder = documents_folder(self._data, route.documents)

        @cache
        def rag() -> Model:
            return RagModel(folder, load_evaluation_rules().prompts, inner.model() if inner else None, self._embedder)

        name = f"rag:{route.documents}" + (f"+{inner.name}" if inner else "")
        return RouteModel(name[:255], rag, inner.prices if inner else None, False, bool(inner and inner.at_host))


def documents_folder(data: DataFolder, name: str) -> Path:
    """The folder of documents that a route names: a whole path, or a name below `documents` in the data folder."""
    return data.path / DOCUMENTS / name  # which a whole path takes the place of


def key_name(route: HostRoute) -> str:
    """The name of the key of a host: what the route says, else the host's own. Raises InputError."""
    return route.key_variable or load_tuning_rules().hosts.at(route.base_url).key_variable


def key_name_of_host(base_url: str | None) -> str:
    """The only key that those who are not at this machine may have sent to that address. Raises InputError.

    A known host gets its own key. Any other one gets a key that bears its name, so that nobody can have the key of one
    host, or any other secret of the environment, sent to another.
    """
    host = load_tuning_rules().hosts.at(base_url)
    if host.provider:
        return host.key_variable
    name = urlsplit(base_url or "").hostname or ""
    return "ADVISOR_KEY_" + "".join(letter if letter.isalnum() else "_" for letter in name.upper())


def own(prices: TokenUsd | None) -> TokenPrices | None:
    """Prices that the deployment itself gives."""
    return TokenPrices(prices.input_usd_per_mtok, prices.output_usd_per_mtok, prices.source) if prices else None


def host_prices(route: HostRoute) -> TokenPrices | None:
    """What the host takes on this day, where that is known: never the price of another host."""
    provider = load_tuning_rules().hosts.at(route.base_url).provider or None
    if route.base_url and provider is None:
        return None
    book, day = _book(), date.today()
    try:
        return token_prices(
            lambda kind: (
                book.find(route.model, kind, day, provider) or inference_price(route.model, kind, day, provider)
            )
        )
    except InputError:
        return None


@cache
def _book() -> PriceBook:
    return load_pricebook()
