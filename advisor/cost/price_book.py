"""Dated prices: what a model, a GPU hour or a gigabyte cost on a day, and the ranges of what has no meter.

A price that is not known for a day is an error that names the nearest one; nothing is ever taken in its place silently.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from advisor.errors import PriceMissingError
from advisor.question import nearest

UNITS = (
    "per_1m_tokens",
    "per_gpu_hour",
    "per_hour",
    "per_minute",
    "per_month",
    "per_gb_month",
    "per_gib_month",
    "per_gb_day",
    "per_gb",
    "per_1m_read_units",
    "per_1m_write_units",
    "per_1m_dimensions_month",
    "per_job",
    "per_model",
    "per_item",
)


class Price(NamedTuple):
    """One dated price: `usd` for one `unit`, known to hold from `valid_from` until the next entry of its series."""

    provider: str
    model: str
    kind: str  # such as base_infer_input, train_sft_lora, gpu_hour, embed
    usd: Decimal
    unit: str
    currency: str
    valid_from: date
    as_of: date  # the day on which it was read
    source: str
    provisioning: str  # such as spot; empty where there is one kind only
    assumption: bool
    note: str
    above_b: Decimal | None  # for open models by size: billions of parameters
    up_to_b: Decimal | None
    dimensions: int | None  # of an embedding
    where: str  # file:line

    @property
    def id(self) -> str:
        """`provider/model/kind@valid_from`, with the provisioning after the provider."""
        seller = f"{self.provider}:{self.provisioning}" if self.provisioning else self.provider
        return f"{seller}/{self.model}/{self.kind}@{self.valid_from}".replace(" ", "-")


class Figure(NamedTuple):
    """A range: `middle` is what every point is computed with, `low` and `high` the ends of what is plausible."""

    id: str
    what: str
    low: Decimal
    middle: Decimal
    high: Decimal
    unit: str
    as_of: date
    source: str
    assumption: bool
    note: str


class UsualModel(NamedTuple):
    """The model that is taken in a `role` (hosted, teacher, embedding, training_gpu) where the case names none."""

    role: str
    model: str
    begins: date
    why: str


class _Series(NamedTuple):
    """The entries of one price, oldest first."""

    begins: tuple[date, ...]
    entries: tuple[Price, ...]

    def on(self, day: date) -> Price | None:
        place = bisect_right(self.begins, day)
        return self.entries[place - 1] if place else None


_Key = tuple[str, str, str]  # model, kind, provider


class PriceBook:
    """Every price by model, kind and provider, and every figure by id."""

    def __init__(
        self,
        prices: Iterable[Price],
        figures: Iterable[Figure],
        usual_models: Iterable[UsualModel] = (),
        same_model: Iterable[tuple[str, tuple[str, ...]]] = (),
        version: str = "",
    ) -> None:
        """`same_model` gives, by provider, names of one model: a price under one name is a price of the others."""
        self.prices = tuple(prices)
        self.figures = {figure.id: figure for figure in figures}
        self.usual_models = tuple(usual_models)
        self.version = version
        self._providers = {price.provider for price in self.prices}
        by_key: dict[_Key, list[Price]] = {}
        gpus: dict[tuple[str, str, str], list[Price]] = {}
        for price in self.prices:
            if price.kind == "gpu_hour":
                gpus.setdefault((price.model, price.provider, price.provisioning), []).append(price)
            else:
                by_key.setdefault((price.model, price.kind, price.provider), []).append(price)
        self._series = {key: _series(entries) for key, entries in by_key.items()}
        self._gpus = {key: _series(entries) for key, entries in gpus.items()}
        for provider, names in same_model:
            shared: dict[str, list[Price]] = {}
            for (model, kind, seller), entries in by_key.items():
                if model in names and seller == provider:
                    shared.setdefault(kind, []).extend(entries)
            for kind, entries in shared.items():
                self._series.update({(name, kind, provider): _series(entries) for name in names})
        self._gpus_on: dict[tuple[date, str | None], tuple[Price, ...]] = {}
        self._open_on: dict[tuple[str, Decimal, date], tuple[Price, ...]] = {}
        self._sellers: dict[tuple[str, str], list[str]] = {}
        for model, kind, provider in self._series:
            self._sellers.setdefault((model, kind), []).append(provider)

    def price_on(self, model: str, kind: str, day: date, provider: str | None = None) -> Price:
        """The price of `model` that held on `day`.

        Raises PriceMissingError where there is none, with the nearest known one; also where several providers sell
        the model and none is named.
        """
        if provider is None:
            sellers = self._sellers.get((model, kind), ())
            if len(sellers) == 1:
                provider = sellers[0]
            elif sellers:
                raise PriceMissingError(
                    f"several providers sell {kind} of {model}: {', '.join(sellers)}", what_to_do="name the provider"
                )
            else:
                provider, model = self._named(model)
        series = self._series.get((model, kind, provider or ""))
        found = series.on(day) if series else None
        if found is None:
            raise self._missing(model, kind, day, provider or "", series)
        return found

    def find(self, model: str, kind: str, day: date, provider: str | None = None) -> Price | None:
        """The price of `model` on `day`, or None where `price_on` would raise."""
        try:
            return self.price_on(model, kind, day, provider)
        except PriceMissingError:
            return None

    def sells(self, model: str, kind: str) -> bool:
        """Whether a price of `kind` is known on any day."""
        provider, plain = self._named(model)
        sellers = self._sellers.get((plain, kind), ())
        return provider in sellers if provider else bool(sellers)

    def history(self, model: str, kind: str | None = None, provider: str | None = None) -> tuple[Price, ...]:
        """Every entry for `model`, by kind and provider, oldest first."""
        named, plain = self._named(model)
        wanted = provider or named
        found = [
            entry
            for (name, of_kind, seller), series in sorted(self._series.items())
            for entry in series.entries
            if name == (plain if named else model) and kind in (None, of_kind) and wanted in (None, seller)
        ]
        gpus = [
            entry for (name, _, _), series in sorted(self._gpus.items()) if name == model for entry in series.entries
        ]
        return (*found, *(entry for entry in gpus if kind in (None, "gpu_hour") and provider in (None, entry.provider)))

    def models(self, provider: str | None = None, kind: str | None = None) -> tuple[str, ...]:
        """The names of all models that have a price."""
        keys = {name for name, of, seller in self._series if provider in (None, seller) and kind in (None, of)}
        gpus = {name for name, seller, _ in self._gpus if provider in (None, seller) and kind in (None, "gpu_hour")}
        return tuple(sorted(keys | gpus))

    def providers(self) -> tuple[str, ...]:
        """Every provider that has a price."""
        return tuple(sorted(self._providers))

    def on(self, day: date) -> tuple[Price, ...]:
        """Every price that held on `day`, each once, in the order of the files."""
        held = {series.on(day) for series in (*self._series.values(), *self._gpus.values())}
        return tuple(price for price in self.prices if price in held)

    def gpu_prices(self, day: date, gpu: str | None = None) -> tuple[Price, ...]:
        """What an hour of `gpu` (of any GPU) cost on `day`, cheapest first."""
        if (day, gpu) not in self._gpus_on:
            held = [series.on(day) for (name, _, _), series in self._gpus.items() if gpu in (None, name)]
            found = sorted((price for price in held if price), key=lambda price: (price.usd, price.id))
            self._gpus_on[day, gpu] = tuple(found)
        return self._gpus_on[day, gpu]

    def for_open_model(self, kind: str, params_b: Decimal, day: date) -> tuple[Price, ...]:
        """What hosts take for `kind` with any open model of `params_b` billion parameters on `day`.

        Cheapest first, assumptions after what was read.
        """
        if (kind, params_b, day) not in self._open_on:
            held = [
                price
                for (name, of, _), series in self._series.items()
                if of == kind and (price := series.on(day)) and _holds(price, params_b)
            ]
            ordered = sorted(held, key=lambda price: (price.assumption, price.usd, price.id))
            self._open_on[kind, params_b, day] = tuple(ordered)
        return self._open_on[kind, params_b, day]

    def figure(self, name: str) -> Figure:
        """The figure with that id. Raises PriceMissingError with the nearest id."""
        if name not in self.figures:
            raise PriceMissingError(f"there is no figure named {name}{nearest(name, self.figures)}")
        return self.figures[name]

    def usual_model(self, role: str, day: date) -> UsualModel:
        """The model taken in `role` on `day`; the first known one on earlier days. Raises PriceMissingError."""
        known = [usual for usual in self.usual_models if usual.role == role]
        if not known:
            raise PriceMissingError(f"no usual model is named for {role}", what_to_do="add it under `usual_models`")
        return max((usual for usual in known if usual.begins <= day), key=lambda usual: usual.begins, default=known[0])

    def _named(self, model: str) -> tuple[str | None, str]:
        """`openai/gpt-4o` as provider and model; a plain id, or one of a model hub, as it is."""
        first, slash, rest = model.partition("/")
        return (first, rest) if slash and first in self._providers else (None, model)

    def _missing(self, model: str, kind: str, day: date, provider: str, series: _Series | None) -> PriceMissingError:
        if provider and provider not in self._providers:
            known = ", ".join(self.providers())
            return PriceMissingError(
                f"no provider is named {provider}{nearest(provider, self._providers)}", what_to_do=f"known are {known}"
            )
        of = f"{provider} {model}".strip()
        if series:
            first = series.entries[0]
            return PriceMissingError(
                f"no price is known for {kind} of {of} on {day}",
                what_to_do=f"the nearest known is {first.usd} USD {first.unit} from {first.valid_from} ({first.where})",
                nearest=first,
            )
        kinds = sorted({of_kind for name, of_kind, seller in self._series if name == model})
        if kinds:
            other = self.history(model)[0]
            return PriceMissingError(
                f"no price is known for {kind} of {of}", what_to_do=f"known are {', '.join(kinds)}", nearest=other
            )
        names = sorted({name for name, _, _ in self._series})
        return PriceMissingError(
            f"there is no price of a model named {model}{nearest(model, names)}",
            what_to_do="`advisor prices list` names every model; `advisor prices add` adds a price",
        )


def _series(entries: Iterable[Price]) -> _Series:
    ordered = tuple(sorted(entries, key=lambda price: price.valid_from))
    return _Series(tuple(price.valid_from for price in ordered), ordered)


def _holds(price: Price, params_b: Decimal) -> bool:
    if price.above_b is None and price.up_to_b is None:
        return False
    return (price.above_b or 0) < params_b and (price.up_to_b is None or params_b <= price.up_to_b)
